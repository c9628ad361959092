import fp from 'fastify-plugin'
import type { Connect } from '#shared/connect/port.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { listConnectors } from './domain/connectors/list.ts'
import { type ConnectReading, connectMetrics } from './metrics/connect-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Kafka Connect. @throws KopsError connect_not_configured if the service knows none */
    connect: () => Connect
  }
}

export interface ConnectPluginOptions {
  /** undefined: none is configured, and there are no metrics of it. */
  connect: Connect | undefined
  /** Between two readings for the metrics. */
  intervalMs: number
}

/** Kafka Connect, and its metrics, read at intervals from the app's readiness to its close. */
export const connectPlugin = fp<ConnectPluginOptions>(
  async (app, { connect, intervalMs }) => {
    app.decorate('connect', () => {
      if (connect) return connect
      throw new KopsError(
        'connect_not_configured',
        'admin-service has no KOPS_CONNECT_URL; ./setup.sh --with connect starts a worker of Kafka Connect and sets it'
      )
    })
    if (connect === undefined) return
    const ending = new AbortController()
    const { sleep } = app.timing
    let latest: ConnectReading | undefined
    let watching = Promise.resolve()
    connectMetrics(app.metrics, () => latest)

    async function read(known: Connect): Promise<ConnectReading | undefined> {
      try {
        return await listConnectors(known)
      } catch (error) {
        // Workers that redistribute their tasks are no news, and answer the next time.
        if (isKopsError(error, 'connect_rebalancing')) return latest
        if (latest?.connectors !== undefined) app.log.warn({ err: error }, 'Kafka Connect cannot be read')
        return { connectors: undefined }
      }
    }

    async function watch(known: Connect): Promise<void> {
      while (!ending.signal.aborted) {
        latest = await read(known)
        await sleep(intervalMs, ending.signal).catch(() => {})
      }
    }

    app.addHook('onReady', async () => {
      watching = watch(connect)
    })
    app.addHook('onClose', async () => {
      ending.abort()
      await connect.close()
      await watching
    })
  },
  { name: 'connect', dependencies: ['kafka', 'metrics'] }
)
