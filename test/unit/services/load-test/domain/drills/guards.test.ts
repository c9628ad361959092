import t from 'tap'
import { admit as admitOf, type GuardInput } from '#services/load-test/domain/drills/guards.ts'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'

const admit = (input: GuardInput) => admitOf(input, drillKinds[input.request.kind])
const now = '2026-01-31T12:00:00.000Z'
const node = (name: string, port: number): ClusterStatus['nodes'][number] => ({
  name,
  role: name.startsWith('kafka') ? 'broker' : 'zookeeper',
  state: 'running',
  isolated: false,
  ready: true,
  address: `127.0.0.1:${port}`,
  pid: 1,
  startedAt: now
})
const status: ClusterStatus = {
  name: 'c',
  runtime: 'local',
  isolation: { available: true, mechanism: 'network-namespace', detail: '' },
  faultKinds: [],
  bootstrapServers: [],
  zookeeperServers: [],
  nodes: [node('kafka-1', 9092), node('kafka-2', 9093), node('kafka-3', 9094), node('zookeeper-1', 2181)],
  faults: [],
  asOf: now
}
const partition = { partition: 0, leader: 1, leaderEpoch: 1, replicas: [1, 2, 3], isr: [1, 2, 3], offlineReplicas: [] }
const metadata: GuardInput['metadata'] = {
  clusterId: 'c',
  controllerId: 1,
  brokers: [1, 2, 3].map((id) => ({ id, host: 'localhost', port: 9091 + id, rack: null })),
  topics: [{ name: 'log-events', internal: false, partitions: [partition] }]
}
const views: GuardInput['views'] = metadata.brokers.map(({ host, port }) => ({
  endpoint: { host, port },
  reachable: true,
  responseTimeMs: 1,
  metadata
}))
const healthy: GuardInput = {
  request: { kind: 'broker-stop', node: 'kafka-1' },
  status,
  metadata,
  views,
  now: new Date(now)
}
const withNode = (change: Partial<ClusterStatus['nodes'][number]>): GuardInput => ({
  ...healthy,
  status: { ...status, nodes: status.nodes.map((one) => (one.name === 'kafka-1' ? { ...one, ...change } : one)) }
})

t.test('a healthy cluster admits a drill and says which broker the node is', async (t) => {
  t.equal(admit(healthy).id, 1)
  t.equal(admit({ ...healthy, request: { kind: 'network-partition', node: 'kafka-3' } }).id, 3)
})

t.test('a node is found by its name where that is its host, as in a container network', async (t) => {
  const brokers = [1, 2, 3].map((id) => ({ id, host: `kafka-${id}`, port: 29092, rack: null }))
  t.equal(admit({ ...healthy, metadata: { ...metadata, brokers } }).id, 1)
})

const refusals: { when: string; given: GuardInput; code: string; says: RegExp; again?: number }[] = [
  {
    when: 'the node is unknown',
    given: { ...healthy, request: { kind: 'broker-stop', node: 'kafka-9' } },
    code: 'node_not_found',
    says: /kafka-9/
  },
  {
    when: 'the node is not a broker',
    given: { ...healthy, request: { kind: 'broker-stop', node: 'zookeeper-1' } },
    code: 'validation_failed',
    says: /not a broker/
  },
  {
    when: 'nodes cannot be isolated here',
    given: {
      ...healthy,
      request: { kind: 'network-partition', node: 'kafka-1' },
      status: { ...status, isolation: { available: false, mechanism: 'none', detail: 'needs Docker or root' } }
    },
    code: 'isolation_unavailable',
    says: /needs Docker/
  },
  {
    when: 'another fault is active',
    given: {
      ...healthy,
      status: {
        ...status,
        faults: [
          {
            id: 'f',
            kind: 'pause',
            node: 'kafka-2',
            state: 'active',
            injectedAt: now,
            expiresAt: '2026-01-31T12:00:20.500Z',
            healedAt: null,
            healedBy: null
          }
        ]
      }
    },
    code: 'fault_conflict',
    says: /pause of kafka-2/,
    again: 21
  },
  { when: 'the node is stopped', given: withNode({ state: 'stopped' }), code: 'node_state_conflict', says: /stopped/ },
  { when: 'the node is cut off', given: withNode({ isolated: true }), code: 'node_state_conflict', says: /isolated/ },
  {
    when: "the agent's cluster is another one",
    given: withNode({ address: '127.0.0.1:19092' }),
    code: 'node_state_conflict',
    says: /not a broker of the cluster/
  },
  {
    when: 'there are too few brokers',
    given: { ...healthy, metadata: { ...metadata, brokers: metadata.brokers.slice(0, 2) } },
    code: 'cluster_unhealthy',
    says: /needs 3/,
    again: 5
  },
  {
    when: 'a broker does not answer',
    given: {
      ...healthy,
      views: [
        ...views.slice(0, 2),
        {
          endpoint: { host: '127.0.0.1', port: 9094 },
          reachable: false,
          error: new KopsError('broker_unreachable', '')
        }
      ]
    },
    code: 'cluster_unhealthy',
    says: /127.0.0.1:9094/,
    again: 5
  },
  {
    when: 'a partition is under-replicated',
    given: {
      ...healthy,
      metadata: {
        ...metadata,
        topics: [{ name: 'log-events', internal: false, partitions: [{ ...partition, isr: [1, 2] }] }]
      }
    },
    code: 'cluster_unhealthy',
    says: /log-events-0/,
    again: 5
  }
]
for (const { when, given, code, says, again } of refusals) {
  t.test(`refused with ${code} when ${when}`, async (t) => {
    try {
      admit(given)
      t.fail('it was admitted')
    } catch (error) {
      if (!isKopsError(error)) throw error
      t.equal(error.code, code)
      t.match(error.message, says)
      t.equal(error.retryAfterSeconds, again)
      t.equal(error.retriable, again !== undefined)
    }
  })
}
