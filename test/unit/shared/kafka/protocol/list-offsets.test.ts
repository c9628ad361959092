import t from 'tap'
import { byLeader, unreadOffsets } from '#shared/kafka/protocol/list-offsets.ts'

t.test('partitions are asked of their leaders; those without one are unavailable', async (t) => {
  const partition = (partition: number, leader: number | null) => ({
    partition,
    leader,
    leaderEpoch: 5,
    replicas: [],
    isr: [],
    offlineReplicas: []
  })
  const { led, leaderless } = byLeader([
    { name: 'a', internal: false, partitions: [partition(0, 1), partition(1, 2), partition(2, 1)] },
    { name: 'b', internal: false, partitions: [partition(0, 1), partition(1, null)] }
  ])
  const at = (partition: number) => ({ partition, leaderEpoch: 5 })
  t.same(Array.from(led), [
    [
      1,
      [
        { topic: 'a', partitions: [at(0), at(2)] },
        { topic: 'b', partitions: [at(0)] }
      ]
    ],
    [2, [{ topic: 'a', partitions: [at(1)] }]]
  ])
  const unknown = { logStartOffset: null, logEndOffset: null }
  t.same(leaderless, [{ topic: 'b', partition: 1, ...unknown, reason: 'partition_unavailable' }])
  t.same(unreadOffsets(led.get(2) ?? []), [{ topic: 'a', partition: 1, ...unknown, reason: 'broker_unreachable' }])
})
