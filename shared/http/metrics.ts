import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

declare module 'fastify' {
  interface FastifyInstance {
    /** This application's own registry: nothing is registered at module level. */
    metrics: Registry
    /**
     * Adds a function's output to `GET /metrics` at each scrape: pieces of text already in Prometheus' format, of
     * metrics that `metrics` does not have. For more series than a registry can serve quickly.
     */
    addExposition: (expose: () => Iterable<string>) => void
  }
}

/** `GET /metrics` in Prometheus' text format: the process, the requests, and the service's `app.metrics`. */
export const metricsPlugin = fp(
  async (app) => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from a request to its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry]
    })
    app.decorate('metrics', registry)
    const expositions: (() => Iterable<string>)[] = []
    app.decorate('addExposition', (expose) => {
      expositions.push(expose)
    })

    app.addHook('onResponse', async (request, reply) => {
      // The pattern and not the path: a path has a label value for each topic.
      const route = request.routeOptions.url ?? '(none)'
      duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    })

    app.get('/metrics', { schema: { hide: true, 'x-role': 'metrics' }, logLevel: 'warn' }, async (_request, reply) => {
      reply.type(registry.contentType)
      const own = await registry.metrics()
      const added = expositions.map((expose) => expose())
      return added.length === 0 ? own : Readable.from(inPieces(own, added))
    })
  },
  { name: 'metrics' }
)

/** Text and what follows it, to be sent piece by piece. */
export function* inPieces(text: string, more: readonly Iterable<string>[]): Generator<string> {
  yield text
  for (const pieces of more) yield* pieces
}

/**
 * A gauge whose series are read at each scrape; one that is not among them any more disappears.
 * @param read the labels and the value of each series
 */
export function gaugeOf(
  registry: Registry,
  { name, help, labelNames }: { name: string; help: string; labelNames: string[] },
  read: () => Iterable<[labels: Record<string, string>, value: number]>
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, value] of read()) this.set(labels, value)
    }
  })
}
