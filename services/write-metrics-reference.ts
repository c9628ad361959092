/** Writes docs/metrics.md, which a test compares with the definitions: node services/write-metrics-reference.ts */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp as buildAdmin } from './admin/app.ts'
import { loadConfig as adminConfig } from './admin/config.ts'
import { buildApp as buildHealth } from './health/app.ts'
import { loadConfig as healthConfig } from './health/config.ts'
import { buildApp as buildLoadTest } from './load-test/app.ts'
import { loadConfig as loadTestConfig } from './load-test/config.ts'
import { metricsReference } from './metrics-reference.ts'

// Building an app registers its metrics; it never becomes ready, so it contacts no cluster.
const dataDir = await mkdtemp(join(tmpdir(), 'kops-metrics-'))
const env = { KOPS_LOG_LEVEL: 'silent', KOPS_DATA_DIR: dataDir }
const admin = await buildAdmin(adminConfig({ ...env, KOPS_CONNECT_URL: 'http://127.0.0.1:1' }))
const health = await buildHealth(healthConfig({ ...env, KOPS_PROBE_INTERVAL_MS: '5000' }))
const loadTest = await buildLoadTest(loadTestConfig(env))
const page = metricsReference({ admin: admin.metrics, health: health.metrics, loadTest: loadTest.metrics })
await writeFile(join(import.meta.dirname, '../docs/metrics.md'), page)
await Promise.all([admin, health, loadTest].map((app) => app.close()))
await rm(dataDir, { recursive: true })
