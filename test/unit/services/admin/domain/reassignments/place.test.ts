import fc from 'fast-check'
import t from 'tap'
import type { Placement, Seat } from '#services/admin/domain/reassignments/layout.ts'
import { place } from '#services/admin/domain/reassignments/place.ts'

// The same cases each time, so that a failure is of the change at hand.
fc.configureGlobal({ seed: 1 })

const seats = (...racks: (string | null)[]): Seat[] => racks.map((rack, index) => ({ id: index + 1, rack }))
const topic = (name: string, ...replicas: number[][]): Placement[] =>
  replicas.map((ids, partition) => ({ topic: name, partition, replicas: ids, sizeBytes: 100 }))

const cases = [
  {
    name: 'a balanced placement stays',
    seats: seats('a', 'b', 'c'),
    before: topic('x', [1, 2], [2, 3], [3, 1]),
    goal: 'spread',
    after: [
      [1, 2],
      [2, 3],
      [3, 1]
    ]
  },
  {
    name: 'a new broker gets its share and not more',
    seats: seats(null, null, null),
    before: topic('x', [1], [2], [1], [2], [1], [2]),
    goal: 'spread',
    after: [[3], [3], [1], [2], [1], [2]]
  },
  {
    name: 'leaders are evened out by order alone',
    seats: seats('a', 'b', 'c'),
    before: topic('x', [1, 2, 3], [1, 2, 3], [1, 2, 3]),
    goal: 'spread',
    after: [
      [2, 1, 3],
      [3, 1, 2],
      [1, 2, 3]
    ]
  },
  {
    name: 'two replicas on one rack are parted',
    seats: seats('a', 'a', 'b', 'b'),
    before: topic('x', [1, 2], [3, 4]),
    goal: 'spread',
    after: [
      [1, 4],
      [3, 2]
    ]
  },
  {
    name: 'evacuating moves only what must move',
    seats: seats('a', 'b'),
    before: topic('x', [3], [1], [1], [2, 3]),
    goal: 'evacuate',
    after: [[2], [1], [1], [2, 1]]
  },
  {
    name: 'filling moves to that broker only',
    seats: seats(null, null, null),
    before: topic('x', [1], [1], [1], [1], [2], [2]),
    goal: { fill: 3 },
    after: [[3], [3], [1], [1], [2], [2]]
  },
  {
    name: 'of replicas that serve equally the smaller one moves',
    seats: seats(null, null),
    before: topic('x', [1], [1]).map((p) => ({ ...p, sizeBytes: p.partition === 0 ? 900 : 5 })),
    goal: 'spread',
    after: [[1], [2]]
  }
] as const

for (const { name, seats, before, goal, after } of cases) {
  t.test(name, async (t) => {
    t.same(
      place(before, seats, { goal }).placements.map(({ replicas }) => replicas),
      after
    )
  })
}

t.test('more replicas than seats are left and named', async (t) => {
  const before = topic('x', [1, 2, 3], [3])
  const { impossible, placements } = place(before, seats('a', 'b'), { goal: 'evacuate' })
  t.match(impossible, [{ partition: 0 }])
  t.same(
    placements.map(({ replicas }) => replicas),
    [[1, 2, 3], [1]]
  )
})

/** Clusters of 2 to 6 brokers, some racks, up to 4 topics with up to 8 partitions, placed anyhow. */
const clusters = fc
  .record({ racks: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 6 }), named: fc.boolean() })
  .chain(({ racks, named }) => {
    const ids = racks.map((_, index) => index + 1)
    const sets = (rf: number) => fc.shuffledSubarray(ids, { minLength: rf, maxLength: rf })
    const topics = fc.array(
      fc.integer({ min: 1, max: ids.length }).chain((rf) => fc.array(sets(rf), { minLength: 1, maxLength: 8 })),
      { minLength: 1, maxLength: 4 }
    )
    return fc.record({
      seats: fc.constant(racks.map((rack, index): Seat => ({ id: index + 1, rack: named ? rack : null }))),
      placements: topics.map((all) => all.flatMap((sets, index) => topic(`t${index}`, ...sets)))
    })
  })

