import type { History, HistoryMetric, HistoryQuery } from '#shared/contracts/health-history.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { matchersOf } from '#shared/prometheus/promql.ts'

export type HistoryLabel = 'group' | 'topic' | 'broker'

/** How to query a history. */
interface Expression {
  unit: History['unit']
  /** Labels of the query that it takes, and whether they are required. */
  takes?: { label: HistoryLabel; required: boolean }
  /**
   * PromQL. Series of several instances of this service are merged.
   * @param match label matchers, without braces; @param window time range that covers a few scrapes
   */
  promql(match: string, window: string): string
}

const gauge = (metric: string, by?: string) => (match: string) =>
  by === undefined ? `max(${metric}{${match}})` : `max by (${by}) (${metric}{${match}})`
const ofBroker = { label: 'broker', required: false } as const
const ofGroup = { label: 'group', required: true } as const
const ofTopic = { label: 'topic', required: true } as const

/** The complete list of metrics that can be queried: callers cannot send their own PromQL. */
export const expressions: Record<HistoryMetric, Expression> = {
  status: { unit: 'boolean', promql: gauge('kafka_cluster_status', 'status') },
  score: { unit: 'points', promql: (match) => `min(kops_cluster_health_score{${match}})` },
  brokers_healthy: { unit: 'brokers', promql: (match) => `min(kafka_cluster_brokers_healthy{${match}})` },
  broker_up: { unit: 'boolean', takes: ofBroker, promql: gauge('kafka_broker_up', 'broker') },
  broker_handler_idle: { unit: 'ratio', takes: ofBroker, promql: gauge('kops_broker_handler_idle_ratio', 'broker') },
  broker_request_queue: {
    unit: 'requests',
    takes: ofBroker,
    promql: gauge('kops_broker_request_queue_size', 'broker')
  },
  zookeepers_healthy: { unit: 'nodes', promql: (match) => `min(kafka_cluster_zookeepers_healthy{${match}})` },
  under_replicated_partitions: { unit: 'partitions', promql: gauge('kafka_cluster_under_replicated_partitions') },
  under_min_isr_partitions: { unit: 'partitions', promql: gauge('kafka_cluster_under_min_isr_partitions') },
  offline_partitions: { unit: 'partitions', promql: gauge('kafka_cluster_offline_partitions') },
  group_lag: { unit: 'records', takes: ofGroup, promql: gauge('kafka_consumer_lag', 'group') },
  group_lag_seconds: { unit: 'seconds', takes: ofGroup, promql: gauge('kops_group_lag_seconds', 'group') },
  topic_score: {
    unit: 'points',
    takes: ofTopic,
    promql: (match) => `min by (topic) (kops_topic_health_score{${match}})`
  },
  topic_size: { unit: 'bytes', takes: ofTopic, promql: gauge('kops_topic_size_bytes', 'topic') },
  probe_latency: {
    unit: 'seconds',
    takes: ofBroker,
    promql: (match, window) =>
      `histogram_quantile(0.99, sum by (broker, le) (rate(kops_probe_latency_seconds_bucket{${match}}[${window}])))`
  },
  probe_lost: {
    unit: 'recordsPerSecond',
    takes: ofBroker,
    promql: (match, window) => `sum by (broker) (rate(kops_probe_records_lost_total{${match}}[${window}]))`
  }
}

const labels: readonly HistoryLabel[] = ['group', 'topic', 'broker']

/** Rates are taken over this, or over the step where that is longer: four scrapes of 15 s. */
const leastWindowSeconds = 60

/**
 * The PromQL of a history.
 * @param own labels that all series of this cluster have
 * @throws KopsError validation_failed for a label that is missing, or that the history does not take
 */
export function toPromql(
  query: HistoryQuery,
  stepSeconds: number,
  own: readonly [name: string, value: string][]
): string {
  const { takes, promql } = expressions[query.metric]
  for (const label of labels) {
    if (query[label] !== undefined && label !== takes?.label) {
      throw fieldError('validation_failed', label, `is not a parameter of ${query.metric}`)
    }
  }
  const value = takes && query[takes.label]
  if (takes?.required && value === undefined) {
    throw fieldError('validation_failed', takes.label, `is required for the history of ${query.metric}`)
  }
  const matchers = [...own, ...(takes && value !== undefined ? [[takes.label, value] as const] : [])]
  return promql(matchersOf(matchers), `${Math.max(leastWindowSeconds, stepSeconds)}s`)
}
