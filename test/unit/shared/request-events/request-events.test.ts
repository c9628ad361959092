import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { type TypedEvent, typedEvents } from '#shared/contracts/event-types.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createApp } from '#shared/http/create-app.ts'
import { trustedProxies } from '#shared/http/service-config.ts'
import { requestEventsPlugin } from '#shared/request-events/request-events.ts'
import { plainConfig } from '../http/plain-config.ts'

const headers = { host: 'localhost:8081' }

async function build(t: Test, which: 'main' | 'all', config = {}) {
  const events: TypedEvent[] = []
  const keys: string[] = []
  const app = await createApp({ title: 'x', description: 'x', config: plainConfig(config) })
  await app.register(requestEventsPlugin, {
    ...{ which, service: 'kops-admin', hostname: 'pod-1', os: 'Linux', now: () => new Date(0) },
    offer(event, key) {
      events.push(event)
      keys.push(key)
    }
  })
  app.get('/', { schema: { 'x-role': 'viewer' } }, async () => ({}))
  app.get('/api/topics', { schema: { 'x-role': 'viewer' } }, async () => ({}))
  app.get('/api/health/pulse', { schema: { 'x-role': 'viewer' } }, async () => ({}))
  app.get('/healthz', { schema: { 'x-role': 'public' } }, async () => ({}))
  app.get('/api/broken', { schema: { 'x-role': 'viewer' } }, async () => {
    throw new KopsError('cluster_unreachable', 'No broker answers')
  })
  app.get('/api/refused', { schema: { 'x-role': 'viewer' } }, async () => {
    throw new KopsError('not_found', 'no')
  })
  t.teardown(() => app.close())
  const kinds = async (url: string, more: Record<string, string> = {}) => {
    events.length = 0
    await app.inject({ url, headers: { ...headers, ...more } })
    for (const event of events) t.ok(Value.Check(typedEvents[event.event_type], event), JSON.stringify(event))
    return events.map(({ event_type }) => event_type)
  }
  return { app, events, keys, kinds }
}

const both = ['http_request', 'http_response']
const cases: { url: string; main: string[]; all: string[] }[] = [
  { url: '/', main: both, all: both },
  { url: '/api/topics?query=secret', main: [], all: both },
  { url: '/api/refused', main: [], all: both },
  { url: '/api/broken', main: [], all: ['http_request', 'error', 'http_response'] },
  { url: '/api/nowhere', main: [], all: [] },
  { url: '/healthz', main: [], all: [] },
  { url: '/livez', main: [], all: [] },
  { url: '/metrics', main: [], all: [] },
  { url: '/docs', main: [], all: [] },
  { url: '/api/health/pulse', main: [], all: [] }
]

for (const which of ['main', 'all'] as const) {
  t.test(`${which}: of each request, the events that it makes`, async (t) => {
    const { kinds } = await build(t, which)
    for (const each of cases) t.same(await kinds(each.url), each[which], each.url)
  })
}

t.test('events have the path without its query, and never more of an error than its answer', async (t) => {
  const { kinds, events } = await build(t, 'all')
  await kinds('/api/topics?query=secret')
  t.match(events, [
    {
      timestamp: '1970-01-01T00:00:00.000Z',
      data: { user_ip: '127.0.0.1', method: 'GET', endpoint: '/api/topics', hostname: 'pod-1', os: 'Linux' }
    },
    { data: { user_ip: '127.0.0.1', status_code: 200 } }
  ])
  await kinds('/api/broken')
  t.match(events[1]?.data, {
    ...{ error_message: 'No broker answers', error_type: 'cluster_unreachable', service: 'kops-admin' }
  })
  t.match(events[2]?.data, { status_code: 503 })
})

t.test('a request that is refused before it has a caller makes no events', async (t) => {
  const token = `alice:viewer:sha256:${'0'.repeat(64)}`
  const { kinds } = await build(t, 'all', { KOPS_TOKENS: token })
  t.same(await kinds('/api/topics'), [])
  t.same(await kinds('/api/topics', { host: 'evil.example' }), [])
})

const forwarded = '203.0.113.9, 198.51.100.7'
const users: { proxies: string; header: string; user: string; name: string }[] = [
  { name: 'no proxy is trusted', proxies: '', header: forwarded, user: '127.0.0.1' },
  { name: 'the connection is from another machine', proxies: '10.0.0.0/8', header: forwarded, user: '127.0.0.1' },
  {
    ...{ name: 'one is', proxies: '127.0.0.1', header: forwarded, user: '198.51.100.7' }
  },
  { name: 'both are', proxies: '127.0.0.0/8,198.51.100.7', header: forwarded, user: '203.0.113.9' },
  { name: 'one that repeats nonsense is', proxies: '127.0.0.1', header: 'x'.repeat(300), user: 'x'.repeat(100) }
]

for (const { name, proxies, header, user } of users) {
  t.test(`who a request is from, if ${name}`, async (t) => {
    const { kinds, keys } = await build(t, 'main', { KOPS_TRUSTED_PROXIES: proxies })
    t.same(await kinds('/', { 'x-forwarded-for': header }), both)
    t.same([...new Set(keys)], [user])
  })
}

t.test('the setting names addresses and networks only', async (t) => {
  t.same(trustedProxies(' 10.0.0.0/8, ::1 ,192.168.1.7,fd00::/8'), ['10.0.0.0/8', '::1', '192.168.1.7', 'fd00::/8'])
  for (const wrong of [
    'proxy',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/129',
    '10.0.0/8',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'true'
  ]) {
    t.throws(() => trustedProxies(wrong), /KOPS_TRUSTED_PROXIES/, wrong)
  }
})
