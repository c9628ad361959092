import fp from 'fastify-plugin'
import type { ClusterReader } from '../../shared/kafka/ports.ts'
import type { ZookeeperReader } from '../../shared/zookeeper/ports.ts'
import type { Clock } from './domain/clock.ts'
import { createMonitor, type Monitor } from './domain/monitor.ts'
import { sweep } from './domain/sweep.ts'

declare module 'fastify' {
  interface FastifyInstance {
    monitor: Monitor
  }
}

export interface MonitorPluginOptions {
  reader: ClusterReader
  zookeepers: ZookeeperReader
  clock: Clock
  pollIntervalMs: number
  maxAgeMs: number
}

/** An answer must not take 2 s, whatever the cluster does: a sweep ends well before. */
const limits = { viewsMs: 900, totalMs: 1600 }

/** The monitor of this service: polls from the app's readiness to its close, and closes the reader with it. */
export const monitorPlugin = fp<MonitorPluginOptions>(
  async (app, { reader, zookeepers, clock, pollIntervalMs, maxAgeMs }) => {
    const monitor = createMonitor({
      sweep: (known, signal) => sweep({ reader, zookeepers, clock }, limits, known, signal),
      clock,
      pollIntervalMs,
      maxAgeMs,
      onError: (err) => app.log.error({ err }, 'reading the cluster failed')
    })
    app.decorate('monitor', monitor)
    app.addHook('onReady', async () => monitor.start())
    app.addHook('onClose', async () => {
      await monitor.close()
      await reader.close()
    })
  },
  { name: 'monitor' }
)
