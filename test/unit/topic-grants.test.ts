import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildProgram } from '#cli/program.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { namedTopics, takesTopic, topicPattern } from '#shared/contracts/named-topics.ts'
import { WorkloadSchema } from '#shared/contracts/workload.ts'
import { findToken, hashToken, parseTokens } from '#shared/http/auth/tokens.ts'
import { type Fill, requestsOf, withTopic } from './endpoint-requests.ts'
import { plainCluster } from './services/admin/plain-cluster.ts'
import { buildNowhere } from './services-without-cluster.ts'

const token = randomBytes(32).toString('base64url')
const headers = { authorization: `Bearer ${token}` }
const env = {
  KOPS_TOKENS: `alice:admin:sha256:${hashToken(token).toString('hex')};topics=orders-*|billing`
}
const granted = 'orders-1'
const foreign = 'payments'
const limit = 'alice is limited to the topics orders-*, billing'

const cluster = plainCluster([granted, foreign].map((name) => ({ name, partitions: 1, replicationFactor: 3 })))
const events: AuditEvent[] = []
const apps = {
  admin: await buildNowhere(t, 'admin', env, {
    ...cluster,
    auditTrail: { record: async (event) => void events.push(event) },
    timing: { waitMs: 50, deadlineMs: 50, sleep: async () => {} }
  }),
  health: await buildNowhere(t, 'health', env),
  loadTest: await buildNowhere(t, 'loadTest', env)
}

const all = Object.entries<Endpoint>(endpoints).filter(([, { role }]) => role !== 'public')
const forTopics = all.filter(([, endpoint]) => takesTopic(endpoint) && !endpoint.wholeCluster)
const filtered = all.filter(([, { filtersTopics }]) => filtersTopics)

t.test('a new endpoint that takes a topic is decided on: is it for callers who are limited to topics?', async (t) => {
  t.same(forTopics.map(([name]) => name).sort(), [
    'addPartitions',
    'alterTopicConfigs',
    'browseMessages',
    'createTopic',
    'createTopics',
    'deleteRecords',
    'deleteTopic',
    'describeTopic',
    'discardDeadLetters',
    'listTopicConfigs',
    'produceMessages',
    'publishEvent',
    'readDeadLetters',
    'recreateTopic',
    'replayDeadLetters',
    'tailMessages',
    'topicReadiness',
    'truncateTopic'
  ])
  t.same(filtered.map(([name]) => name).sort(), [
    'cancelTopicDeletion',
    'listDeadLetterQueues',
    'listTopicDeletions',
    'listTopicNames',
    'listTopics',
    'topicDeletion',
    'whoAmI'
  ])
  for (const [name, endpoint] of filtered) t.notOk(takesTopic(endpoint), `${name} is either checked or filtered`)
  for (const [name, endpoint] of all) if (endpoint.wholeCluster) t.ok(takesTopic(endpoint), `${name} needs no mark`)
})

for (const [name, endpoint] of forTopics) {
  t.test(`${name} is for granted topics only, wherever the request names them`, async (t) => {
    for (let place = 0; place < placesOf(endpoint); place++) {
      for (const { request } of requestsOf(endpoint, withForeignTopicAt(place))) {
        const answer = await apps[endpoint.service].inject({ ...request, headers })
        if (JSON.stringify(request).includes(foreign)) {
          const detail = `the topic ${foreign} is not granted; ${limit}`
          t.match(answer.json(), { status: 403, code: 'forbidden', detail }, JSON.stringify(request))
        } else t.not(answer.statusCode, 403, JSON.stringify(request))
      }
    }
    for (const { request } of requestsOf(endpoint, withTopic(granted))) {
      t.not((await apps[endpoint.service].inject({ ...request, headers })).statusCode, 403, JSON.stringify(request))
    }
  })
}

for (const [name, endpoint] of all) {
  if ([...forTopics, ...filtered].some(([other]) => other === name)) continue
  t.test(`${name} is not for callers who are limited to topics`, async (t) => {
    for (const { request } of requestsOf(endpoint, withTopic(granted))) {
      const answer = await apps[endpoint.service].inject({ ...request, headers })
      const detail = `this concerns more than single topics; ${limit}`
      t.match(answer.json(), { status: 403, code: 'forbidden', detail }, JSON.stringify(request))
    }
  })
}

