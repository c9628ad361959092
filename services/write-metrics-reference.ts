/** Writes docs/metrics.md, which a test holds equal to the definitions: node services/write-metrics-reference.ts */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp } from './health/app.ts'
import { loadConfig } from './health/config.ts'
import { metricsReference } from './health/metrics/reference.ts'

// It is built, which registers its metrics, and never gets ready, so that it asks no cluster.
const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_PROBE_INTERVAL_MS: '5000' }))
await writeFile(join(import.meta.dirname, '../docs/metrics.md'), metricsReference(app.metrics))
await app.close()
