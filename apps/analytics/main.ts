/** `kops analytics run` starts this process with the path of a definition. SIGINT and SIGTERM end it once it has committed. */
import { argv } from 'node:process'
import { serve } from '#shared/http/lifecycle.ts'
import { buildApp } from './app.ts'
import { loadAnalyticsConfig, topicsOf } from './config.ts'
import { loadAnalytics } from './definition.ts'

const [path = ''] = argv.slice(2)
try {
  const config = loadAnalyticsConfig()
  const app = await buildApp(config, await loadAnalytics(path, topicsOf(config)))
  await serve(app, { host: config.KOPS_HOST, port: config.KOPS_PORT })
} catch (error) {
  console.error(`kops: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
