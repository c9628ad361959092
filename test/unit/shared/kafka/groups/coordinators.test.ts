import t from 'tap'
import { electCoordinators, keepCoordinated } from '#shared/kafka/groups/coordinators.ts'

t.test('a group is coordinated by the broker that most brokers name', async (t) => {
  const says = (...nodes: [string, number][]) => nodes.map(([key, nodeId]) => ({ key, nodeId }))
  const elected = electCoordinators([says(['g', 1], ['h', 2]), says(['g', 1]), says(['g', 3], ['h', 2])])
  t.same(Array.from(elected), [
    ['g', 1],
    ['h', 2]
  ])
  const listed = ['g', 'h', 'only-here'].map((groupId) => ({ groupId, groupState: 'Stable', protocolType: 'consumer' }))
  const kept = (broker: number | undefined) => keepCoordinated(listed, broker, elected).map(({ groupId }) => groupId)
  t.same(kept(1), ['g', 'only-here'])
  t.same(kept(2), ['h', 'only-here'])
  t.same(kept(undefined), ['only-here'])
})
