import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { type EndpointName, endpoints } from '#shared/contracts/endpoints.ts'
import { takesTopic } from '#shared/contracts/named-topics.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { type EndpointRequest, requestsOf, withTopic } from './endpoint-requests.ts'
import { plainCluster } from './services/admin/plain-cluster.ts'
import { buildNowhere } from './services-without-cluster.ts'

/** Endpoints that name topics, change something, and are open for reserved topics; with the reason. */
const open: Partial<Record<EndpointName, string>> = {
  planReassignment: 'moving replicas neither erases nor forges a record',
  reassign: 'moving replicas neither erases nor forges a record',
  cancelReassignments: 'moving replicas neither erases nor forges a record',
  drainBroker: 'moving replicas neither erases nor forges a record',
  refillBroker: 'moving replicas neither erases nor forges a record',
  setReplicationFactor: 'moving replicas neither erases nor forges a record',
  electLeaders:
    'the audit topic must be brought back after a failure like any other; the request accepts losses by name',
  resetOffsets: "a group's offsets are the group's",
  deleteGroupOffsets: "a group's offsets are the group's"
}
/** These answer with the refusal of each topic. */
const severalTopics: EndpointName[] = ['createTopics', 'planCatalog', 'applyCatalog']
/** These read records, which the audit trail opens to its own role only. */
const readings: EndpointName[] = ['browseMessages', 'tailMessages', 'readDeadLetters']

const renamed = 'what-was-done'
const auditTopics = ['audit-logs', renamed]
const reserved = [
  ...auditTopics,
  'kops-probe',
  'kops-probe.eu-1',
  'kops-runs',
  'kops-dead-letters',
  'kops-workers-talk',
  '__consumer_offsets'
]

const tokens = { reader: token(), operator: token(), admin: token() }
const env = {
  KOPS_AUDIT_TOPIC: renamed,
  KOPS_TOKENS: Object.entries(tokens)
    .map(([role, secret]) => `${role}:${role}:sha256:${hashToken(secret).toString('hex')}`)
    .join(',')
}
const spec = (name: string) => ({ name, partitions: 1, replicationFactor: 3 })
const cluster = plainCluster(reserved.map(spec))
const apps = {
  admin: await buildNowhere(t, 'admin', env, {
    ...cluster,
    auditTrail: { record: async () => {} },
    timing: { waitMs: 50, deadlineMs: 50, sleep: async () => {} }
  }),
  health: await buildNowhere(t, 'health', env),
  loadTest: await buildNowhere(t, 'loadTest', env)
}

const named = Object.entries<Endpoint>(endpoints).filter(([, endpoint]) => takesTopic(endpoint)) as [
  EndpointName,
  Endpoint
][]

for (const [name, endpoint] of named) {
  const changes = endpoint.method !== 'GET'
  const ask = (topic: string, role: keyof typeof tokens) =>
    Promise.all(
      requestsNaming(topic, endpoint).map((request) =>
        apps[endpoint.service].inject({ ...request, headers: { authorization: `Bearer ${tokens[role]}` } })
      )
    )
  if (readings.includes(name)) {
    t.test(`${name} opens the audit trail to the role of GET /api/audit only`, async (t) => {
      for (const topic of auditTopics) {
        for (const answer of await ask(topic, 'reader'))
          t.match(answer.json(), { status: 403, code: 'forbidden' }, topic)
        for (const answer of await ask(topic, 'operator')) t.not(answer.statusCode, 403, topic)
      }
      for (const answer of await ask('kops-probe', 'reader')) t.not(answer.statusCode, 403)
    })
  } else if (severalTopics.includes(name)) {
    t.test(`${name} refuses each reserved topic and changes none`, async (t) => {
      for (const topic of reserved) {
        for (const answer of await ask(topic, 'admin')) {
          if (name === 'createTopics') {
            t.match(
              answer.json(),
              { status: 400, errors: [{ field: 'topics.0.name', message: /is (the|Kafka's)/ }] },
              topic
            )
          } else t.match(answer.json(), { changes: [{ topic, action: 'refuse', applied: false }] }, topic)
        }
      }
    })
  } else if (changes && !(name in open)) {
    t.test(`${name} refuses each reserved topic`, async (t) => {
      for (const topic of reserved) {
        for (const answer of await ask(topic, 'admin')) {
          t.match(answer.json(), { status: 403, code: 'topic_protected' }, `${topic}: ${answer.body}`)
        }
      }
    })
  } else {
    t.test(`${name} takes a reserved topic like any other`, async (t) => {
      for (const answer of await ask(renamed, 'admin')) t.notMatch(answer.body, 'topic_protected')
    })
  }
}

t.test('nothing of this changed a reserved topic', async (t) => {
  t.same(cluster.changes, [])
})

t.test('every exception is an endpoint that takes topics', async (t) => {
  const names = new Set(named.map(([name]) => name))
  for (const name of [...Object.keys(open), ...severalTopics, ...readings]) t.ok(names.has(name as EndpointName), name)
  t.ok(names.has('runLoadTest') && names.has('publishEvent') && names.has('alterTopicConfigs'))
})

/** A catalog may not both define and remove a topic: one request each. */
function requestsNaming(topic: string, endpoint: Endpoint): EndpointRequest[] {
  return requestsOf(endpoint, withTopic(topic)).flatMap(({ request }) => {
    const { payload } = request
    if (Array.isArray(payload?.['steps'])) {
      return stepsOf(payload).map((step) => ({ ...request, payload: { ...payload, steps: [step] } }))
    }
    if (payload?.['kind'] === 'broker-stop') return drillsOf(payload).map((drill) => ({ ...request, payload: drill }))
    if (payload?.['remove'] === undefined) return [request]
    const { remove, topics, name } = payload
    return [
      { ...request, payload: { name, topics } },
      { ...request, payload: { name, topics: [], remove } }
    ]
  })
}

function token(): string {
  return randomBytes(32).toString('base64url')
}

const small = { name: 'small', records: 1 }

/** Drills that write into a topic themselves, or whose load does. */
function drillsOf({ topic, load }: Record<string, unknown>): Record<string, unknown>[] {
  const drill = { kind: 'broker-stop', node: 'kafka-1' }
  return [
    { ...drill, topic, confirmTopic: topic },
    { ...drill, load: { ...small, ...Object(load) } }
  ]
}

/** A step has one of its fields: a load test, or a drill. */
function stepsOf({ steps }: Record<string, unknown>): Record<string, unknown>[] {
  const [step] = steps as [{ drill: Record<string, unknown>; load: object }]
  return [{ load: step.load }, ...drillsOf(step.drill).map((drill) => ({ drill }))]
}
