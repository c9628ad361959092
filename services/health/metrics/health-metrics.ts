import fp from 'fastify-plugin'
import type { Snapshot } from '../domain/monitor.ts'
import { ownHealthMetrics, pulseOwnHealth } from './own-health.ts'
import { type Exposition, type RenderOptions, renderPulse, renderSnapshot } from './render.ts'

export type HealthMetricsOptions = RenderOptions

/**
 * The cluster as metrics. They are written from the last snapshot alone, once for each that is scraped: a scrape never asks
 * Kafka, groups and topics that are gone have no series, and what could not be read has none either.
 *
 * `GET /metrics` has everything. It grows with the cluster, to 20 MB at 10,000 partitions, so that the same is also served in
 * two parts: `/metrics/pulse`, a few kilobytes to be scraped every 2 s, and `/metrics/sweep`, the rest.
 */
export const healthMetrics = fp<HealthMetricsOptions>(
  async (app, options) => {
    const { monitor, metrics } = app
    ownHealthMetrics(metrics, monitor)
    const everything = onceASnapshot((snapshot) => rendered(renderSnapshot(snapshot, options)))
    const sweep = onceASnapshot((snapshot) => rendered(renderSnapshot(snapshot, options, { without: 'pulse' })))
    let reported = ''
    app.addExposition(everything)

    const route = { schema: { hide: true, 'x-role': 'viewer' as const }, logLevel: 'warn' as const }
    app.get('/metrics/pulse', route, async (_request, reply) => {
      reply.type(metrics.contentType)
      const snapshot = monitor.last()
      const own = await Promise.all(pulseOwnHealth.map((name) => metrics.getSingleMetricAsString(name)))
      return `${own.join('\n')}\n${snapshot ? renderPulse(snapshot) : ''}`
    })
    app.get('/metrics/sweep', route, async (_request, reply) => {
      reply.type(metrics.contentType)
      return Buffer.concat([Buffer.from(await metrics.metrics()), sweep() ?? Buffer.of()])
    })

    /** Writes a snapshot when it is first asked for; undefined before there is one. */
    function onceASnapshot(write: (snapshot: Snapshot) => Buffer): () => Buffer | undefined {
      let written: { of: Snapshot; bytes: Buffer } | undefined
      return () => {
        const snapshot = monitor.last()
        if (!snapshot) return undefined
        if (written?.of !== snapshot) written = { of: snapshot, bytes: write(snapshot) }
        return written.bytes
      }
    }

    /** Logs what is left out once, and again when other metrics are concerned. */
    function rendered({ text, dropped }: Exposition): Buffer {
      const concerned = Array.from(dropped).filter(([, count]) => count > 0)
      const names = concerned.map(([name]) => name).join()
      if (names !== '' && names !== reported) {
        app.log.warn(
          { dropped: Object.fromEntries(concerned), maxSeries: options.maxSeries },
          'more series than KOPS_METRICS_MAX_SERIES: metrics leave some out'
        )
      }
      reported = names
      return Buffer.from(text)
    }
  },
  { name: 'health-metrics', dependencies: ['metrics', 'monitor'] }
)
