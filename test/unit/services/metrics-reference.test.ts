import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { metricsReference } from '#services/metrics-reference.ts'
import { buildNowhere } from '../services-without-cluster.ts'

t.test('docs/metrics.md matches the definitions', async (t) => {
  const [admin, health, loadTest] = await Promise.all([
    buildNowhere(t, 'admin', { KOPS_CONNECT_URL: 'http://127.0.0.1:1' }),
    buildNowhere(t, 'health', { KOPS_PROBE_INTERVAL_MS: '5000' }),
    buildNowhere(t, 'loadTest')
  ])
  const page = metricsReference({ admin: admin.metrics, health: health.metrics, loadTest: loadTest.metrics })
  t.equal(await readFile(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8'), page)

  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const names = rows.map((row) => row.split('`')[1])
  t.equal(new Set(names).size, names.length, 'each metric stands there once')
  for (const row of rows) t.match(row, /^\| `[a-z0-9_]+` \| (gauge|counter|histogram) \| .+ \| .{15,} \|$/)
  for (const name of [
    'kops_probe_latency_seconds',
    'kops_probe_records_sent_total',
    'kops_probe_records_lost_total',
    'kops_probe_up',
    'kops_health_snapshot_age_seconds',
    'kops_health_sweep_duration_seconds',
    'kops_health_read_errors_total',
    'kops_health_part_last_success_timestamp_seconds',
    'kops_health_part_duration_seconds',
    'kops_health_series_dropped',
    'kops_health_events_published_total',
    'kops_events_dropped_total',
    'kafka_messages_received_total',
    'kops_connect_up',
    'kafka_producer_success_total',
    'kops_analytics_events_total',
    'kops_analytics_open_windows'
  ]) {
    t.ok(names.includes(name), name)
  }
})
