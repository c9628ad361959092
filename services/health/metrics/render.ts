import type { Snapshot } from '../domain/snapshot.ts'
import { brokerMetrics, quickBrokerMetrics } from './brokers.ts'
import { clusterMetrics } from './cluster.ts'
import { ensembleMetrics } from './ensemble.ts'
import { type MetricDefinition, textOf } from './exposition.ts'
import type { GaugeSet } from './gauge-set.ts'
import { groupMetrics, watchedGroupMetrics } from './groups.ts'
import { kafkaExporterMetrics } from './kafka-exporter.ts'
import { limitSeries } from './limit.ts'
import { sourceOf } from './source.ts'
import { topicMetrics } from './topics.ts'

/** All metrics that come from snapshots, by subject. */
export const snapshotMetrics = {
  Cluster: clusterMetrics,
  Brokers: brokerMetrics,
  Topics: topicMetrics,
  'ZooKeeper and the KRaft quorum': ensembleMetrics,
  'Consumer groups': groupMetrics,
  'Under the names of kafka_exporter': kafkaExporterMetrics
} as const satisfies Record<string, readonly GaugeSet[]>

/** The metrics that are current within seconds and do not grow with the cluster: `GET /metrics/pulse`. */
const pulse: readonly GaugeSet[] = [...clusterMetrics, ...quickBrokerMetrics, ...ensembleMetrics]

export const seriesDropped: MetricDefinition = {
  name: 'kops_health_series_dropped',
  help: 'Series of the metric that are left out because the total exceeds KOPS_METRICS_MAX_SERIES',
  labels: ['metric'],
  level: 'cluster'
}

export interface RenderOptions {
  /** Include kafka_exporter's metrics. */
  kafkaExporter: boolean
  maxSeries: number
}

export interface Exposition {
  /** In Prometheus' text format, in pieces. Each call starts from the beginning. */
  pieces(): Generator<string>
  /** The number of series left out, for each metric that may lose some. */
  dropped: ReadonlyMap<string, number>
}

/** The source of metrics. */
type RenderedSnapshot = Pick<Snapshot, 'health' | 'readings' | 'groups' | 'watched'>

/**
 * Renders the part of a snapshot that is current within seconds: a few kilobytes, whatever the cluster's size. Pure.
 */
export function renderPulse(snapshot: RenderedSnapshot): string {
  const watched = snapshot.groups.filter(({ group }) => snapshot.watched.has(group))
  const groups = watched.map(({ partitions: _partitions, ...group }) => ({ ...group, topics: [] }))
  const source = { ...snapshot, topics: [], groups }
  return Array.from(textOf([...pulse, ...watchedGroupMetrics].flatMap((set) => set.families(source)))).join('')
}

/**
 * A snapshot as metrics: the same text for the same snapshot. Pure.
 * @param without leaves out the metrics of the pulse, which are scraped separately
 */
export function renderSnapshot(
  snapshot: RenderedSnapshot,
  { kafkaExporter, maxSeries }: RenderOptions,
  { without }: { without?: 'pulse' } = {}
): Exposition {
  const source = sourceOf(snapshot)
  const unwatched = { ...source, groups: source.groups.filter(({ group }) => !snapshot.watched.has(group)) }
  const sets = Object.values(snapshotMetrics).filter((list) => kafkaExporter || list !== kafkaExporterMetrics)
  const { kept, dropped } = limitSeries(
    sets
      .flat()
      .filter((set) => without === undefined || !pulse.includes(set))
      .flatMap((set) => {
        const ofPulse = without === 'pulse' && watchedGroupMetrics.includes(set)
        return set.families(ofPulse ? unwatched : source)
      }),
    maxSeries
  )
  const counts = Array.from(dropped, ([metric, count]) => ({
    unit: '',
    series: 1,
    text: () => `${seriesDropped.name}{metric="${metric}"} ${count}\n`
  }))
  return { pieces: () => textOf([...kept, { definition: seriesDropped, chunks: counts }]), dropped }
}
