import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { metricsReference } from '#services/health/metrics/reference.ts'

t.test('docs/metrics.md matches the definitions', async (t) => {
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_PROBE_INTERVAL_MS: '5000' }))
  t.teardown(() => app.close())
  const page = metricsReference(app.metrics)
  t.equal(await readFile(join(import.meta.dirname, '../../../../../docs/metrics.md'), 'utf8'), page)

  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const names = rows.map((row) => row.split('`')[1])
  t.equal(new Set(names).size, names.length, 'each metric stands there once')
  for (const row of rows) t.match(row, /^\| `[a-z_]+` \| (gauge|counter|histogram) \| .+ \| .{15,} \|$/)
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
    'kops_health_events_published_total'
  ]) {
    t.ok(names.includes(name), name)
  }
})
