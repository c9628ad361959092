import { Registry } from 'prom-client'
import { eventMetrics } from './event-metrics.ts'
import { seriesDropped, snapshotMetrics } from './render.ts'

interface Row {
  name: string
  labels: readonly string[]
  help: string
  type: string
}

/**
 * All metrics of health-service as a Markdown page, generated from their definitions: docs/metrics.md.
 * @param registry the service's registry, with the end-to-end probe enabled
 */
export function metricsReference(registry: Registry): string {
  const events = new Registry()
  eventMetrics(events)
  const registered = new Map([...registeredIn(events), ...registeredIn(registry)].map((row) => [row.name, row]))
  const rows = Array.from(registered.values()).sort((a, b) => (a.name < b.name ? -1 : 1))
  const ofSnapshots = Object.entries(snapshotMetrics).map(([title, sets]) => {
    const definitions = sets.flatMap((set) => set.definitions)
    return section(
      title,
      definitions.map((definition) => ({ ...definition, type: 'gauge' }))
    )
  })
  const probe = rows.filter(({ name }) => name.startsWith('kops_probe_'))
  const own = rows.filter(({ name }) => name.startsWith('kops_health_'))
  const deadLetters = rows.filter(({ name }) => name.startsWith('kops_dead_letters'))
  const whatIf = rows.filter(({ name }) => name.startsWith('kops_whatif_'))
  const service = rows.filter((row) => row.name.startsWith('http_') || row.name.startsWith('kops_service_'))
  return [
    '# Metrics',
    "health-service's `GET /metrics` exposes these metrics in Prometheus' text format. A value that could not be read has no series, never a\n0. Cluster series come from the last reading; something that no longer exists has none. `node services/write-metrics-reference.ts`\ngenerates this page from the definitions.",
    'At 10,000 partitions the answer has 20 MB. `GET /metrics/pulse` serves the metrics that are current within seconds and do not grow with\nthe cluster (cluster, brokers, ZooKeeper and the quorum, the age of each part, lag and verdicts of unhealthy groups), `GET /metrics/sweep`\neverything else. prometheus/prometheus.yml scrapes the first every 2 s and the second every 15 s. Scrape either `/metrics` or these two.',
    'Labels: `broker` and `node` are names (kafka-1, zookeeper-1), `group` a consumer group. With `KOPS_KAFKA_EXPORTER_METRICS=false`\n' +
      'metrics under the names of kafka_exporter are left out. Beyond `KOPS_METRICS_MAX_SERIES` (10,000 partitions\n' +
      'and 60,000 commits make 275,000) committed offsets and seconds of lag go first, then partitions of topics, lags of partitions, topics\n' +
      'within groups, topics, groups: each group or topic as a whole, so that sums over the rest stay correct.\n' +
      '`kops_health_series_dropped` counts them, and a warning is logged.',
    ...ofSnapshots,
    section('What if a node were lost', whatIf),
    section('Dead-letter queues', deadLetters),
    section('End-to-end probe', probe),
    section('The reading itself', [...own, { ...seriesDropped, type: 'gauge' }]),
    section('The service', service),
    '`process_*` and `nodejs_*` describe the process, as prom-client measures it; admin-service and load-test-service expose them as well.'
  ]
    .join('\n\n')
    .concat('\n')
}

function registeredIn(registry: Registry): Row[] {
  return registry.getMetricsAsArray().map((metric) => {
    // prom-client stores label names but does not declare them in its types.
    const labels: unknown = Reflect.get(metric, 'labelNames')
    return {
      name: metric.name,
      help: metric.help,
      type: String(metric.type),
      labels: Array.isArray(labels) ? labels.map(String) : []
    }
  })
}

function section(title: string, rows: readonly Row[]): string {
  const lines = rows.map(({ name, labels, type, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ') || 'none'
    return `| \`${name}\` | ${type} | ${named} | ${help.replaceAll(/[<|]/g, '\\$&')} |`
  })
  return [`## ${title}`, '', '| metric | type | labels | meaning |', '|---|---|---|---|', ...lines].join('\n')
}
