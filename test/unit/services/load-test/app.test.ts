import t, { type Test } from 'tap'
import { buildApp, type Overrides } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { poll } from '#shared/poll.ts'
import { fakeEngine, fakeProducer, settingsWithoutCluster } from './fakes.ts'

async function build(t: Test, overrides: Overrides = {}, dataDir = t.testdir(), settings = {}) {
  const config = loadConfig({ ...settingsWithoutCluster(dataDir), ...settings })
  const app = await buildApp(config, {
    auditTrail: { record: async () => {} },
    engine: fakeEngine(({ topic }, onOutcome) =>
      fakeProducer({
        onOutcome,
        silent: topic === 'silent',
        open: async () => {
          if (topic === 'unknown') throw fieldError('topic_not_found', 'topic', 'unknown does not exist')
        }
      })
    ),
    ...overrides
  })
  t.teardown(() => app.close())
  return app
}

t.test('a run is waited for, unless wait=false', async (t) => {
  const app = await build(t)
  const waited = await app.inject({ method: 'POST', url: '/api/loadtest/run?eventCount=20&topic=x&confirmTopic=x' })
  t.equal(waited.statusCode, 200)
  t.match(waited.json(), { status: 'completed', topic: 'x', result: { acknowledged: 20 } })
  t.equal(waited.headers.location, waited.json().links.self)
  const started = await app.inject({
    method: 'POST',
    url: '/api/loadtest/run?eventCount=20&topic=silent&confirmTopic=silent&wait=false'
  })
  t.equal(started.statusCode, 202)
  t.match(started.json(), { status: 'running', result: null })
  const cancelled = await app.inject({ method: 'DELETE', url: started.json().links.cancel })
  t.match(cancelled.json(), { status: 'aborted', failure: 'Cancelled on request' })
})

t.test('a body takes the place of the query, and the defaults that of both', async (t) => {
  const app = await build(t)
  const url = '/api/loadtest/run?eventCount=20&topic=x&confirmTopic=x'
  t.match(
    (await app.inject({ method: 'POST', url, payload: { eventCount: 7, topic: 'y', confirmTopic: 'y' } })).json(),
    {
      eventCount: 7,
      topic: 'y'
    }
  )
  t.match((await app.inject({ method: 'POST', url: '/api/loadtest/run' })).json(), {
    eventCount: 10_000,
    topic: 'log-events'
  })
})

t.test('load tests and drills are in the audit trail, with who asked for what', async (t) => {
  const events: AuditEvent[] = []
  const app = await build(t, { auditTrail: { record: async (event) => void events.push(event) } })
  await app.inject({ method: 'POST', url: '/api/loadtest/run?eventCount=20&topic=x&confirmTopic=x' })
  const { id } = (
    await app.inject({ method: 'POST', url: '/api/loadtest/run?topic=silent&confirmTopic=silent&wait=false' })
  ).json()
  await app.inject({ method: 'DELETE', url: `/api/loadtest/runs/${id}` })
  await app.inject({ method: 'POST', url: '/api/loadtest/run?topic=audit-logs&confirmTopic=audit-logs' })
  await app.inject({ method: 'POST', url: '/api/loadtest/reset' })
  await app.inject({ method: 'POST', url: '/api/drills', payload: { kind: 'broker-stop', node: 'kafka-1' } })
  t.match(events[0], { request: { query: { eventCount: 20, topic: 'x' } }, actor: { name: 'anonymous' } })
  t.match(events[1], { after: { eventCount: 20, status: 'completed' } })
  t.same(
    events
      .filter(({ action }) => action !== 'loadtest.end')
      .map(({ action, target, outcome }) => `${action} ${target} ${outcome}`),
    [
      ...['loadtest.run x requested', 'loadtest.run x applied'],
      ...['loadtest.run silent requested', 'loadtest.run silent applied'],
      ...[`loadtest.cancel ${id} requested`, `loadtest.cancel ${id} applied`],
      ...['loadtest.run audit-logs requested', 'loadtest.run audit-logs denied'],
      ...['loadtest.reset-stats loadtest.reset-stats requested', 'loadtest.reset-stats loadtest.reset-stats applied'],
      ...['drill.start kafka-1 requested', 'drill.start kafka-1 failed']
    ]
  )
  await app.close()
  const ends = events.filter(({ action }) => action === 'loadtest.end')
  t.match(ends, [
    { target: 'silent', actor: { name: 'anonymous' }, outcome: 'failed', after: { id, status: 'aborted' } }
  ])
  t.equal(ends.length, 1, 'one that was waited for has its end in the outcome of the request')
})

