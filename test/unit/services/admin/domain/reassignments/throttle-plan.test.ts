import t from 'tap'
import { lifting, placing, planThrottle, throttled } from '#services/admin/domain/reassignments/throttle-plan.ts'
import type { Move } from '#shared/contracts/reassignments.ts'

const move = (topic: string, partition: number, from: number[], to: number[]): Move => ({
  topic,
  partition,
  from,
  to,
  adding: to.filter((id) => !from.includes(id)),
  removing: from.filter((id) => !to.includes(id)),
  sizeBytes: 10
})
const none = { brokers: new Map(), topics: new Map() }
const since = '2026-01-01T00:00:00.000Z'

t.test('brokers that send or receive are throttled, for the replicas that move and no others', async (t) => {
  const moves = [move('a', 0, [1, 2], [2, 3]), move('a', 1, [1], [2]), move('b', 0, [1, 2], [2, 1])]
  t.same(throttled(moves), { brokers: [1, 2, 3], topics: ['a'] })
  const { brokers, topics } = placing(planThrottle(moves, { bytesPerSec: 5, since, current: none }))
  t.same(brokers.get(3), {
    'leader.replication.throttled.rate': '5',
    'follower.replication.throttled.rate': '5'
  })
  t.same(
    [...topics],
    [
      [
        'a',
        {
          'leader.replication.throttled.replicas': '0:1,0:2,1:1',
          'follower.replication.throttled.replicas': '0:3,1:2'
        }
      ]
    ]
  )
})

t.test('removing it restores the earlier values', async (t) => {
  const current = {
    brokers: new Map([[1, { leaderRate: '7', followerRate: null }]]),
    topics: new Map([['a', { leaderReplicas: '*', followerReplicas: '9:1' }]])
  }
  const record = planThrottle([move('a', 0, [1], [2])], { bytesPerSec: 5, since, current })
  t.same(placing(record).topics.get('a'), {
    'leader.replication.throttled.replicas': '*',
    'follower.replication.throttled.replicas': '9:1,0:2'
  })
  const { brokers, topics } = lifting(record)
  t.same(brokers.get(1), { 'leader.replication.throttled.rate': '7', 'follower.replication.throttled.rate': null })
  t.same(brokers.get(2), { 'leader.replication.throttled.rate': null, 'follower.replication.throttled.rate': null })
  t.same(topics.get('a'), {
    'leader.replication.throttled.replicas': '*',
    'follower.replication.throttled.replicas': '9:1'
  })
})

t.test('a second throttle uses the new rate and keeps the values before the first', async (t) => {
  const first = planThrottle([move('a', 0, [1], [2])], { bytesPerSec: 5, since, current: none })
  const current = {
    brokers: new Map([[1, { leaderRate: '5', followerRate: '5' }]]),
    topics: new Map([['a', { leaderReplicas: '0:1', followerReplicas: '0:2' }]])
  }
  const later = '2026-01-02T00:00:00.000Z'
  const second = planThrottle([move('a', 1, [1], [3])], { bytesPerSec: 8, since: later, current }, first)
  t.match(second, { bytesPerSec: 8, since, partitions: [{ partition: 0 }, { partition: 1 }] })
  t.same(placing(second).topics.get('a'), {
    'leader.replication.throttled.replicas': '0:1,1:1',
    'follower.replication.throttled.replicas': '0:2,1:3'
  })
  t.same(lifting(second).brokers.get(1), {
    'leader.replication.throttled.rate': null,
    'follower.replication.throttled.rate': null
  })
})