t.test('a request that leaves the topic to the service, and /metrics, are refused', async (t) => {
  const payload = { event_type: 'login', data: {} }
  const answer = await apps.admin.inject({ method: 'POST', url: '/kafka/publish', payload, headers })
  t.match(answer.json(), { status: 403, detail: `the request names no topic; ${limit}` })
  for (const app of Object.values(apps)) t.equal((await app.inject({ url: '/metrics', headers })).statusCode, 403)
})

t.test('nothing of this changed another topic; refused changes are in the audit trail', async (t) => {
  t.notMatch(JSON.stringify(cluster.changes), foreign)
  events.length = 0
  await apps.admin.inject({ method: 'DELETE', url: `/api/topics/${foreign}`, headers })
  t.match(events, [{ action: 'topic.delete', target: foreign, outcome: 'denied', actor: { name: 'alice' } }])
  t.equal(events.length, 1)
})

t.test('every place for a topic is found in a request', async (t) => {
  for (const [name, endpoint] of all.filter(([, endpoint]) => takesTopic(endpoint))) {
    let topics = 0
    const numbered = requestsOf(endpoint, ({ pattern }) => (pattern === topicPattern ? `t-${++topics}` : undefined))
    for (const { parts } of numbered) {
      const sent = [...new Set(JSON.stringify(parts).match(/t-\d+/g))]
      t.same(namedTopics(parts, endpoint).sort(), sent.sort(), name)
    }
  }
  const alternatives = { anyOf: [{ type: 'null' }, { items: { properties: { topic: { pattern: topicPattern } } } }] }
  t.same(namedTopics({ body: [{ topic: 'a' }, { topic: 'b', other: 'c' }] }, { body: alternatives }), ['a', 'b'])
  t.ok(takesTopic({ body: WorkloadSchema }))
  const workload = { name: 'x', topic: { kind: 'existing', name: 'orders', confirm: 'orders' }, records: 1 }
  t.same(namedTopics({ body: workload }, { body: WorkloadSchema }), ['orders'])
  const temporary = { kind: 'temporary', partitions: 1, replicationFactor: 1 }
  t.same(namedTopics({ body: { ...workload, topic: temporary } }, { body: WorkloadSchema }), [])
})

for (const topics of ['', '|', 'orders-*|', 'a b', 'orders/*', 'é']) {
  t.test(`an entry for the topics ${JSON.stringify(topics)} is refused`, async (t) => {
    const entry = `alice:viewer:sha256:${'0'.repeat(64)};topics=${topics}`
    t.throws(() => parseTokens(entry), /topics are not globs|is not name:role/)
  })
}

t.test('kops token --topics makes an entry for these topics', async (t) => {
  const lines: string[] = []
  const output = { print: (line: string) => void lines.push(line), error() {} }
  const run = (...args: string[]) =>
    buildProgram({ output, person: { present: false, ask: async () => '' } }).parseAsync(args, { from: 'user' })
  await run('token', 'bob', 'reader', '--topics', 'orders-*|billing', '--expires', '1d')
  const [secret, entry] = lines.map((line) => line.split(/ {2,}/)[1] ?? '')
  t.match(findToken(parseTokens(entry ?? ''), secret ?? ''), { topics: ['orders-*', 'billing'], expiresAt: Date })
  await t.rejects(run('token', 'bob', 'reader', '--topics', 'a b'), /not globs/)
})

/** How many places an endpoint's requests have for a topic. */
function placesOf(endpoint: Endpoint): number {
  let places = 0
  requestsOf(endpoint, ({ pattern }) => {
    if (pattern !== topicPattern) return undefined
    places++
    return granted
  })
  return places
}

/** A granted topic in each place, but one that is not granted in the place of this number. */
function withForeignTopicAt(place: number): Fill {
  let seen = 0
  return ({ pattern }) => (pattern !== topicPattern ? undefined : seen++ === place ? foreign : granted)
}
