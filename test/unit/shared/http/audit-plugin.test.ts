import t, { type Test } from 'tap'
import { Type } from 'typebox'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { auditPlugin } from '#shared/http/audit-plugin.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { createApp } from '#shared/http/create-app.ts'
import { plainConfig } from './plain-config.ts'

const at = new Date('2026-01-31T12:00:00Z')

async function build(t: Test, record: (event: AuditEvent) => unknown, config: Parameters<typeof plainConfig>[0] = {}) {
  const app = await createApp({ title: 't', description: 't', config: plainConfig(config) })
  t.teardown(() => app.close())
  const trail = { record: async (event: AuditEvent) => void (await record(event)) }
  await app.register(auditPlugin, { trail, now: () => at, patienceMs: 20 })
  const done: string[] = []
  const schema = {
    'x-role': 'operator',
    'x-audit': 'thing.change',
    querystring: Type.Object({
      dryRun: Type.Optional(Type.Boolean()),
      reason: Type.Optional(Type.String()),
      fail: Type.Optional(Type.String())
    })
  } as const
  app.post('/things/:name', { schema }, async (request) => {
    request.audit({ before: { size: 1 } })
    const { fail } = request.query as { fail?: string }
    if (fail === 'refused') throw new KopsError('topic_exists', 'it is there')
    if (fail === 'broken') throw new Error('secret')
    done.push('changed')
    request.audit({ after: { size: 2 } })
    return { ok: true }
  })
  const body = Type.Object({ dryRun: Type.Optional(Type.Boolean()) })
  app.post('/plans/:name', { schema: { ...schema, 'x-audit': 'thing.plan', 'x-changes-nothing': true } }, async () => 1)
  app.post('/planned/:name', { schema: { ...schema, body } }, async () => ({ ok: true }))
  app.delete('/undry/:name', { schema: { 'x-role': 'operator', 'x-audit': 'thing.delete' } }, async () => 1)
  app.delete('/things/:name', { schema: { ...schema, 'x-audit': 'thing.cancel', 'x-ends-harm': true } }, async () => {
    done.push('cancelled')
    return { ok: true }
  })
  return { app, done }
}

t.test('a mutation is recorded before it is carried out, and its outcome before the answer', async (t) => {
  const events: AuditEvent[] = []
  const doneAt: number[] = []
  const { app, done } = await build(t, (event) => {
    events.push(event)
    doneAt.push(done.length)
  })
  const response = await app.inject({ method: 'POST', url: '/things/a?reason=because' })
  t.equal(response.statusCode, 200)
  t.match(events, [
    {
      outcome: 'requested',
      action: 'thing.change',
      target: 'a',
      actor: { name: 'anonymous', role: 'admin' },
      before: null
    },
    { outcome: 'applied', before: { size: 1 }, after: { size: 2 }, reason: 'because', at: at.toISOString() }
  ])
  t.same(doneAt, [0, 1])
  t.equal(events[0]?.requestId, response.headers['x-request-id'])
  t.not(events[0]?.id, events[1]?.id, 'keys differ: the topic is compacted')
})

const outcomes: [url: string, outcomes: string[], error?: { code: string; detail: RegExp }][] = [
  ['/things/a?dryRun=true', []],
  ['/things/a?dryRun=true&fail=refused', []],
  ['/things/a?dryRun=false', ['requested', 'applied']],
  ['/plans/a', []],
  ['/things/a?fail=refused', ['requested', 'refused'], { code: 'topic_exists', detail: /it is there/ }],
  ['/things/a?fail=broken', ['requested', 'failed'], { code: 'request_refused', detail: /secret/ }],
  ['/things/a?dryRun=nonsense', ['refused'], { code: 'validation_failed', detail: /dryRun/ }]
]
for (const [url, expected, error] of outcomes) {
  t.test(`POST ${url} is written as ${expected.join(', ') || 'nothing'}`, async (t) => {
    const events: AuditEvent[] = []
    const { app } = await build(t, (event) => events.push(event))
    const response = await app.inject({ method: 'POST', url })
    t.same(
      events.map(({ outcome }) => outcome),
      expected
    )
    if (error) t.match(events.at(-1), { error })
    t.notMatch(response.body, 'secret')
  })
}

t.test('who may not is written as denied, and who is not known', async (t) => {
  const events: AuditEvent[] = []
  const tokens = `eve:viewer:sha256:${hashToken('eve-token').toString('hex')}`
  const { app, done } = await build(t, (event) => events.push(event), { KOPS_TOKENS: tokens })
  const post = (url: string, authorization?: string) =>
    app.inject({ method: 'POST', url, headers: authorization ? { authorization } : {} })
  for (const [url, dryRun] of [
    ['/things/a', false],
    ['/things/a?dryRun=true', true],
    ['/plans/a', true]
  ] as const) {
    t.equal((await post(url, 'Bearer eve-token')).statusCode, 403)
    t.equal((await post(url)).statusCode, 401)
    t.match(events.splice(0), [
      { outcome: 'denied', dryRun, actor: { name: 'eve', role: 'viewer' }, error: { code: 'forbidden' } },
      { outcome: 'denied', dryRun, actor: { name: 'unauthenticated', role: null }, error: { code: 'unauthenticated' } }
    ])
  }
  t.notMatch(JSON.stringify(events), 'eve-token')
  t.same(done, [])
})

