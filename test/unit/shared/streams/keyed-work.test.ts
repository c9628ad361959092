import fc from 'fast-check'
import t from 'tap'
import { type Attempt, createKeyedWork, createSlots } from '#shared/streams/keyed-work.ts'
import { simulatedClock } from '../../simulated-clock.ts'

interface Item {
  key: string | null
  /** null: it is done, or in vain, at once, and without a promise. */
  takesMs: number | null
  /** Attempts that are in vain. */
  failures: number
}

/** Work on items whose offsets are their places, and what came of it. */
function working(items: readonly Item[], slots: number) {
  const { clock, drive } = simulatedClock()
  const begun: number[] = []
  const done: number[] = []
  const inHand = new Set<string | null>()
  let most = 0
  let overlaps = 0
  let running = 0
  const work = createKeyedWork<number>({
    from: 0,
    slots: createSlots(slots),
    clock,
    keyOf: (offset) => items[offset]?.key ?? null,
    attempt(offset, nth) {
      const { key = null, takesMs = 0, failures = 0 } = items[offset] ?? {}
      if (nth === 1) begun.push(offset)
      if (key !== null && inHand.has(key)) overlaps += 1
      inHand.add(key)
      running += 1
      most = Math.max(most, running)
      const end = (): Attempt => {
        running -= 1
        inHand.delete(key)
        if (nth <= failures) return { againInMs: 50 }
        done.push(offset)
        return 'done'
      }
      return takesMs === null ? end() : clock.sleep(takesMs).then(end)
    }
  })
  return { clock, drive, work, begun, done, most: () => most, overlaps: () => overlaps }
}

const anyItem = fc.record({
  key: fc.constantFrom('a', 'b', 'c', null),
  takesMs: fc.option(fc.integer({ min: 0, max: 20 })),
  failures: fc.constantFrom(0, 0, 0, 1, 3)
})

t.test('whatever takes how long: keys keep their order, the limit holds, and the mark never passes work', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyItem, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (items, slots) => {
      const { clock, drive, work, done, most, overlaps } = working(items, slots)
      let marksAreRight = true
      const check = () => {
        const first = items.findIndex((_, offset) => !done.includes(offset))
        marksAreRight &&= work.mark <= (first < 0 ? items.length : first)
      }
      await drive(
        (async () => {
          for (const offset of items.keys()) work.take(offset, offset)
          for (let round = 0; work.span > 0 && round < 10_000; round += 1) {
            check()
            await clock.sleep(1)
          }
        })()
      )
      check()
      const inOrder = ['a', 'b', 'c'].every((key) => {
        const of = done.filter((offset) => items[offset]?.key === key)
        return of.every((offset, nth) => nth === 0 || offset > (of[nth - 1] ?? 0))
      })
      return (
        done.length === items.length &&
        inOrder &&
        overlaps() === 0 &&
        most() <= slots &&
        marksAreRight &&
        work.mark === items.length
      )
    }),
    { numRuns: 200 }
  )
  t.pass()
})

t.test('a slow key holds up itself and the mark, and no other key', async (t) => {
  const fast = { key: null, takesMs: 1, failures: 0 }
  const items = [{ key: 'slow', takesMs: 1000, failures: 0 }, { key: 'slow', takesMs: 1, failures: 0 }, fast, fast]
  const { clock, drive, work, done } = working(items, 2)
  await drive(
    (async () => {
      for (const offset of items.keys()) work.take(offset, offset)
      await clock.sleep(100)
      t.same([done, work.mark, work.span], [[2, 3], 0, 4])
      await clock.sleep(1000)
      t.same([done, work.mark, work.span], [[2, 3, 0, 1], 4, 0])
    })()
  )
})

t.test('what is done at once is done when it was taken, and behind what is not it moves no mark', async (t) => {
  const [atOnce, slow] = [
    { key: 'a', takesMs: null, failures: 0 },
    { key: 'b', takesMs: 10, failures: 0 }
  ]
  const { clock, drive, work, done } = working([atOnce, atOnce, slow, atOnce, { ...atOnce, key: 'b' }], 2)
  await drive(
    (async () => {
      work.take(0, 0)
      work.take(1, 1)
      t.same([done, work.mark, work.span], [[0, 1], 2, 0])
      for (const offset of [2, 3, 4]) work.take(offset, offset)
      t.same([done, work.mark, work.span], [[0, 1, 3], 2, 3], 'its key waits')
      await clock.sleep(20)
      t.same([done, work.mark, work.span], [[0, 1, 3, 2, 4], 5, 0])
      const holding = work.hold()
      work.take(5, 5)
      await holding
      t.same([done.length, work.mark], [5, 5])
      work.release()
      await clock.sleep(1)
      t.equal(work.mark, 6)
    })()
  )
})

t.test('what is tried again leaves its slot to others', async (t) => {
  const items = [
    { key: 'a', takesMs: 1, failures: 5 },
    { key: 'b', takesMs: 1, failures: 0 }
  ]
  const { clock, drive, work, done } = working(items, 1)
  await drive(
    (async () => {
      for (const offset of items.keys()) work.take(offset, offset)
      await clock.sleep(20)
      t.same(done, [1])
      await clock.sleep(1000)
      t.same(done, [1, 0])
    })()
  )
})

t.test('the mark follows the log over offsets without records, and back if the log began again', async (t) => {
  const { clock, drive, work } = working([], 1)
  await drive(
    (async () => {
      work.passed(7)
      t.equal(work.mark, 7)
      work.take(9, 9)
      t.equal(work.mark, 9, 'before what is in hand')
      work.passed(12)
      await clock.sleep(10)
      t.equal(work.mark, 12)
      work.take(0, 0)
      await clock.sleep(10)
      t.equal(work.mark, 1, 'the topic is another one')
    })()
  )
})

t.test('held work begins nothing until it is released, and stopped work never again', async (t) => {
  const item = { key: 'a', takesMs: 10, failures: 0 }
  const { clock, drive, work, begun, done } = working([item, item, { ...item, key: 'b' }, item], 2)
  await drive(
    (async () => {
      work.take(0, 0)
      work.take(1, 1)
      await clock.sleep(1)
      await work.hold()
      t.same([begun, done], [[0], [0]], 'what is in hand ends')
      work.take(2, 2)
      await clock.sleep(100)
      t.same(begun, [0])
      t.equal(work.mark, 1)
      work.release()
      await clock.sleep(5)
      t.same(begun.toSorted(), [0, 1, 2])
      work.take(3, 3)
      const room = work.spanBelow(1)
      await work.stop()
      await room
      await clock.sleep(100)
      t.same(
        [begun.toSorted(), done.toSorted()],
        [
          [0, 1, 2],
          [0, 1, 2]
        ]
      )
      t.equal(work.mark, 3)
    })()
  )
})