t.test('the end of a load test whose service was killed is in the audit trail after the next start', async (t) => {
  const dataDir = t.testdir()
  const killed = await build(t, {}, dataDir)
  const url = '/api/loadtest/run?eventCount=20&topic=silent&confirmTopic=silent&wait=false'
  const { id } = (await killed.inject({ method: 'POST', url })).json()
  const events: AuditEvent[] = []
  const next = await build(t, { auditTrail: { record: async (event) => void events.push(event) } }, dataDir)
  await next.close()
  t.match(events, [
    { action: 'loadtest.end', target: 'silent', outcome: 'failed', after: { id, status: 'aborted', progress: null } }
  ])
  t.equal(events.length, 1)
})

t.test('an unknown topic and a missing agent are answered as problems', async (t) => {
  const app = await build(t)
  const run = await app.inject({
    method: 'POST',
    url: '/api/loadtest/run?eventCount=20&topic=unknown&confirmTopic=unknown'
  })
  t.equal(run.statusCode, 404)
  t.match(run.json(), { code: 'topic_not_found', errors: [{ field: 'topic' }] })
  const payload = { kind: 'broker-stop', node: 'kafka-1' }
  const drill = await app.inject({ method: 'POST', url: '/api/drills', payload })
  t.equal(drill.statusCode, 503)
  t.match(drill.json(), { code: 'agent_unreachable', detail: /setup\.sh/ })
  t.same((await app.inject({ url: '/api/drills' })).json(), { drills: [] })
})

t.test('an agent that does not answer refuses a drill and leaves none behind', async (t) => {
  const app = await build(t, {
    connectAgent: async () => {
      throw new KopsError('agent_unreachable', 'The cluster agent does not answer')
    }
  })
  const payload = { kind: 'broker-stop', node: 'kafka-1' }
  for (let i = 0; i < 2; i += 1) {
    t.equal((await app.inject({ method: 'POST', url: '/api/drills', payload })).statusCode, 503)
  }
})

t.test('closing aborts running jobs; the next start finds them ended', async (t) => {
  const dataDir = t.testdir()
  const first = await build(t, {}, dataDir)
  const url = '/api/loadtest/run?eventCount=20&topic=silent&confirmTopic=silent&wait=false'
  const { id } = (await first.inject({ method: 'POST', url })).json() as LoadTestRun
  await first.close()
  const second = await build(t, {}, dataDir)
  t.match((await second.inject({ url: `/api/loadtest/runs/${id}` })).json(), {
    status: 'aborted',
    failure: 'The service was stopped'
  })
  t.match((await second.inject({ url: '/api/loadtest/stats' })).json(), { runs: { total: 1, aborted: 1 } })
})

t.test('the states of a run are streamed, with the final one as its end', async (t) => {
  const app = await build(t)
  const run = await app.inject({ method: 'POST', url: '/api/loadtest/run?eventCount=20&topic=x&confirmTopic=x' })
  const events = await app.inject({ url: run.json().links.events })
  t.match(events.headers['content-type'], /^text\/event-stream/)
  t.match(events.body, /^event: end\ndata: \{.*"status":"completed".*\}\n\n$/)
  t.equal((await app.inject({ url: '/api/loadtest/runs/nothing/events' })).statusCode, 404)
})

t.test('the producer metrics are on the registry of the application', async (t) => {
  const app = await build(t)
  await app.inject({ method: 'POST', url: '/api/loadtest/run?eventCount=20&topic=x&confirmTopic=x' })
  const { body } = await app.inject({ url: '/metrics' })
  t.match(body, /^kafka_producer_success_total 20$/m)
  t.match(body, /^kafka_producer_send_time_seconds_count 20$/m)
})

t.test('settings are checked: a port out of range, and an address that others reach', async (t) => {
  t.throws(() => loadConfig({ KOPS_PORT: '99999' }), /KOPS_PORT/)
  t.throws(() => loadConfig({ KOPS_HOST: '0.0.0.0' }), /KOPS_HOST/)
  t.equal(loadConfig({}).KOPS_PORT, 8083)
})

t.test('more streams than the setting allows are refused, until one is closed', async (t) => {
  const app = await build(t, {}, t.testdir(), { KOPS_LOAD_STREAMS_MAX: '2' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const run = await app.inject({
    method: 'POST',
    url: '/api/loadtest/run?eventCount=20&topic=silent&confirmTopic=silent&wait=false'
  })
  const { links } = run.json()
  const open = async () => {
    const ending = new AbortController()
    const response = await fetch(`${url}${links.events}`, { signal: ending.signal })
    return { status: response.status, ending, response }
  }
  const [first, second] = [await open(), await open()]
  t.same([first.status, second.status], [200, 200])
  const third = await open()
  t.equal(third.status, 429)
  t.match(await third.response.json(), { code: 'too_many_streams' })
  first.ending.abort()
  await poll(
    open,
    ({ status, ending }) => {
      ending.abort()
      return status === 200
    },
    { timeoutMs: 5000, pauseMs: 20 }
  )
  second.ending.abort()
  await app.inject({ method: 'DELETE', url: links.cancel })
})
