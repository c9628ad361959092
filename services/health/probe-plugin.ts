import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { ProbeReading } from '#shared/contracts/probe.ts'
import type { ProbeChannel } from '#shared/kafka/probe/port.ts'
import { createProbe, disabledReading } from './domain/probe/probe.ts'
import { probeMetrics } from './metrics/probe-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The current state of the end-to-end probe. */
    probeReading: () => ProbeReading
  }
}

export interface ProbePluginOptions {
  /** Called only when the probe is on: nothing is connected otherwise. */
  openChannel: () => ProbeChannel
  topic: string
  clock: Clock
  /** 0: no probe. */
  intervalMs: number
  brokersExpected: number
}

/** The end-to-end probe of this service: from the app's readiness to its close. */
export const probePlugin = fp<ProbePluginOptions>(
  async (app, { openChannel, topic, clock, intervalMs, brokersExpected }) => {
    if (intervalMs === 0) {
      app.decorate('probeReading', () => disabledReading(topic, clock.now()))
      return
    }
    const metrics = probeMetrics(app.metrics)
    const probe = createProbe({
      channel: openChannel(),
      clock,
      newId: randomUUID,
      intervalMs,
      brokersExpected,
      onReturned: metrics.observe,
      onDropped: metrics.drop,
      onError: (err, what) => app.log.warn({ err, what }, 'the end-to-end probe has a problem')
    })
    metrics.collect(probe)
    app.decorate('probeReading', () => probe.reading())
    app.addHook('onReady', async () => probe.start())
    app.addHook('onClose', async () => probe.close())
  },
  { name: 'probe', dependencies: ['metrics'] }
)