function range(values: number[]): number {
  return Math.max(...values) - Math.min(...values)
}
const counts = (placements: readonly Placement[], ids: readonly number[]) =>
  ids.map((id) => placements.filter(({ replicas }) => replicas.includes(id)).length)
const leads = (placements: readonly Placement[], ids: readonly number[]) =>
  ids.map((id) => placements.filter(({ replicas }) => replicas[0] === id).length)
const copies = (before: readonly Placement[], after: readonly Placement[]) =>
  after.reduce((sum, { replicas }, i) => sum + replicas.filter((id) => !before[i]?.replicas.includes(id)).length, 0)

t.test('any plan keeps replication factors, distinct brokers and the maximum of racks', async () => {
  fc.assert(
    fc.property(clusters, ({ seats, placements }) => {
      const after = place(placements, seats, { goal: 'spread' }).placements
      const rackOf = new Map(seats.map(({ id, rack }) => [id, rack ?? `broker ${id}`]))
      const racks = new Set(rackOf.values()).size
      return after.every(({ topic, partition, replicas }, index) => {
        const old = placements[index]
        return (
          old?.topic === topic &&
          old.partition === partition &&
          replicas.length === old.replicas.length &&
          new Set(replicas).size === replicas.length &&
          replicas.every((id) => rackOf.has(id)) &&
          new Set(replicas.map((id) => rackOf.get(id))).size === Math.min(replicas.length, racks)
        )
      })
    }),
    { numRuns: 500 }
  )
})

const withoutRacks = (seats: Seat[]) => seats.map(({ id }) => ({ id, rack: null }))

t.test(
  'where racks do not bind, the replicas of each topic and of all are even to one, and its leaders too',
  async () => {
    fc.assert(
      fc.property(clusters, ({ seats, placements }) => {
        const ids = seats.map(({ id }) => id)
        const after = place(placements, withoutRacks(seats), { goal: 'spread' }).placements
        const topics = [...Map.groupBy(after, ({ topic }) => topic).values()]
        return (
          range(counts(after, ids)) <= 1 &&
          topics.every((group) => range(counts(group, ids)) <= 1 && range(leads(group, ids)) <= 1)
        )
      }),
      { numRuns: 1000 }
    )
  }
)

t.test('with one replication factor the leaders of all topics are even to one', async () => {
  fc.assert(
    fc.property(clusters, ({ seats, placements }) => {
      const ids = seats.map(({ id }) => id)
      const size = placements[0]?.replicas.length
      const same = placements.filter(({ replicas }) => replicas.length === size)
      return range(leads(place(same, withoutRacks(seats), { goal: 'spread' }).placements, ids)) <= 1
    }),
    { numRuns: 1000 }
  )
})

t.test('a plan of an already planned placement is empty', async () => {
  fc.assert(
    fc.property(clusters, ({ seats, placements }) => {
      const after = place(placements, seats, { goal: 'spread' }).placements
      return JSON.stringify(place(after, seats, { goal: 'spread' }).placements) === JSON.stringify(after)
    }),
    { numRuns: 1000 }
  )
})

t.test('no even placement of a topic needs fewer copies', async () => {
  const small = fc.integer({ min: 2, max: 4 }).chain((brokers) => {
    const ids = Array.from({ length: brokers }, (_, index) => index + 1)
    return fc
      .integer({ min: 1, max: brokers })
      .chain((rf) =>
        fc
          .array(fc.shuffledSubarray(ids, { minLength: rf, maxLength: rf }), { minLength: 1, maxLength: 5 })
          .map((sets) => ({ ids, rf, before: topic('x', ...sets) }))
      )
  })
  fc.assert(
    fc.property(small, ({ ids, rf, before }) => {
      const after = place(
        before,
        ids.map((id) => ({ id, rack: null })),
        { goal: 'spread' }
      ).placements
      return copies(before, after) === fewestCopies(before, ids, rf)
    }),
    { numRuns: 300 }
  )
})

