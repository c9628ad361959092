import t, { type Test } from 'tap'
import { buildApp as buildAdmin } from '../../services/admin/app.ts'
import { loadConfig as adminConfig } from '../../services/admin/config.ts'
import { buildApp as buildHealth } from '../../services/health/app.ts'
import { loadConfig as healthConfig } from '../../services/health/config.ts'
import { buildApp as buildLoadTest } from '../../services/load-test/app.ts'
import { loadConfig as loadTestConfig } from '../../services/load-test/config.ts'
import { endpoints } from '../../shared/client/endpoints.ts'
import type { App } from '../../shared/http/create-app.ts'

interface Operation {
  summary?: string
  'x-role'?: string
  'x-audit'?: string
  responses: Record<string, { content?: Record<string, unknown> }>
}

// Nothing listens there: only what the services say of themselves is looked at.
const nowhere = {
  KOPS_LOG_LEVEL: 'silent',
  KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
  KOPS_ZOOKEEPER_SERVERS: '127.0.0.1:1'
}

const services: Record<'admin' | 'health' | 'loadTest', (t: Test) => Promise<App>> = {
  admin: (t) => buildAdmin(adminConfig({ ...nowhere, KOPS_DATA_DIR: t.testdir() })),
  health: () => buildHealth(healthConfig(nowhere)),
  loadTest: (t) => buildLoadTest(loadTestConfig({ ...nowhere, KOPS_DATA_DIR: t.testdir() }))
}

for (const [name, build] of Object.entries(services)) {
  t.test(`the document of ${name} has every route, with its role, its summary and its errors`, async (t) => {
    const app = await build(t)
    t.teardown(() => app.close())
    await app.ready()
    const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(JSON.stringify(app.swagger()))
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
    )
    t.same(documented.sort(), routesOf(app).sort())

    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const where = `${method.toUpperCase()} ${path}`
        t.ok(operation['x-role'], `${where} has a role`)
        t.ok(operation.summary, `${where} has a summary`)
        if (operation['x-role'] === 'public') continue
        const problems = ['4XX', '5XX'].map((status) => operation.responses[status]?.content)
        t.ok(
          problems.every((content) => content && 'application/problem+json' in content),
          `${where} says how it refuses`
        )
        if (name === 'admin' && method !== 'get') t.ok(operation['x-audit'], `${where} is audited under a name`)
      }
    }
  })

  t.test(`the client has every endpoint of ${name} that answers with JSON, and no other`, async (t) => {
    const app = await build(t)
    t.teardown(() => app.close())
    await app.ready()
    const called = Object.values(endpoints).filter(({ service }) => service === name)
    const answering = routesOf(app).filter((route) => !/\/(events|tail|livez)$/.test(route))
    t.same([...new Set(called.map(({ method, path }) => `${method} ${path}`))].sort(), answering.sort())
  })
}

/** Every route as `METHOD /path/{parameter}`; not those that are for machines alone (/metrics, /docs). */
function routesOf(app: App): string[] {
  const lines = app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')
  const routes: string[] = []
  const stack: string[] = []
  for (const line of lines) {
    const match = /^(?<indent>[│ ]*)[├└]── (?<part>\S*)(?: \((?<methods>[^)]+)\))?/.exec(line)
    if (!match?.groups) continue
    const { indent = '', part = '', methods } = match.groups
    const depth = indent.length / 4
    stack.splice(depth)
    stack[depth] = part
    const path = stack.join('').replace(/:(\w+)/g, '{$1}')
    if (/^\/(docs|metrics)|\*/.test(path)) continue
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD' && method !== 'OPTIONS') routes.push(`${method} ${path}`)
    }
  }
  return routes
}
