import type { Snapshot } from '../domain/monitor.ts'
import { brokerMetrics } from './brokers.ts'
import { clusterMetrics } from './cluster.ts'
import { ensembleMetrics } from './ensemble.ts'
import { familyPieces, labelBraces, type MetricDefinition, numberText } from './exposition.ts'
import type { GaugeSet } from './gauge-set.ts'
import { groupMetrics } from './groups.ts'
import { kafkaExporterMetrics } from './kafka-exporter.ts'
import { limitSeries } from './limit.ts'
import { sourceOf } from './source.ts'
import { topicMetrics } from './topics.ts'

/** All metrics that come from snapshots, by what they are of. */
export const snapshotMetrics = {
  Cluster: clusterMetrics,
  Brokers: brokerMetrics,
  Topics: topicMetrics,
  'ZooKeeper and the quorum of controllers': ensembleMetrics,
  'Consumer groups': groupMetrics,
  'As kafka_exporter tells them': kafkaExporterMetrics
} as const satisfies Record<string, readonly GaugeSet[]>

export const seriesDropped: MetricDefinition = {
  name: 'kops_health_series_dropped',
  help: 'Series of the metric that are left out because there are more than KOPS_METRICS_MAX_SERIES in all',
  labels: ['metric'],
  level: 'cluster'
}

export interface RenderOptions {
  /** Tell what kafka_exporter tells as well. */
  kafkaExporter: boolean
  maxSeries: number
}

export interface Exposition {
  /** In Prometheus' text format. */
  text: string
  /** By metric that may lose some, how many series are left out. */
  dropped: ReadonlyMap<string, number>
}

/** Writes a snapshot as metrics: the same text for the same snapshot. Pure. */
export function renderSnapshot(
  snapshot: Pick<Snapshot, 'health' | 'readings' | 'groups'>,
  { kafkaExporter, maxSeries }: RenderOptions
): Exposition {
  const source = sourceOf(snapshot)
  const sets = Object.values(snapshotMetrics).filter((list) => kafkaExporter || list !== kafkaExporterMetrics)
  const { kept, dropped } = limitSeries(
    sets.flat().flatMap((set) => set.families(source)),
    maxSeries
  )
  const told = Array.from(dropped, ([metric, count]) => ({
    unit: '',
    text: `${seriesDropped.name}${labelBraces(seriesDropped.labels, [metric])}${numberText(count)}`,
    series: 1
  }))
  const pieces = [...kept, { definition: seriesDropped, chunks: told }].flatMap(({ definition, chunks }) =>
    familyPieces(definition, chunks)
  )
  return { text: pieces.join(''), dropped }
}
