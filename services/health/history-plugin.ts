import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'

export interface HistoryPluginOptions {
  /** undefined: there is none. */
  prometheus: PrometheusReader | undefined
  /** Labels of this cluster's series there. */
  labels: readonly [name: string, value: string][]
  clock: Pick<Clock, 'now'>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The source of the cluster's past health. */
    history: HistoryPluginOptions
  }
}

/** Prometheus, for as long as the app runs. */
export const historyPlugin = fp<HistoryPluginOptions>(
  async (app, options) => {
    app.decorate('history', options)
    app.addHook('onClose', async () => options.prometheus?.close())
  },
  { name: 'history' }
)