t.test('what is denied takes little of the trail, however long the request is', async (t) => {
  const events: AuditEvent[] = []
  const tokens = `eve:viewer:sha256:${hashToken('eve-token').toString('hex')}`
  const { app } = await build(t, (event) => events.push(event), { KOPS_TOKENS: tokens })
  const long = 'x'.repeat(8000)
  await app.inject({ method: 'POST', url: `/things/${long}?reason=${long}` })
  t.match(events, [{ outcome: 'denied' }])
  t.ok(JSON.stringify(events).length < 2000)
})

t.test('a mutation that cannot be recorded is not carried out', async (t) => {
  const { app, done } = await build(t, () => {
    throw new KopsError('audit_unavailable', 'no broker')
  })
  const response = await app.inject({ method: 'POST', url: '/things/a' })
  t.match(response.json(), { status: 503, code: 'audit_unavailable', retriable: true })
  t.same(done, [])
})

const unwritten: { name: string; record: (event: AuditEvent) => unknown; outcome: boolean }[] = [
  {
    name: 'cannot be written',
    record: () => {
      throw new KopsError('audit_unavailable', 'no broker, and the disk is full')
    },
    outcome: false
  },
  {
    name: 'cannot be written without a quorum',
    record: () => {
      throw new KopsError('metadata_unavailable', 'no quorum')
    },
    outcome: false
  },
  {
    name: 'is not written in time',
    record: ({ outcome }) => (outcome === 'requested' ? new Promise(() => {}) : undefined),
    outcome: true
  }
]
for (const { name, record, outcome } of unwritten) {
  t.test(`what ends harm is carried out although its event ${name}, and that is counted`, async (t) => {
    const events: AuditEvent[] = []
    const { app, done } = await build(t, async (event) => {
      await record(event)
      events.push(event)
    })
    const unaudited = async () =>
      /^kops_unaudited_changes_total\{action="thing.cancel"\} (\d+)$/m.exec((await app.inject('/metrics')).body)?.[1]
    t.equal(await unaudited(), '0', 'an alert can see the first one')
    const response = await app.inject({ method: 'DELETE', url: '/things/a?reason=because' })
    t.equal(response.statusCode, 200)
    t.same(done, ['cancelled'])
    t.equal(await unaudited(), '1')
    if (!outcome) t.equal(response.headers['x-kops-audit'], 'outcome-not-recorded')
    // What the first event would have held of the request.
    else t.match(events, [{ outcome: 'applied', reason: 'because', request: { params: { name: 'a' } } }])
  })
}

t.test('what ends harm has its event first, if that can be written', async (t) => {
  const events: AuditEvent[] = []
  const { app, done } = await build(t, (event) => {
    if (event.outcome === 'requested') t.same(done, [])
    events.push(event)
  })
  await app.inject({ method: 'DELETE', url: '/things/a' })
  t.match(events, [{ outcome: 'requested' }, { outcome: 'applied' }])
  t.match((await app.inject('/metrics')).body, /^kops_unaudited_changes_total\{action="thing.cancel"\} 0$/m)
})

t.test('only ending drills, game days, load tests and measurements goes on without the audit trail', async (t) => {
  const unaudited = Object.entries<Endpoint>(endpoints).filter(([, { endsHarm }]) => endsHarm)
  t.same(unaudited.map(([name]) => name).sort(), [
    'abortDrill',
    'abortGameDay',
    'cancelCapacity',
    'cancelDrill',
    'cancelGameDay',
    'cancelLoadTest'
  ])
})

t.test('dryRun makes a plan of a change where the endpoint takes it, and nowhere else', async (t) => {
  const outcomes: string[] = []
  const { app } = await build(t, ({ outcome }) => void outcomes.push(outcome))
  const payload = { dryRun: true }
  await app.inject({ method: 'POST', url: '/planned/a', payload })
  t.same(outcomes, [])
  await app.inject({ method: 'POST', url: '/things/a', payload })
  t.same(outcomes.splice(0), ['requested', 'applied'])
  await app.inject({ method: 'DELETE', url: '/undry/a?dryRun=true' })
  t.same(outcomes, ['requested', 'applied'])
})

t.test('an outcome that cannot be recorded is reported with the answer, which stays true', async (t) => {
  const { app, done } = await build(t, ({ outcome }) => {
    if (outcome === 'applied') throw new KopsError('audit_unavailable', 'no broker')
  })
  const response = await app.inject({ method: 'POST', url: '/things/a' })
  t.equal(response.statusCode, 200)
  t.equal(response.headers['x-kops-audit'], 'outcome-not-recorded')
  t.same(done, ['changed'])
})

t.test('a mutation that has no name cannot be registered', async (t) => {
  const { app } = await build(t, () => {})
  t.throws(() => app.post('/forgotten', { schema: { 'x-role': 'admin' } }, async () => 1), /declares no x-audit/)
})
