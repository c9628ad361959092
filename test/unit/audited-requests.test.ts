import { randomBytes } from 'node:crypto'
import t from 'tap'
import { hidden } from '#shared/audit/recorded-request.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { type Endpoint, secretMark } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type Fill, requestsOf } from './endpoint-requests.ts'
import { plainCluster } from './services/admin/plain-cluster.ts'
import { buildNowhere } from './services-without-cluster.ts'

const secret = randomBytes(12).toString('hex')
const events: AuditEvent[] = []
const auditTrail = { record: async (event: AuditEvent) => void events.push(event) }
const cluster = plainCluster()
const apps = {
  loadTest: await buildNowhere(t, 'loadTest', {}, { auditTrail }),
  admin: await buildNowhere(
    t,
    'admin',
    {},
    {
      ...cluster,
      auditTrail,
      timing: { waitMs: 50, deadlineMs: 50, sleep: async () => {} }
    }
  )
}

/** Secrets in every place that is marked as one, and in settings whose names say so. */
function withSecrets(text: string, marked: (schema: { type?: unknown }) => unknown): Fill {
  return (schema, name) => {
    if (schema[secretMark] === true) return marked(schema)
    if (name === 'configs') return { 'listener.name.x.ssl.key.password': text, 'retention.ms': '1' }
    return undefined
  }
}
const sending = withSecrets(secret, ({ type }) => (type === 'object' ? { token: secret } : secret))
const expecting = withSecrets(hidden, () => hidden)

const audited = Object.entries<Endpoint>(endpoints).filter(([, { audit }]) => audit !== undefined)
const appOf = ({ service, path }: Endpoint) => {
  if (service === 'health') throw new Error(`health-service has no audit trail, but ${path} is audited`)
  return apps[service]
}

/** Fills a request, and asks for a dry run where the endpoint takes one. */
const asDryRun =
  (dryRun: boolean): Fill =>
  (schema, name) =>
    name === 'dryRun' ? dryRun : sending(schema, name)
const existing = { name: 'log-events', partitions: 1, replicationFactor: 3 }

for (const [name, endpoint] of audited) {
  const app = appOf(endpoint)
  const expected = requestsOf(endpoint, expecting)
  for (const [index, { request }] of requestsOf(endpoint, asDryRun(false)).entries()) {
    const form = request.payload === undefined ? 'without a body' : 'with a body'
    if (endpoint.changesNothing) {
      t.test(`${name} ${form} is a plan, which leaves no event`, async (t) => {
        events.length = 0
        await app.inject(request)
        t.same(events, [])
      })
      continue
    }
    t.test(`the first event of ${name} ${form} holds what was sent, and no secret`, async (t) => {
      events.length = 0
      await app.inject(request)
      const [first, ...others] = events
      t.match(first, { action: endpoint.audit, outcome: 'requested', dryRun: false })
      const { params, query, body } = expected[index]?.parts ?? {}
      t.match(first?.request?.params ?? {}, params ?? {})
      t.match(first?.request?.query ?? {}, query ?? {})
      if (body !== undefined) t.match(first?.request?.body, body)
      t.ok(others.every((event) => event.request === undefined))
      t.notMatch(JSON.stringify(events), secret, 'no event has a secret')
    })
  }
}

t.test('there are endpoints with secrets, and their requests contain them', async (t) => {
  const sent = JSON.stringify(audited.map(([, endpoint]) => requestsOf(endpoint, sending)))
  t.ok(sent.split(secret).length > 8)
})

t.test('only plans are declared to change nothing', async (t) => {
  const plans = audited.filter(([, { changesNothing }]) => changesNothing)
  const names = ['planCatalog', 'planDrill', 'planGameDay', 'planLoadTest', 'planReassignment']
  t.same(plans.map(([name]) => name).sort(), names)
})

t.test('whatever changes the cluster has its event before it; a dry run changes nothing and has none', async (t) => {
  const changed = new Set<string>()
  for (const [name, endpoint] of audited) {
    if (endpoint.changesNothing) continue
    const places = [endpoint.query, endpoint.body].filter((part) => 'dryRun' in Object(Object(part).properties))
    t.ok(places.length <= 1, `${name} takes dryRun in one place only, so that it is either meant or not`)
    for (const { request } of [true, false].flatMap((dryRun) => requestsOf(endpoint, asDryRun(dryRun)))) {
      const isDry = request.payload?.['dryRun'] === true || request.url.includes('dryRun=true')
      events.length = 0
      cluster.changes.length = 0
      cluster.specs.clear()
      if (!name.startsWith('create')) cluster.specs.set(existing.name, existing)
      await appOf(endpoint).inject(request)
      for (const change of cluster.changes) changed.add(change.replace(/ .*/, ''))
      if (isDry) t.same([cluster.changes, events], [[], []], `${name}: a dry run`)
      else t.equal(events[0]?.outcome, 'requested', `${name}: a change`)
    }
  }
  t.same([...changed].sort(), ['create', 'grow', 'records'], 'these requests do change the cluster')
})
