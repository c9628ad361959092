import t from 'tap'
import { predict } from '#shared/prediction/predict.ts'
import { judgeRestart } from '#shared/prediction/restart.ts'
import { scenariosOf } from '#shared/prediction/scenarios.ts'
import { type Given, held, known, serving } from './known-cluster.ts'

const zookeepers = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3']
const healthy = { a: [held([1, 2, 3]), held([2, 3, 1])] }

interface Case {
  name: string
  given: Given
  node: string
  safe: boolean
  reasons?: (string | RegExp)[]
  notes?: (string | RegExp)[]
}

const cases: Case[] = [
  { name: 'a healthy cluster', given: { topics: healthy }, node: 'kafka-2', safe: true },
  {
    name: 'another broker is out of an ISR',
    given: { topics: { a: [held([1, 2, 3], { isr: [1, 2] })] } },
    node: 'kafka-2',
    safe: false,
    reasons: ['1 partition (a-0) would not accept writes with acks=all']
  },
  {
    name: 'the broker that is out of the ISR itself',
    given: { topics: { a: [held([1, 2, 3], { isr: [1, 2] })] } },
    node: 'kafka-3',
    safe: true
  },
  {
    name: 'the last in-sync replica',
    given: {
      topics: { a: [held([2, 1], { isr: [2] }), ...Array.from({ length: 4 }, () => held([2, 3], { isr: [2] }))] }
    },
    node: 'kafka-2',
    safe: false,
    reasons: ['5 partitions (a-0, a-1, a-2, ...) would have no leader']
  },
  {
    name: 'topics of users are named first',
    given: {
      topics: {
        __consumer_offsets: Array.from({ length: 4 }, () => held([2, 1], { isr: [2] })),
        a: [held([2, 1], { isr: [2] })]
      }
    },
    node: 'kafka-2',
    safe: false,
    reasons: ['5 partitions (a-0, __consumer_offsets-0, __consumer_offsets-1, ...) would have no leader']
  },
  {
    name: 'a broker that does not answer',
    given: { topics: { a: [held([2, 1], { isr: [2] })] }, live: [1, 3] },
    node: 'kafka-2',
    safe: true,
    notes: ['kafka-2 does not serve now: a restart stops nothing']
  },
  {
    name: 'another broker does not answer',
    given: { topics: healthy, live: [1, 2] },
    node: 'kafka-2',
    safe: false,
    reasons: ['2 partitions (a-0, a-1) would not accept writes with acks=all']
  },
  {
    name: 'topics that no restart spares',
    given: {
      topics: { one: [held([2])], two: [held([1, 2])] },
      minInsyncReplicas: new Map([
        ['one', 1],
        ['two', 2]
      ])
    },
    node: 'kafka-2',
    safe: true,
    notes: [
      '1 partition (one-0) will be offline: one replica',
      /^1 partition \(two-0\) will not accept writes .* allow for no loss$/
    ]
  },
  {
    name: 'unclean election would lose records',
    given: {
      topics: { a: [held([2, 3], { isr: [2] })] },
      uncleanElection: new Set(['a']),
      minInsyncReplicas: new Map([['a', 1]])
    },
    node: 'kafka-2',
    safe: false,
    reasons: ['1 partition (a-0) would get a leader that is not in sync, and lose records']
  },
  {
    name: 'settings are unknown',
    given: { topics: healthy, minInsyncReplicas: new Map() },
    node: 'kafka-1',
    safe: false,
    reasons: ['min.insync.replicas of a is unknown']
  },
  { name: 'a ZooKeeper node', given: { topics: healthy }, node: 'zookeeper-1', safe: true },
  {
    name: 'a ZooKeeper node while another one is down',
    given: { topics: healthy, ensemble: serving(zookeepers, ['zookeeper-3']) },
    node: 'zookeeper-1',
    safe: false,
    reasons: ['The quorum would be lost: zookeeper-3 does not serve']
  },
  {
    name: 'the ZooKeeper node that is down',
    given: { topics: healthy, ensemble: serving(zookeepers, ['zookeeper-3']) },
    node: 'zookeeper-3',
    safe: true,
    notes: ['zookeeper-3 does not serve now: a restart stops nothing']
  },
  {
    name: 'the only ZooKeeper node',
    given: { topics: healthy, ensemble: serving(['zookeeper-1']) },
    node: 'zookeeper-1',
    safe: true,
    notes: ['The quorum would be lost, as too few nodes vote to lose one']
  },
  {
    name: 'a broker while there is no quorum',
    given: { topics: healthy, ensemble: serving(zookeepers, ['zookeeper-1', 'zookeeper-2']) },
    node: 'kafka-2',
    safe: false,
    reasons: [/^There is no quorum/, /would have no leader$/, /would not accept writes/]
  },
  {
    name: 'a KRaft node while another one is down',
    given: {
      mode: 'kraft',
      topics: { a: [held([1, 2], { isr: [1, 2] })] },
      minInsyncReplicas: new Map([['a', 1]]),
      ensemble: serving(['kafka-1', 'kafka-2', 'kafka-3'], ['kafka-3']),
      live: [1, 2]
    },
    node: 'kafka-1',
    safe: false,
    reasons: ['The quorum would be lost: kafka-3 does not serve', /would have no leader$/]
  }
]

for (const { name, given, node, safe, reasons = [], notes = [] } of cases) {
  t.test(`restart ${node}: ${name}`, async (t) => {
    const cluster = known(given)
    const scenario = scenariosOf(cluster, 'stop').find((each) => each.name === node)
    if (!scenario) throw new Error(`no ${node}`)
    const verdict = judgeRestart(cluster, scenario, predict(cluster, scenario))
    t.equal(verdict.safe, safe)
    t.match(
      verdict.reasons.map(({ message }) => message),
      reasons
    )
    t.equal(verdict.reasons.length, reasons.length)
    t.match(
      verdict.notes.map(({ message }) => message),
      notes
    )
    t.equal(verdict.notes.length, notes.length)
  })
}

t.test('losses that are looked at: brokers, racks, and voters that are no brokers', async (t) => {
  const racks = new Map([
    [1, 'a'],
    [2, 'b'],
    [3, 'a'],
    [4, null]
  ])
  const named = (given: Given) =>
    scenariosOf(known({ racks, ...given }), 'kill').map(({ kind, name, brokers, nodes }) => [
      kind,
      name,
      brokers,
      nodes
    ])
  t.same(named({ ensemble: serving(['zookeeper-1']) }), [
    ['broker', 'kafka-1', [1], []],
    ['broker', 'kafka-2', [2], []],
    ['broker', 'kafka-3', [3], []],
    ['broker', 'kafka-4', [4], []],
    ['rack', 'a', [1, 3], []],
    ['rack', 'b', [2], []],
    ['node', 'zookeeper-1', [], ['zookeeper-1']]
  ])
  t.match(named({ ensemble: serving(['kafka-1', 'kafka-3', 'kafka-9']) }), [
    ['broker', 'kafka-1', [1], ['kafka-1']],
    ['broker', 'kafka-2', [2], []],
    ['broker', 'kafka-3', [3], ['kafka-3']],
    ['broker', 'kafka-4', [4], []],
    ['rack', 'a', [1, 3], ['kafka-1', 'kafka-3']],
    ['rack', 'b', [2], []],
    ['node', 'kafka-9', [], ['kafka-9']]
  ])
})
