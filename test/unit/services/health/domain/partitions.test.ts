import t from 'tap'
import { evaluateTopic, sumPartitions, sumSizes } from '#services/health/domain/partitions.ts'
import { partition, topic } from '../plain-cluster.ts'

t.test('partitions in trouble are counted as the brokers count them', async (t) => {
  const single = partition({ replicas: [1], isr: [1] })
  const cases = [
    { name: 'all in sync', partitions: [partition(), partition()], expected: {} },
    {
      name: 'one replica lost',
      partitions: [partition({ isr: [1, 2] })],
      expected: { underReplicated: 1, atMinIsr: 1 }
    },
    {
      name: 'two replicas lost',
      partitions: [partition({ isr: [1] })],
      expected: { underReplicated: 1, underMinIsr: 1 }
    },
    {
      name: 'no leader, the last one in the ISR',
      partitions: [partition({ leader: null, isr: [3] })],
      expected: { underReplicated: 1, underMinIsr: 1, offline: 1 }
    },
    {
      name: 'led by another than its first replica',
      partitions: [partition({ leader: 2 })],
      expected: { notPreferredLeader: 1 }
    },
    {
      name: 'fewer replicas than min.insync.replicas: writes are taken all the same',
      partitions: [single],
      expected: { atMinIsr: 1 }
    },
    {
      name: 'min.insync.replicas is not known',
      min: undefined,
      partitions: [partition({ isr: [1] })],
      expected: { underReplicated: 1, underMinIsr: null, atMinIsr: null }
    },
    {
      name: 'min.insync.replicas is 3',
      min: 3,
      partitions: [partition({ isr: [1, 2] })],
      expected: { underReplicated: 1, underMinIsr: 1 }
    },
    {
      name: 'all in sync, by a controller that has not noticed that a broker is silent',
      silent: [3],
      partitions: [partition(), single],
      expected: { unconfirmed: 1, atMinIsr: 1 }
    },
    {
      name: 'the leader itself is silent',
      silent: [1],
      partitions: [single],
      expected: { unconfirmed: 1, atMinIsr: 1 }
    },
    {
      name: 'one replica is out, another one in doubt',
      silent: [1, 3],
      partitions: [partition({ isr: [1, 2] })],
      expected: { underReplicated: 1, unconfirmed: 1, atMinIsr: 1 }
    },
    {
      name: 'the last replica in the ISR of a partition without a leader is known to be down',
      silent: [3],
      partitions: [partition({ leader: null, isr: [3] })],
      expected: { underReplicated: 1, underMinIsr: 1, offline: 1 }
    }
  ]
  for (const { name, partitions, expected, ...rest } of cases) {
    const { score: _score, ...counts } = evaluateTopic(
      topic('t', ...partitions),
      'min' in rest ? rest.min : 2,
      4096,
      new Set(rest.silent)
    )
    const none = { underReplicated: 0, underMinIsr: 0, offline: 0, unconfirmed: 0, atMinIsr: 0, notPreferredLeader: 0 }
    const all = { ...none, ...expected }
    const healthy = all.underReplicated + all.offline + all.unconfirmed + (all.underMinIsr ?? 0) === 0
    t.same(counts, { name: 't', partitions: partitions.length, ...all, sizeBytes: 4096, healthy }, name)
  }
})

t.test('the sum over topics is known only if it is known for all of them', async (t) => {
  const whole = evaluateTopic(topic('a', partition({ leader: 2 }), partition()), 2)
  const weak = evaluateTopic(topic('b', partition({ isr: [1] })), 2)
  const unknown = evaluateTopic(topic('c', partition({ isr: [1] })), undefined)
  t.same(sumPartitions([whole, weak]), {
    total: 3,
    underReplicated: 1,
    underMinIsr: 1,
    offline: 0,
    unconfirmed: 0,
    atMinIsr: 0,
    notPreferredLeader: 1
  })
  t.match(sumPartitions([whole, unknown]), { total: 3, underReplicated: 1, underMinIsr: null, atMinIsr: null })
})

t.test('the size of a topic is that of all its replicas', async (t) => {
  const size = (broker: number, name: string, sizeBytes: number) => ({ broker, topic: name, partition: 0, sizeBytes })
  const sums = sumSizes([size(1, 'a', 10), size(2, 'a', 12), size(1, 'b', 5)])
  t.same(Array.from(sums), [
    ['a', 22],
    ['b', 5]
  ])
})
