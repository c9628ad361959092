import t from 'tap'
import { placeKey } from '#shared/kafka/model.ts'
import { coordinatorPartition } from '#shared/prediction/coordinators.ts'
import { type Prediction, predict } from '#shared/prediction/predict.ts'
import { type Given, held, known, lose, serving } from './known-cluster.ts'

/** The losses of a prediction, in words: `a-0 > 2` moves, `a-0 > 2!` moves uncleanly. */
function outcome({ moves, offline, writesStop }: Prediction) {
  return {
    moves: moves.map(({ topic, partition, to, unclean }) => `${topic}-${partition} > ${to}${unclean ? '!' : ''}`),
    offline: offline.map(({ topic, partition, cause }) => `${topic}-${partition} ${cause}`),
    writesStop: writesStop.map(({ topic, partition, cause }) => `${topic}-${partition} ${cause}`)
  }
}
const nothing = { moves: [], offline: [], writesStop: [] }

interface Case {
  name: string
  given: Given
  lost: number[]
  nodes?: string[]
  expected: Partial<ReturnType<typeof outcome>>
}

const kraftNodes = ['kafka-1', 'kafka-2', 'kafka-3']

const cases: Case[] = [
  {
    name: 'the first in-sync replica in the order of the replicas takes over',
    given: { topics: { a: [held([1, 3, 2])] } },
    lost: [1],
    expected: { moves: ['a-0 > 3'] }
  },
  {
    name: 'replicas that are not in sync are passed over, and then too few are in sync',
    given: { topics: { a: [held([1, 3, 2], { isr: [1, 2] })] } },
    lost: [1],
    expected: { moves: ['a-0 > 2'], writesStop: ['a-0 degraded'] }
  },
  {
    name: 'the order of the ISR does not count',
    given: { topics: { a: [held([1, 2, 3], { isr: [3, 1, 2], leader: 3 })] } },
    lost: [3],
    expected: { moves: ['a-0 > 1'] }
  },
  {
    name: 'a follower that is lost changes no leader',
    given: { topics: { a: [held([1, 2, 3])] } },
    lost: [2],
    expected: {}
  },
  {
    name: 'a follower that is lost may leave too few in sync',
    given: { topics: { a: [held([1, 2, 3], { isr: [1, 2] })] } },
    lost: [2],
    expected: { writesStop: ['a-0 degraded'] }
  },
  {
    name: 'a replica that is not in sync is no loss',
    given: { topics: { a: [held([1, 2, 3], { isr: [1, 2] })] } },
    lost: [3],
    expected: {}
  },
  {
    name: 'the last in-sync replica leaves nobody to lead',
    given: { topics: { a: [held([1, 2, 3], { isr: [1] })], b: [held([2, 3, 1])] } },
    lost: [1],
    expected: { offline: ['a-0 degraded'] }
  },
  {
    name: 'with unclean election a replica that is not in sync leads, and records are lost',
    given: {
      topics: { a: [held([1, 2, 3], { isr: [1] })] },
      minInsyncReplicas: new Map([['a', 1]]),
      uncleanElection: new Set(['a'])
    },
    lost: [1],
    expected: { moves: ['a-0 > 2!'] }
  },
  {
    name: 'one replica: offline with its broker, whatever min.insync.replicas says',
    given: { topics: { a: [held([1]), held([2])] } },
    lost: [1],
    expected: { offline: ['a-0 singleReplica'], writesStop: ['a-0 singleReplica'] }
  },
  {
    name: 'as many in sync required as there are replicas: no loss is allowed for',
    given: {
      topics: { a: [held([1, 2])], b: [held([1, 2, 3])] },
      minInsyncReplicas: new Map([
        ['a', 2],
        ['b', 3]
      ])
    },
    lost: [1],
    expected: { moves: ['a-0 > 2', 'b-0 > 2'], writesStop: ['a-0 configuration', 'b-0 configuration'] }
  },
  {
    name: 'more required than there are replicas counts as all of them',
    given: { topics: { a: [held([1, 2])] }, minInsyncReplicas: new Map([['a', 3]]) },
    lost: [2],
    expected: { writesStop: ['a-0 configuration'] }
  },
  {
    name: 'a partition that refuses writes already does not stop again, and can still lose its leader',
    given: { topics: { a: [held([1, 2], { isr: [1] })] } },
    lost: [1],
    expected: { offline: ['a-0 degraded'] }
  },
  {
    name: 'a partition without a leader loses nothing',
    given: { topics: { a: [held([1, 2], { leader: null, isr: [1] })] }, live: [2, 3] },
    lost: [2],
    expected: {}
  },
  {
    name: 'a silent broker counts as lost already, before the controller has noticed',
    given: { topics: { a: [held([1, 2, 3])], b: [held([3, 1, 2])] }, live: [1, 2] },
    lost: [1],
    expected: { moves: ['a-0 > 2', 'b-0 > 2'], writesStop: ['a-0 degraded', 'b-0 degraded'] }
  },
  {
    name: 'what is silent cannot be lost again',
    given: { topics: { a: [held([1, 2, 3])] }, live: [2, 3] },
    lost: [1],
    expected: {}
  },
  {
    name: 'a rack: all its brokers at once',
    given: { topics: { a: [held([1, 2, 3])], b: [held([1, 2])] } },
    lost: [1, 2],
    expected: {
      moves: ['a-0 > 3'],
      offline: ['b-0 configuration'],
      writesStop: ['a-0 configuration', 'b-0 configuration']
    }
  },
  {
    name: 'a KRaft node is lost as broker and as voter: without a quorum nobody elects or shrinks an ISR',
    given: {
      mode: 'kraft',
      ensemble: serving(kraftNodes, ['kafka-3']),
      live: [1, 2],
      topics: {
        a: [held([1, 2, 3], { isr: [1, 2] })],
        b: [held([2, 1, 3], { isr: [2, 1] })],
        c: [held([2, 3], { isr: [2] })]
      },
      minInsyncReplicas: new Map([
        ['a', 1],
        ['b', 1],
        ['c', 1]
      ])
    },
    lost: [1],
    nodes: ['kafka-1'],
    expected: { offline: ['a-0 degraded'], writesStop: ['a-0 degraded', 'b-0 degraded'] }
  },
  {
    name: 'no ZooKeeper quorum now: what the broker leads has no successor',
    given: {
      ensemble: serving(['zookeeper-1', 'zookeeper-2', 'zookeeper-3'], ['zookeeper-1', 'zookeeper-2']),
      topics: { a: [held([1, 2, 3])], b: [held([2, 1, 3])] }
    },
    lost: [1],
    expected: { offline: ['a-0 degraded'], writesStop: ['a-0 degraded', 'b-0 degraded'] }
  },
  {
    name: 'a ZooKeeper node: no partition is concerned',
    given: { topics: { a: [held([1, 2, 3])] } },
    lost: [],
    nodes: ['zookeeper-1'],
    expected: {}
  }
]

