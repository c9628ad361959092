import fc from 'fast-check'
import t from 'tap'
import {
  type AggregateFunction,
  accumulate,
  emptyAccumulator,
  merge,
  resultOf
} from '#shared/streams/windows/aggregates.ts'
import { createCloseQueue } from '#shared/streams/windows/close-queue.ts'
import { createWatermark } from '#shared/streams/windows/watermark.ts'
import { isClosed, type WindowKind, windowsOf } from '#shared/streams/windows/window-kinds.ts'
import { createWindowedState } from '#shared/streams/windows/windowed-state.ts'

t.test('the windows of an event', async (t) => {
  const tumbling: WindowKind = { kind: 'tumbling', sizeMs: 10 }
  const hopping: WindowKind = { kind: 'hopping', sizeMs: 10, everyMs: 4 }
  const cases: [kind: WindowKind, timestampMs: number, windows: [number, number][]][] = [
    [tumbling, 0, [[0, 10]]],
    [tumbling, 9, [[0, 10]]],
    [tumbling, 10, [[10, 20]]],
    [tumbling, -1, [[-10, 0]]],
    [
      hopping,
      9,
      [
        [0, 10],
        [4, 14],
        [8, 18]
      ]
    ],
    [
      hopping,
      10,
      [
        [4, 14],
        [8, 18]
      ]
    ],
    [
      hopping,
      -1,
      [
        [-8, 2],
        [-4, 6]
      ]
    ],
    [{ kind: 'session', gapMs: 7 }, 3, [[3, 10]]]
  ]
  for (const [kind, timestampMs, windows] of cases) {
    t.same(
      windowsOf(kind, timestampMs).map(({ start, end }) => [start, end]),
      windows,
      `${kind.kind} ${timestampMs}`
    )
  }
})

t.test('an event is in every window that contains it, and in no other', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      (at, size, every) => {
        const everyMs = Math.min(every, size)
        const found = windowsOf({ kind: 'hopping', sizeMs: size, everyMs }, at).map(({ start }) => start)
        const wanted: number[] = []
        for (let start = -2000; start <= 2000; start += 1) {
          if (start % everyMs === 0 && start <= at && at < start + size) wanted.push(start)
        }
        return JSON.stringify(found) === JSON.stringify(wanted)
      }
    )
  )
})

t.test('a window closes when the watermark has passed its end and the lateness', async (t) => {
  t.notOk(isClosed({ start: 0, end: 10 }, 9, 0))
  t.ok(isClosed({ start: 0, end: 10 }, 10, 0))
  t.notOk(isClosed({ start: 0, end: 10 }, 14, 5))
  t.ok(isClosed({ start: 0, end: 10 }, 15, 5))
  t.notOk(isClosed({ start: 0, end: 10 }, Number.NEGATIVE_INFINITY, 0))
})

t.test('a watermark follows the latest event, never goes back, and waits unless it may not', async (t) => {
  const watermark = createWatermark({ disorderMs: 5 })
  t.equal(watermark.ms, Number.NEGATIVE_INFINITY)
  t.ok(watermark.observe(100))
  t.equal(watermark.ms, 95)
  t.notOk(watermark.observe(99))
  t.notOk(watermark.idle(1_000_000, 1_000_000))
  t.equal(watermark.ms, 95)
  const idle = createWatermark({ disorderMs: 5, idleMs: 30 })
  idle.observe(100)
  t.notOk(idle.idle(1000, 29))
  t.ok(idle.idle(1000, 30))
  t.equal(idle.ms, 965)
  t.notOk(idle.idle(900, 40), 'a clock that is set back')
})

t.test('aggregates of values, and of two windows that become one', async (t) => {
  const functions: AggregateFunction[] = ['count', 'sum', 'min', 'max', 'mean']
  const of = (...values: (number | undefined)[]) => {
    const accumulator = emptyAccumulator(functions)
    for (const value of values)
      accumulate(
        functions,
        accumulator,
        functions.map(() => value)
      )
    return accumulator
  }
  const results = (accumulator: number[]) => functions.map((name, nth) => resultOf(name, accumulator, nth))
  t.same(results(of()), [0, 0, null, null, null])
  t.same(results(of(undefined)), [1, 0, null, null, null])
  t.same(results(of(4, -2, undefined)), [3, 2, -2, 4, 1])
  const [one, two] = [of(4, undefined), of(-2)]
  merge(functions, one, two)
  t.same(results(one), [3, 2, -2, 4, 1])
  merge(functions, one, of())
  t.same(results(one), [3, 2, -2, 4, 1])
  t.same(JSON.parse(JSON.stringify(one)), one, 'the changelog keeps it')
  const [huge] = [of(Number.MAX_VALUE, Number.MAX_VALUE)]
  t.same(JSON.parse(JSON.stringify(huge)), huge, 'and what is too large')
})

t.test('a queue gives what is due first, in whatever order it came', async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('take' as const))), (steps) => {
      const queue = createCloseQueue<number>()
      let model: number[] = []
      for (const step of steps) {
        if (step === 'take') {
          const least = model.length === 0 ? undefined : Math.min(...model)
          if (queue.nextMs !== (least ?? Number.POSITIVE_INFINITY)) return false
          if (queue.take() !== least) return false
          const at = model.indexOf(least ?? 0)
          model = model.filter((_, index) => index !== at)
        } else {
          queue.add(step, step)
          model.push(step)
        }
      }
      return true
    })
  )
})

t.test('sessions that an event joins become one, and the changelog forgets the others', async (t) => {
  const state = createWindowedState({ window: { kind: 'session', gapMs: 10 }, latenessMs: 0, functions: ['count'] })
  const never = Number.NEGATIVE_INFINITY
  state.add('a', 100, [undefined], never)
  state.add('a', 121, [undefined], never)
  state.add('b', 111, [undefined], never)
  t.equal(state.size, 3)
  const first = state.takeChanges()
  t.same(
    first.map(([group, start, stored]) => [group, start, stored?.[0]]),
    [
      ['a', 100, 110],
      ['a', 121, 131],
      ['b', 111, 121]
    ]
  )
  const [joined] = state.add('a', 110, [undefined], never)
  t.match(joined, { start: 100, end: 120 }, 'it begins where the first one ends')
  const [all] = state.add('a', 111, [undefined], never)
  t.match(all, { start: 100, end: 131, accumulator: [4, 0] })
  t.same(state.takeChanges(), [
    ['a', 121, null],
    ['a', 100, [131, 0, [4, 0]]]
  ])
  t.same(state.close(120), [])
  t.same(
    state
      .close(131)
      .map(({ group, end }) => [group, end])
      .sort(),
    [
      ['a', 131],
      ['b', 121]
    ]
  )
  t.same(
    state
      .takeChanges()
      .map(([group, start, stored]) => [group, start, stored])
      .sort(),
    [
      ['a', 100, null],
      ['b', 111, null]
    ]
  )
  t.equal(state.size, 0)
})

t.test('a window that opens and closes between two commits leaves nothing in the changelog', async (t) => {
  const state = createWindowedState({ window: { kind: 'tumbling', sizeMs: 10 }, latenessMs: 0, functions: ['count'] })
  state.add('a', 5, [undefined], Number.NEGATIVE_INFINITY)
  t.equal(state.close(10).length, 1)
  t.same(state.takeChanges(), [])
  t.same(state.add('a', 5, [undefined], 10), [], 'and takes no event any more')
})
