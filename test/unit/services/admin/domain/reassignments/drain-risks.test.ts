import t from 'tap'
import { assertSpared, findLeftShort } from '#services/admin/domain/reassignments/drain-risks.ts'
import { planBalance } from '#services/admin/domain/reassignments/plan.ts'
import type { PlacedPartition } from '#services/admin/domain/reassignments/snapshot.ts'
import { plainCluster } from '../../plain-cluster.ts'

const seats = [1, 2, 4].map((id) => ({ id, rack: null }))

// Broker 2 is drained, broker 3 does not answer.
const cases: {
  when: string
  replicas: number[]
  /** The controller's view, which may still include the silent broker. */
  isr?: number[]
  to?: number[]
  minInsync?: number
  left?: { left: number[]; needed: number | null }
}[] = [
  { when: 'all other replicas are in sync', replicas: [1, 2, 4], minInsync: 2 },
  { when: 'one is left of two that are needed', replicas: [1, 2, 3], minInsync: 2, left: { left: [1], needed: 2 } },
  {
    when: 'the silent broker still counts as in sync',
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    minInsync: 2,
    left: { left: [1], needed: 2 }
  },
  { when: 'one is enough', replicas: [1, 2, 3], minInsync: 1 },
  { when: 'none is left', replicas: [2, 3], minInsync: 1, left: { left: [], needed: 1 } },
  { when: 'none is left, and the setting is not known', replicas: [2, 3], left: { left: [], needed: null } },
  { when: 'one is left, and the setting is not known', replicas: [1, 2, 3] },
  { when: 'the other replica is behind', replicas: [1, 2], isr: [2], minInsync: 1, left: { left: [], needed: 1 } },
  { when: 'it moves to where it is as safe as before', replicas: [2, 3], to: [1, 3], minInsync: 2 },
  { when: 'it has no other replica on a good day either', replicas: [2], minInsync: 1 },
  { when: 'it could not spare the broker on a good day either', replicas: [1, 2], minInsync: 2 },
  { when: 'the broker has no replica of it', replicas: [1, 3], minInsync: 2 }
]

for (const { when, replicas, isr = replicas.filter((id) => id !== 3), to, minInsync, left } of cases) {
  t.test(`draining another broker while one is down: ${when}${left ? '' : ', which is no objection'}`, async (t) => {
    const place = { topic: 'a', partition: 0 }
    const partition: PlacedPartition = { ...place, replicas, isr, leader: isr[0] ?? null, sizeBytes: 1 }
    const target = { id: 2, partitions: [partition], targets: to ? [{ ...place, replicas: to }] : [] }
    const known = new Map(minInsync === undefined ? [] : [['a', minInsync]])
    t.same(findLeftShort(seats, target, known), left ? [{ ...place, ...left }] : [])
  })
}

t.test('the objection names the partitions by topic, those without any replica, and the missing brokers', async (t) => {
  const leftShort = [
    ...[0, 3].map((partition) => ({ topic: 'a', partition, left: [1], needed: 2 })),
    { topic: 'b', partition: 1, left: [], needed: 1 }
  ]
  t.throws(() => assertSpared({ brokers: [1, 2, 3, 4], seats }, 2, leftShort), {
    code: 'drain_unsafe',
    message: /While broker 3 does not answer, .* broker 2 .* 3 partition.*, 1 of them without any: a 0, 3; b 1\./,
    errors: [
      { field: 'brokerId', message: 'a 0, 3' },
      { field: 'brokerId', message: 'b 1' }
    ]
  })
  t.throws(() => assertSpared({ brokers: [1, 2, 4], seats }, 2, leftShort), { message: /other replicas are lagging/ })
  t.doesNotThrow(() => assertSpared({ brokers: [1, 2, 3, 4], seats }, 2, []))
})

t.test('a plan while a broker is down requires the brokers, and lists once per topic what stays', async (t) => {
  const { reader, dead } = plainCluster([
    { name: 'a', partitions: 4, replicationFactor: 3 },
    { name: 'b', partitions: 2, replicationFactor: 1 }
  ])
  const options = { now: () => new Date(), deadlineMs: 100 }
  t.same((await planBalance(reader, {}, options)).staying, [])
  dead.add(2)
  await t.rejects(planBalance(reader, {}, options), {
    code: 'broker_unreachable',
    message: /broker 2 does not answer, and 4 partitions .*\(1, 3\)/,
    errors: [{ field: 'brokers' }]
  })
  const { staying, warnings, movement } = await planBalance(reader, { brokers: [1, 3] }, options)
  t.same(staying, [{ topic: 'a', partitions: 4, replicas: 3 }])
  t.equal(movement.moves.length, 1)
  t.same(
    warnings.map(({ code, target }) => `${code} ${target ?? ''}`.trim()),
    ['broker_unreachable kafka-2', 'reassignment_invalid a', 'reassignment_invalid']
  )
})

t.test('a plan for a broker that joins is that of its refill, and changes nothing else', async (t) => {
  const { reader } = plainCluster([{ name: 'a', partitions: 4, replicationFactor: 3 }])
  const options = { now: () => new Date(), deadlineMs: 100 }
  const { partitions, movement } = await planBalance(reader, { joining: { id: 4, rack: null } }, options)
  t.equal(movement.copies, 3, 'of twelve replicas a quarter')
  t.ok(movement.moves.every(({ from, to, adding }) => from.length === to.length && (adding[0] ?? 4) === 4))
  t.match(movement.brokers.at(-1), { id: 4, before: { replicas: 0 }, after: { replicas: 3 } })
  t.ok(
    partitions.some(({ replicas }) => replicas[0] === 4),
    'it leads, too'
  )
  await t.rejects(planBalance(reader, { joining: { id: 3, rack: null } }, options), {
    code: 'reassignment_invalid',
    errors: [{ field: 'joining.id' }]
  })
})
