import t from 'tap'
import { request } from 'undici'
import { buildApp } from '#apps/analytics/app.ts'
import { loadAnalyticsConfig } from '#apps/analytics/config.ts'
import { loadAnalytics } from '#apps/analytics/definition.ts'

const file = new URL('../../../../apps/analytics/analytics.yaml', import.meta.url).pathname

t.test('without a broker it starts, answers, and ends at once', async (t) => {
  const config = loadAnalyticsConfig({
    ...{ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1', KOPS_LOG_LEVEL: 'silent', KOPS_PORT: '0' }
  })
  const app = await buildApp(config, await loadAnalytics(file))
  t.teardown(() => app.close())
  const warnings: unknown[] = []
  app.log.warn = (...args: unknown[]) => void warnings.push(args)
  const address = await app.listen({ host: config.KOPS_HOST, port: config.KOPS_PORT })
  const live = await request(`${address}/livez`, { reset: true })
  t.same([live.statusCode, await live.body.json()], [200, { status: 'ok' }])
  const metrics = await (await request(`${address}/metrics`, { reset: true })).body.text()
  t.match(metrics, /^kops_analytics_events_total 0$/m)
  const startedAt = performance.now()
  await app.close()
  t.ok(performance.now() - startedAt < 5000)
  t.match(warnings, [[{ code: 'cluster_unreachable' }]])
})
