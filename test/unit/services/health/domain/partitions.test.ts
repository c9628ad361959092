import t from 'tap'
import { evaluateTopic, sumPartitions } from '../../../../../services/health/domain/partitions.ts'
import { partition, topic } from '../plain-cluster.ts'

t.test('partitions in trouble are counted, each in every way that it is', async (t) => {
  const none = { partitions: 1, underReplicated: 0, underMinIsr: 0, offline: 0, healthy: true }
  const cases = [
    { name: 'all in sync', partitions: [partition()], minIsr: 2, expected: none },
    {
      name: 'one replica behind',
      partitions: [partition({ isr: [1, 2] })],
      minIsr: 2,
      expected: { ...none, underReplicated: 1, healthy: false }
    },
    {
      name: 'two replicas behind',
      partitions: [partition({ isr: [1] })],
      minIsr: 2,
      expected: { ...none, underReplicated: 1, underMinIsr: 1, healthy: false }
    },
    {
      name: 'no leader',
      partitions: [partition({ leader: null, isr: [3] }), partition()],
      minIsr: 2,
      expected: { partitions: 2, underReplicated: 1, underMinIsr: 1, offline: 1, healthy: false }
    },
    {
      name: 'replication factor 1 in full',
      partitions: [partition({ replicas: [1], isr: [1] })],
      minIsr: 1,
      expected: none
    },
    {
      name: 'more in-sync replicas are wanted than there are replicas',
      partitions: [partition({ replicas: [1], isr: [1] })],
      minIsr: 2,
      expected: { ...none, underMinIsr: 1, healthy: false }
    },
    {
      name: 'min.insync.replicas is not known',
      partitions: [partition({ isr: [1] })],
      minIsr: undefined,
      expected: { ...none, underReplicated: 1, underMinIsr: null, healthy: false }
    }
  ]
  for (const { name, partitions, minIsr, expected } of cases) {
    t.same(evaluateTopic(topic('a', ...partitions), minIsr), { name: 'a', ...expected }, name)
  }
})

t.test('a sum with an unknown part is unknown', async (t) => {
  const known = evaluateTopic(topic('a', partition(), partition({ isr: [1] })), 2)
  const unknown = evaluateTopic(topic('b', partition({ leader: null })), undefined)
  t.same(sumPartitions([]), { total: 0, underReplicated: 0, underMinIsr: 0, offline: 0 })
  t.same(sumPartitions([known, known]), { total: 4, underReplicated: 2, underMinIsr: 2, offline: 0 })
  t.same(sumPartitions([known, unknown, known]), { total: 5, underReplicated: 2, underMinIsr: null, offline: 1 })
})