for (const { name, given, lost, nodes = [], expected } of cases) {
  t.test(name, async (t) => {
    t.same(outcome(predict(known(given), lose(lost, { nodes }))), { ...nothing, ...expected })
  })
}

t.test('the quorum: kept, lost or absent', async (t) => {
  const three = ['z1', 'z2', 'z3']
  const cases: [name: string, silent: string[], lost: string[], quorum: string | null][] = [
    ['one of three', [], ['z1'], 'kept'],
    ['one of two that are left', ['z3'], ['z1'], 'lost'],
    ['one that does not serve', ['z3'], ['z3'], 'kept'],
    ['there is none', ['z2', 'z3'], ['z1'], 'absent']
  ]
  for (const [name, silent, lost, quorum] of cases) {
    const cluster = known({ ensemble: serving(three, silent) })
    t.equal(predict(cluster, lose([], { nodes: lost })).quorum.quorum, quorum, name)
  }
  t.equal(predict(known({ ensemble: [] }), lose([1])).quorum.quorum, null, 'nobody knows the voters')
  const even = known({ ensemble: serving(['z1', 'z2']) })
  t.equal(predict(even, lose([], { nodes: ['z1'] })).quorum.quorum, 'lost', 'two voters need each other')
})

t.test('groups move with the leader of their partition of __consumer_offsets', async (t) => {
  const groups = ['billing', 'log-indexer', 'alerts']
  const placed = groups.map((group) => coordinatorPartition(group, 3))
  const offsets = [held([1, 2, 3]), held([2, 3, 1]), held([3], { isr: [3] })]
  const cluster = known({ topics: { __consumer_offsets: offsets }, groups })
  const movesOf = (broker: number) => predict(cluster, lose([broker])).groups
  const of = (partition: number, from: number, to: number | null) =>
    groups.filter((_, index) => placed[index] === partition).map((group) => ({ group, from, to }))
  t.same(movesOf(1), of(0, 1, 2))
  t.same(movesOf(2), of(1, 2, 3))
  t.same(movesOf(3), of(2, 3, null), 'and have none where nobody can lead it')
  t.equal(new Set(placed).size > 1, true, 'the groups are spread')
  t.equal(predict({ ...cluster, groups: null }, lose([1])).groups, null)
  t.same(predict(known({ groups }), lose([1])).groups, [], 'the topic does not exist yet')
})

t.test('a coordinator partition is that of Kafka', async (t) => {
  // Java's Utils.abs("…".hashCode())
  const cases: [id: string, hash: number][] = [
    ['', 0],
    ['a', 97],
    ['group', 98629247],
    ['polygenelubricants', 0],
    ['my-group', 1906497762],
    ['ß-Gruppe-日本', 132198357]
  ]
  for (const [id, hash] of cases) t.equal(coordinatorPartition(id, 2 ** 31), hash, id)
})

t.test('traffic of what a broker leads; null if it is unknown', async (t) => {
  const topics = { a: [held([1, 2, 3]), held([2, 3, 1])], b: [held([1])] }
  const traffic = new Map([
    [placeKey('a', 0), 100],
    [placeKey('a', 1), 10],
    [placeKey('b', 0), 1]
  ])
  t.equal(predict(known({ topics, traffic }), lose([1])).leaderBytesPerSecond, 101)
  t.equal(predict(known({ topics, traffic }), lose([2])).leaderBytesPerSecond, 10)
  t.equal(predict(known({ topics }), lose([1])).leaderBytesPerSecond, null)
})

t.test('topics whose min.insync.replicas is unknown are named, where they are concerned', async (t) => {
  const cluster = known({ topics: { a: [held([1, 2, 3])], b: [held([2, 3])] }, minInsyncReplicas: new Map() })
  t.same(predict(cluster, lose([1])).unknown, ['a'])
})

t.test('a cut of the broker that is the controller counts as such with ZooKeeper, where leaders ask it', async (t) => {
  const cut = { how: 'cutBrokers', holdMs: 50_000 } as const
  const followed = (given: Given, broker: number) => predict(known(given), lose([broker], cut)).seconds.followed
  t.same(followed({ controllerId: 1 }, 1), { min: 50, max: 53 })
  t.same(followed({ controllerId: 2 }, 1), { min: 10, max: 16 })
  t.same(followed({ mode: 'kraft', controllerId: 1, ensemble: serving(kraftNodes) }, 1), { min: 10, max: 16 })
})
