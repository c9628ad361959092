import { Registry } from 'prom-client'
import { analyticsMetrics } from '#apps/analytics/metrics.ts'
import { eventMetrics } from './health/metrics/event-metrics.ts'
import { seriesDropped, snapshotMetrics } from './health/metrics/render.ts'

interface Row {
  name: string
  labels: readonly string[]
  help: string
  type: string
}

/** The registries of the services; that of health-service with the end-to-end probe enabled. */
export interface Registries {
  admin: Registry
  health: Registry
  loadTest: Registry
}

/** All metrics as a Markdown page, generated from their definitions: docs/metrics.md. */
export function metricsReference({ admin, health, loadTest }: Registries): string {
  const events = new Registry()
  eventMetrics(events)
  const registered = new Map([...registeredIn(events), ...registeredIn(health)].map((row) => [row.name, row]))
  const rows = byName([...registered.values()])
  const ofProcess = /^(?:process|nodejs)_/
  const onlyIn = (registry: Registry) =>
    byName(registeredIn(registry).filter(({ name }) => !registered.has(name) && !ofProcess.test(name)))
  const analytics = new Registry()
  analyticsMetrics(analytics, () => ({ tasks: new Map(), processors: new Map() }))
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
  const published = rows.filter(({ name }) => /^(?:kafka_message|kops_events_)/.test(name))
  return [
    '# Metrics',
    "Each service's `GET /metrics` exposes its metrics in Prometheus' text format: those of health-service come first, and those that the\nothers have beside them at the end. A value that could not be read has no series, never a\n0. Cluster series come from the last reading; something that no longer exists has none. `node services/write-metrics-reference.ts`\ngenerates this page from the definitions.",
    'At 10,000 partitions the answer of health-service has 20 MB. `GET /metrics/pulse` serves the metrics that are current within seconds and do not grow with\nthe cluster (cluster, brokers, ZooKeeper and the quorum, the age of each part, lag and verdicts of unhealthy groups), `GET /metrics/sweep`\neverything else. prometheus/prometheus.yml scrapes the first every 2 s and the second every 15 s. Scrape either `/metrics` or these two.',
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
    section('Events of its requests', published),
    section('admin-service', onlyIn(admin)),
    section('load-test-service', onlyIn(loadTest)),
    section('kops analytics run', byName(registeredIn(analytics))),
    '`process_*` and `nodejs_*` describe the process, as prom-client measures it. Those of the sections The service (but for `kops_service_*`) and Events of its\nrequests are exposed by all three services.'
  ]
    .join('\n\n')
    .concat('\n')
}

function byName(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
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
