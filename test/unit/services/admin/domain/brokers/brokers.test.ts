import t from 'tap'
import { planBrokerConfigs } from '#services/admin/domain/brokers/broker-configs.ts'
import { candidatesOf } from '#services/admin/domain/brokers/elect.ts'
import { brokersOf } from '#services/admin/domain/brokers/list-brokers.ts'
import type { BrokerConfigEntry } from '#shared/contracts/brokers.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView, PartitionMetadata } from '#shared/kafka/model.ts'

const partition = (number: number, replicas: number[], isr = replicas, leader = isr[0] ?? null): PartitionMetadata => ({
  partition: number,
  leader,
  leaderEpoch: 0,
  replicas,
  isr,
  offlineReplicas: []
})
const topics = [
  {
    name: 'a',
    internal: false,
    partitions: [partition(0, [1, 2]), partition(1, [2, 3], [2]), partition(2, [3, 1], [1])]
  }
]

t.test(
  'brokers are counted by replicas and leaders, and one that the cluster does not see is still there',
  async (t) => {
    const at = (id: number) => ({ host: 'h', port: 9000 + id })
    const views: BrokerView[] = [
      {
        endpoint: at(1),
        reachable: true,
        responseTimeMs: 1.234,
        metadata: { clusterId: null, controllerId: 1, brokers: [], topics: [] }
      },
      { endpoint: at(2), reachable: false, error: new KopsError('kafka_timeout', 'silent') }
    ]
    const brokers = [1, 2].map((id) => ({ id, ...at(id), rack: `rack-${id}` }))
    const dirs = new Map([
      [
        1,
        [
          {
            path: '/d',
            error: null,
            totalBytes: 100,
            usableBytes: null,
            replicas: [
              { topic: 'a', partition: 0, sizeBytes: 5 },
              { topic: 'a', partition: 2, sizeBytes: 6 }
            ]
          }
        ]
      ]
    ])
    t.match(brokersOf({ brokers, topics, controllerId: 1 }, views, dirs), [
      {
        id: 1,
        rack: 'rack-1',
        controller: true,
        reachable: true,
        responseTimeMs: 1.2,
        replicas: 2,
        leaders: 2,
        preferredLeaders: 1,
        outOfSync: 0,
        sizeBytes: 11,
        logDirs: [{ path: '/d', replicas: 2, sizeBytes: 11, totalBytes: 100, usableBytes: null }]
      },
      { id: 2, controller: false, reachable: false, responseTimeMs: null, replicas: 2, leaders: 1, logDirs: null },
      { id: 3, host: null, rack: null, reachable: false, replicas: 2, leaders: 0, preferredLeaders: 1, outOfSync: 2 }
    ])
  }
)

t.test(
  'only partitions with another leader are elected, and none whose preferred replica is not in sync',
  async (t) => {
    const moved = [
      {
        name: 'a',
        internal: false,
        partitions: [partition(0, [1, 2], [1, 2], 2), ...(topics[0]?.partitions.slice(1) ?? [])]
      }
    ]
    t.match(candidatesOf({ topics: moved }, 'all'), {
      alreadyPreferred: 1,
      candidates: [
        { partition: 0, from: 2, to: 1, outcome: 'planned' },
        { partition: 2, from: 1, to: 3, outcome: 'not_possible' }
      ]
    })
    const twice = [
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: 0 }
    ]
    t.equal(candidatesOf({ topics: moved }, twice).candidates.length, 1)
    t.throws(() => candidatesOf({ topics: moved }, [{ topic: 'b', partition: 0 }]), {
      code: 'topic_not_found',
      errors: [{ field: 'partitions.0' }]
    })
  }
)

const entry = (name: string, more: Partial<BrokerConfigEntry> = {}): BrokerConfigEntry => ({
  name,
  value: '1',
  source: 'default',
  readOnly: false,
  sensitive: false,
  synonyms: [],
  ...more
})
const dynamic = (value: string) => ({
  value,
  source: 'dynamic_broker',
  synonyms: [
    { name: 'x', value, source: 'dynamic_broker' },
    { name: 'x', value: '1', source: 'default' }
  ]
})
const current = [
  entry('threads'),
  entry('interval', dynamic('9')),
  entry('broker.id', { readOnly: true }),
  entry('password', { sensitive: true, value: null })
]

const configCases = [
  { change: ['threads', '4'], expected: { before: null, after: '4', operation: 'set' } },
  { change: ['threads', '1'], expected: { before: null, after: '1', operation: 'set' } },
  { change: ['threads', null], expected: { before: null, after: null, operation: 'none' } },
  { change: ['interval', '9'], expected: { before: '9', after: '9', operation: 'none' } },
  { change: ['interval', null], expected: { before: '9', after: null, operation: 'unset' } },
  { change: ['password', 'sesame'], expected: { before: null, after: null, operation: 'set', sensitive: true } },
  {
    change: ['listener.name.x.ssl.key.password', 'sesame'],
    expected: { after: null, operation: 'set', sensitive: true }
  },
  { change: ['leader.replication.throttled.rate', '5'], expected: { before: null, after: '5', operation: 'set' } }
] as const

for (const { change, expected } of configCases) {
  t.test(`${change[0]} to ${change[1]} is ${expected.operation}`, async (t) => {
    t.match(planBrokerConfigs(1, Object.fromEntries([change]), { known: current, current }), [expected])
  })
}

t.test('settings that no broker has or that are read-only are refused, all at once', async (t) => {
  t.throws(
    () => planBrokerConfigs(null, { nonsense: '1', 'broker.id': '2', threads: '2' }, { known: current, current: [] }),
    {
      code: 'broker_config_invalid',
      errors: [
        { field: 'configs.nonsense', message: /no such setting/ },
        { field: 'configs.broker.id', message: /read-only/ }
      ]
    }
  )
})
