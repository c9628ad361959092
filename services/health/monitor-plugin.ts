import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { JmxReader } from '#shared/jmx/ports.ts'
import { matchesGlob } from '#shared/lists/glob.ts'
import type { ZookeeperReader } from '#shared/zookeeper/ports.ts'
import { createGroupHistory, type HistoryStore, keepHistory } from './domain/groups/index.ts'
import { createMonitor, type Monitor } from './domain/monitor.ts'
import { readSigns } from './domain/signs.ts'
import { createSweeper, type SweepPorts } from './domain/sweep.ts'

declare module 'fastify' {
  interface FastifyInstance {
    monitor: Monitor
  }
}

export interface MonitorPluginOptions {
  reader: SweepPorts['reader']
  zookeepers: ZookeeperReader
  jmx: JmxReader
  /** Storage of the group history, which outlives this process. */
  historyStore: HistoryStore
  clock: Clock
  pollIntervalMs: number
  /** 0: no pulse. */
  pulseIntervalMs: number
  maxAgeMs: number
  /** Globs. */
  groupsThatMayStop: readonly string[]
}

/** An answer must not take 2 s, whatever the cluster does: a quick reading ends well before. */
const limits = { viewsMs: 900, totalMs: 1600 }
/** For full readings, while the pulse reads the exporters. */
const noExporters: JmxReader = { size: 0, views: async () => [], close: async () => {} }

/** Ten minutes and two at the default interval. */
const paceOf = (pollIntervalMs: number) => ({
  configsMs: 20 * pollIntervalMs,
  logDirsMs: 4 * pollIntervalMs,
  random: Math.random
})

/** The monitor of this service: polls from the app's readiness to its close, and closes the reader with it. */
export const monitorPlugin = fp<MonitorPluginOptions>(
  async (app, options) => {
    const { reader, zookeepers, jmx, clock, pollIntervalMs, pulseIntervalMs, maxAgeMs, groupsThatMayStop } = options
    const history = keepHistory({
      history: createGroupHistory(),
      store: options.historyStore,
      clock,
      onError: (err) => app.log.warn({ err }, 'the history of groups was not kept')
    })
    const sweepJmx = pulseIntervalMs === 0 ? jmx : noExporters
    const monitor = createMonitor({
      sweeper: createSweeper({ reader, zookeepers, jmx: sweepJmx, clock, history }, limits, paceOf(pollIntervalMs)),
      readSigns: (last, signal) => readSigns({ reader, zookeepers, jmx, clock }, limits.viewsMs, last, signal),
      clock,
      history,
      pollIntervalMs,
      pulseIntervalMs,
      maxAgeMs,
      mayStop: (group) => groupsThatMayStop.some((glob) => matchesGlob(glob, group)),
      onError: (err) => app.log.error({ err }, 'reading the cluster failed')
    })
    app.decorate('monitor', monitor)
    app.addHook('onReady', async () => {
      await history.load()
      monitor.subscribe(({ kind }) => {
        if (kind === 'full') history.save()
      })
      monitor.start()
    })
    app.addHook('onClose', async () => {
      await monitor.close()
      await history.close()
      await Promise.all([reader.close(), jmx.close()])
    })
  },
  { name: 'monitor' }
)
