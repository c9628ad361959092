import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { BrokerSettingsReader } from '#shared/kafka/brokers/port.ts'
import { createKeptSettings } from './domain/what-if/broker-settings.ts'
import { createTraffic } from './domain/what-if/traffic.ts'
import { createWhatIf, type WhatIfJudge } from './domain/what-if/what-if.ts'
import { whatIfMetrics } from './metrics/what-if-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    whatIf: WhatIfJudge
  }
}

export interface WhatIfPluginOptions {
  reader: BrokerSettingsReader
  clock: Clock
}

const settingsEveryMs = 600_000
const settingsDeadlineMs = 1800

/** Predictions of losses, from the monitor's snapshots. Settings of brokers are read after a sweep, when they are due. */
export const whatIfPlugin = fp<WhatIfPluginOptions>(
  async (app, { reader, clock }) => {
    const { monitor } = app
    const closing = new AbortController()
    const settings = createKeptSettings({ reader, clock, everyMs: settingsEveryMs, deadlineMs: settingsDeadlineMs })
    const traffic = createTraffic()
    const whatIf = createWhatIf({ settings: settings.current, traffic: traffic.current })
    let reading = Promise.resolve()
    const stop = monitor.subscribe(({ kind, readings }) => {
      if (kind !== 'full' || readings.metadata === null) return
      traffic.swept(readings)
      reading = settings.refresh(closing.signal).catch((err) => {
        // Kafka's defaults count, and the answer says so.
        if (!closing.signal.aborted) app.log.warn({ err }, 'the settings of the brokers could not be read')
      })
    })
    whatIfMetrics(app.metrics, () => {
      const snapshot = monitor.last()
      return (snapshot && whatIf.overview(snapshot)) ?? []
    })
    app.decorate('whatIf', whatIf)
    app.addHook('onClose', async () => {
      stop()
      closing.abort()
      await reading
    })
  },
  { name: 'what-if', dependencies: ['metrics', 'monitor'] }
)
