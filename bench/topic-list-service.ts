/** admin-service on a free port, for bench/topic-list.ts. */
import { buildApp } from '../services/admin/app.ts'
import { loadConfig } from '../services/admin/config.ts'

const app = await buildApp(loadConfig({ ...process.env, KOPS_LOG_LEVEL: 'silent', KOPS_DATA_DIR: '/tmp/kops-bench' }))
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
