import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import { inPieces } from '#shared/http/metrics.ts'
import { ownHealthMetrics, pulseOwnHealth } from './own-health.ts'
import { type Exposition, type RenderOptions, renderPulse, renderSnapshot } from './render.ts'

export type HealthMetricsOptions = RenderOptions

/**
 * The cluster as metrics, rendered from the last snapshot while they are sent: a scrape never queries Kafka, deleted
 * groups and topics have no series, neither have values that could not be read, and the answer is never in memory as a
 * whole.
 *
 * `GET /metrics` has everything. It grows with the cluster, to 20 MB at 10,000 partitions, so it is also available in
 * two parts: `/metrics/pulse`, a few kilobytes to scrape every 2 s, and `/metrics/sweep`, the rest.
 */
export const healthMetrics = fp<HealthMetricsOptions>(
  async (app, options) => {
    const { monitor, metrics } = app
    ownHealthMetrics(metrics, monitor)
    let reported = ''
    app.addExposition(() => written({}))

    const route = { schema: { hide: true, 'x-role': 'metrics' as const }, logLevel: 'warn' as const }
    app.get('/metrics/pulse', route, async (_request, reply) => {
      reply.type(metrics.contentType)
      const snapshot = monitor.last()
      const own = await Promise.all(pulseOwnHealth.map((name) => metrics.getSingleMetricAsString(name)))
      return `${own.join('\n')}\n${snapshot ? renderPulse(snapshot) : ''}`
    })
    app.get('/metrics/sweep', route, async (_request, reply) => {
      reply.type(metrics.contentType)
      return Readable.from(inPieces(await metrics.metrics(), [written({ without: 'pulse' })]))
    })

    /** The last snapshot, rendered while it is sent; empty before there is one. */
    function written(parts: { without?: 'pulse' }): Iterable<string> {
      const snapshot = monitor.last()
      if (!snapshot) return []
      const { pieces, dropped } = renderSnapshot(snapshot, options, parts)
      report(dropped)
      return pieces()
    }

    /** Logs once which series are left out, and again when other metrics are affected. */
    function report(dropped: Exposition['dropped']): void {
      const concerned = Array.from(dropped).filter(([, count]) => count > 0)
      const names = concerned.map(([name]) => name).join()
      if (names !== '' && names !== reported) {
        app.log.warn(
          { dropped: Object.fromEntries(concerned), maxSeries: options.maxSeries },
          'more series than KOPS_METRICS_MAX_SERIES: metrics leave some out'
        )
      }
      reported = names
    }
  },
  { name: 'health-metrics', dependencies: ['metrics', 'monitor'] }
)
