import type { Test } from 'tap'
import { buildApp as buildAdmin, type Overrides } from '#services/admin/app.ts'
import { loadConfig as adminConfig } from '#services/admin/config.ts'
import { buildApp as buildHealth } from '#services/health/app.ts'
import { loadConfig as healthConfig } from '#services/health/config.ts'
import { buildApp as buildLoadTest } from '#services/load-test/app.ts'
import { loadConfig as loadTestConfig } from '#services/load-test/config.ts'
import type { App } from '#shared/http/create-app.ts'

// Nothing listens there: what gets past validation is answered as unreachable.
const nowhere = {
  KOPS_LOG_LEVEL: 'silent',
  KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
  KOPS_ZOOKEEPER_SERVERS: '127.0.0.1:1',
  KOPS_AGENT_SOCKET: '/nonexistent/agent.sock'
}

export const serviceNames = ['admin', 'health', 'loadTest'] as const
export type ServiceName = (typeof serviceNames)[number]

/** A service as it is, but for the cluster that it cannot reach; closed after the test. */
export async function buildNowhere(
  t: Test,
  name: ServiceName,
  env: Record<string, string> = {},
  overrides: Overrides = { auditTrail: { record: async () => {} } }
): Promise<App> {
  const settings = { ...nowhere, KOPS_DATA_DIR: t.testdir(), ...env }
  const builders: Record<ServiceName, () => Promise<App>> = {
    admin: () => buildAdmin(adminConfig(settings), overrides),
    health: () => buildHealth(healthConfig(settings)),
    loadTest: () =>
      buildLoadTest(
        loadTestConfig({ KOPS_LOAD_RUNS_TOPIC: '', ...settings }),
        overrides.auditTrail ? { auditTrail: overrides.auditTrail } : {}
      )
  }
  const app = await builders[name]()
  t.teardown(() => app.close())
  await app.ready()
  return app
}
