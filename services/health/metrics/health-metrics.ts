import fp from 'fastify-plugin'
import type { Snapshot } from '../domain/monitor.ts'
import { ownHealthMetrics } from './own-health.ts'
import { type Exposition, type RenderOptions, renderSnapshot } from './render.ts'

export type HealthMetricsOptions = RenderOptions

/**
 * The cluster as metrics. They are written from the last snapshot alone, once for each that is scraped: a scrape never asks
 * Kafka, groups and topics that are gone have no series, and what could not be read has none either.
 */
export const healthMetrics = fp<HealthMetricsOptions>(
  async (app, options) => {
    const { monitor } = app
    ownHealthMetrics(app.metrics, monitor)

    let written: { of: Snapshot; bytes: Buffer } | undefined
    let reported = ''
    app.addExposition(() => {
      const snapshot = monitor.last()
      if (!snapshot) return undefined
      if (written?.of !== snapshot) {
        const exposition = renderSnapshot(snapshot, options)
        reportDropped(exposition)
        written = { of: snapshot, bytes: Buffer.from(exposition.text) }
      }
      return written.bytes
    })

    /** Once, and again when other metrics are concerned. */
    function reportDropped({ dropped }: Exposition): void {
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
