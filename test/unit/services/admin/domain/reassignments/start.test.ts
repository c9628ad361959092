import t from 'tap'
import { planDrain } from '#services/admin/domain/reassignments/drain.ts'
import { movementOf } from '#services/admin/domain/reassignments/movement.ts'
import { progressOf } from '#services/admin/domain/reassignments/progress.ts'
import { type Snapshot, sizeKey } from '#services/admin/domain/reassignments/snapshot.ts'
import { assertPossible } from '#services/admin/domain/reassignments/start.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

/** Topic `a`, one partition for each replica set; broker 4 is known and does not answer. */
function snapshot(...replicas: number[][]): Snapshot {
  return {
    seats: [1, 2, 3].map((id) => ({ id, rack: `rack-${id}` })),
    brokers: [1, 2, 3, 4],
    partitions: replicas.map((ids, partition) => ({
      topic: 'a',
      partition,
      replicas: ids,
      leader: ids[0] ?? null,
      isr: ids.filter((id) => id !== 4),
      sizeBytes: 100
    })),
    sizes: new Map(),
    warnings: []
  }
}
const target = (partition: number, ...replicas: number[]) => ({ topic: 'a', partition, replicas })

const refusals = [
  { name: 'an unknown partition', wanted: [target(9, 1)], message: /does not exist/ },
  {
    name: 'a partition named twice',
    wanted: [target(0, 2), target(0, 3)],
    message: /twice/,
    field: 'partitions.1'
  },
  { name: 'a broker named twice', wanted: [target(0, 2, 2)], message: /name a broker twice/ },
  { name: 'an unknown broker', wanted: [target(0, 7)], message: /has no broker 7/ },
  { name: 'a copy on a broker that does not answer', wanted: [target(0, 4)], message: /broker 4 does not answer/ },
  {
    name: 'another way for a partition that is under way',
    wanted: [target(1, 3)],
    message: /is moving to 2/,
    code: 'reassignment_conflict',
    field: 'partitions.0'
  }
] as const

for (const { name, wanted, message, ...rest } of refusals) {
  t.test(`${name} is refused, with the field`, async (t) => {
    const ongoing = [{ topic: 'a', partition: 1, replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }]
    const { code, field } = { code: 'reassignment_invalid', field: 'partitions.0', ...rest }
    try {
      assertPossible({ ...snapshot([1], [1], [4]), ongoing }, wanted)
      t.fail('it is accepted')
    } catch (error) {
      t.ok(isKopsError(error))
      t.match(error, { code, message, errors: [{ field }] })
    }
  })
}

t.test('the same way again, and a replica that stays on a silent broker, are accepted', async (t) => {
  const ongoing = [{ topic: 'a', partition: 1, replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }]
  t.doesNotThrow(() => assertPossible({ ...snapshot([1], [1], [4]), ongoing }, [target(1, 2), target(2, 4, 1)]))
})

t.test('a movement reports what is copied, and how long the throttle makes it take', async (t) => {
  const movement = movementOf(snapshot([1, 2], [2, 3], [3, 1]), [target(0, 1, 3), target(1, 2, 3), target(2, 1, 3)], 10)
  t.match(movement, { copies: 1, bytesToCopy: 100, leaderChanges: 1, estimatedSeconds: 10 })
  t.match(movement.moves, [
    { partition: 0, adding: [3], removing: [2] },
    { partition: 2, adding: [], removing: [] }
  ])
  t.match(movement.brokers, [
    { id: 1, before: { replicas: 2, preferredLeaders: 1 }, after: { replicas: 2, preferredLeaders: 2 } },
    { id: 2, before: { replicas: 2 }, after: { replicas: 1 } },
    { id: 3, before: { replicas: 2 }, after: { replicas: 3 } },
    { id: 4 }
  ])
  t.equal(movement.moves.length, 2)
})

t.test(
  'progress comes from sizes; nothing is known of a silent broker, and the reassignment waits for it',
  async (t) => {
    const before = snapshot([1])
    const sizes = new Map([[sizeKey(2, 'a', 0), 40]])
    const going = { topic: 'a', partition: 0, replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }
    t.match(progressOf(going, { ...before, sizes }), { copiedBytes: 40, totalBytes: 100, replicas: [2], waitsFor: [] })
    t.match(progressOf({ ...going, replicas: [3, 1], addingReplicas: [3] }, before), { copiedBytes: 0 })
    t.match(progressOf({ ...going, replicas: [4, 1], addingReplicas: [4] }, before), {
      copiedBytes: null,
      waitsFor: [4]
    })
    const orphan = { ...going, replicas: [2, 4], removingReplicas: [4] }
    t.match(progressOf(orphan, before), { waitsFor: [4] })
  }
)

t.test('draining moves the broker’s replicas, and reports those that cannot move', async (t) => {
  const state = snapshot([1], [1, 2], [2, 3], [1, 2, 3])
  const wanted = { id: 1, topics: undefined }
  t.match(planDrain(state, { ...wanted, mode: 'replicas' }).stuck, {
    code: 'drain_impossible',
    message: /^1 of the 3 replicas.*2 other brokers answer.*"leaderships"/
  })
  const { plan: possible } = planDrain(state, { ...wanted, mode: 'possible' })
  t.same(
    possible.partitions.map(({ partition, replicas }) => [partition, replicas.includes(1), replicas.length]),
    [
      [0, false, 1],
      [1, false, 2],
      [3, true, 3]
    ]
  )
  t.equal(possible.partitions.at(-1)?.replicas.at(-1), 1)
  const { plan: leaderships } = planDrain(state, { ...wanted, mode: 'leaderships' })
  t.match(leaderships.partitions, [
    { partition: 1, replicas: [2, 1] },
    { partition: 3, replicas: [3, 2, 1] }
  ])
  t.match(leaderships.warnings, [{ code: 'drain_impossible', target: 'a-0' }])
})

t.test('a replica on a silent broker stays where it is while another broker is drained', async (t) => {
  t.same(planDrain(snapshot([1, 4]), { id: 1, mode: 'replicas', topics: undefined }).plan.partitions, [target(0, 2, 4)])
})