/** Tries every placement. */
function fewestCopies(before: readonly Placement[], ids: readonly number[], rf: number): number {
  const sets = subsets(ids, rf)
  let fewest = Infinity
  const loads = new Map(ids.map((id) => [id, 0]))
  const tryFrom = (index: number, cost: number): void => {
    if (cost >= fewest) return
    if (index === before.length) {
      if (range([...loads.values()]) <= 1) fewest = cost
      return
    }
    for (const set of sets) {
      for (const id of set) loads.set(id, (loads.get(id) ?? 0) + 1)
      tryFrom(index + 1, cost + set.filter((id) => !before[index]?.replicas.includes(id)).length)
      for (const id of set) loads.set(id, (loads.get(id) ?? 0) - 1)
    }
  }
  tryFrom(0, 0)
  return fewest
}

function subsets(ids: readonly number[], size: number): number[][] {
  if (size === 0) return [[]]
  return ids.flatMap((id, index) => subsets(ids.slice(index + 1), size - 1).map((rest) => [id, ...rest]))
}

t.test('evacuating leaves nothing behind and moves nothing else', async () => {
  fc.assert(
    fc.property(clusters, ({ seats, placements }) => {
      const stay = seats.slice(1)
      const after = place(placements, stay, { goal: 'evacuate' })
      return after.placements.every(({ replicas }, index) => {
        const old = placements[index]?.replicas ?? []
        if (old.length > stay.length) return JSON.stringify(old) === JSON.stringify(replicas)
        const added = replicas.filter((id) => !old.includes(id)).length
        return !replicas.includes(1) && added === Number(old.includes(1))
      })
    }),
    { numRuns: 300 }
  )
})

t.test('a broker that is filled leads its share, although it takes the place of leaders', async (t) => {
  // Three brokers lead four partitions each, of three replicas.
  const before = topic('x', ...Array.from({ length: 12 }, (_, at) => [0, 1, 2].map((next) => ((at + next) % 3) + 1)))
  const { placements } = place(before, seats('a', 'b', 'c', 'd'), { goal: { fill: 4 } })
  t.same(counts(placements, [1, 2, 3, 4]), [9, 9, 9, 9])
  t.same(leads(placements, [1, 2, 3, 4]), [3, 3, 3, 3])
})

t.test('filling a broker moves to it alone, no more than its share, and a second time nothing', async () => {
  fc.assert(
    fc.property(clusters, ({ seats, placements }) => {
      const id = seats.length + 1
      const all = [...seats, { id, rack: seats[0]?.rack === null ? null : 'd' }]
      const fill = (before: readonly Placement[]) => place(before, all, { goal: { fill: id } }).placements
      const after = fill(placements)
      const rackOf = new Map(all.map((seat) => [seat.id, seat.rack ?? `broker ${seat.id}`]))
      const spread = (replicas: readonly number[]) => new Set(replicas.map((broker) => rackOf.get(broker))).size
      const held = after.reduce((sum, { replicas }) => sum + replicas.length, 0)
      const topics = new Set(after.map(({ topic }) => topic)).size
      const own = after.filter(({ replicas }) => replicas.includes(id)).length
      const isNeeded = after.every(({ replicas }, index) => {
        const before = placements[index]?.replicas ?? []
        const added = replicas.filter((broker) => !before.includes(broker))
        return (
          replicas.length === before.length &&
          new Set(replicas).size === replicas.length &&
          spread(replicas) >= spread(before) &&
          added.every((broker) => broker === id) &&
          added.length <= 1
        )
      })
      // Each topic is balanced for itself, and may be rounded up.
      return isNeeded && own <= held / all.length + topics && copies(after, fill(after)) === 0
    }),
    { numRuns: 500 }
  )
})
