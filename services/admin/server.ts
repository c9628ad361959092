import { serve } from '#shared/http/lifecycle.ts'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'

const config = loadConfig()
await serve(await buildApp(config), { host: config.KOPS_HOST, port: config.KOPS_PORT })
