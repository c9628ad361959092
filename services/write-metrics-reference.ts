/** Writes docs/metrics.md, which a test compares with the definitions: node services/write-metrics-reference.ts */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp } from './health/app.ts'
import { loadConfig } from './health/config.ts'
import { metricsReference } from './health/metrics/reference.ts'

// Building the app registers its metrics; it never becomes ready, so it contacts no cluster.
const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_PROBE_INTERVAL_MS: '5000' }))
await writeFile(join(import.meta.dirname, '../docs/metrics.md'), metricsReference(app.metrics))
await app.close()
