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
const apps = {
  loadTest: await buildNowhere(t, 'loadTest', {}, { auditTrail }),
  admin: await buildNowhere(
    t,
    'admin',
    {},
    {
      ...plainCluster(),
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
for (const [name, endpoint] of audited) {
  if (endpoint.service === 'health') throw new Error(`health-service has no audit trail, but ${name} is audited`)
  const app = apps[endpoint.service]
  const expected = requestsOf(endpoint, expecting)
  for (const [index, { request }] of requestsOf(endpoint, sending).entries()) {
    const form = request.payload === undefined ? 'without a body' : 'with a body'
    t.test(`the first event of ${name} ${form} holds what was sent, and no secret`, async (t) => {
      events.length = 0
      await app.inject(request)
      const [first, ...others] = events
      // A plan changes nothing, so its outcome is its only event.
      t.match(first, { action: endpoint.audit, ...(first?.dryRun ? {} : { outcome: 'requested' }) })
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

t.test('a dry run is one event, which holds the request; an invalid request is not kept', async (t) => {
  events.length = 0
  await apps.admin.inject({
    method: 'POST',
    url: '/api/topics?topicName=a&partitions=1&replicationFactor=1&dryRun=true'
  })
  await apps.admin.inject({ method: 'POST', url: '/api/topics?topicName=a&partitions=none' })
  t.match(events, [
    { outcome: 'planned', request: { query: { topicName: 'a', partitions: 1, dryRun: true } } },
    { outcome: 'refused', request: undefined }
  ])
})
