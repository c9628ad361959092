/** load-test-service on a free port, for bench/producer.ts; its folder goes with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'kops-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit())
const app = await buildApp(loadConfig({ ...process.env, KOPS_LOG_LEVEL: 'silent', KOPS_DATA_DIR: folder }))
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
