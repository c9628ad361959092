import fc from 'fast-check'
import t from 'tap'
import {
  mostPerSecond,
  recordsWithin,
  secondsUntil,
  shapeSeconds,
  stepsOf,
  targetPerSecond
} from '#services/load-test/domain/load/rate-shape.ts'
import { createSchedule, recordsDue, type Schedule } from '#services/load-test/domain/load/schedule.ts'
import type { Rate } from '#shared/contracts/load-rate.ts'

const ramp: Rate = { kind: 'ramp', from: 100, to: 300, overSeconds: 10 }
const steps: Rate = { kind: 'steps', from: 100, to: 350, by: 100, everySeconds: 5 }
const spike: Rate = { kind: 'spike', base: 10, peak: 500, afterSeconds: 20, forSeconds: 4 }
const stages: Rate = {
  kind: 'stages',
  stages: [
    { seconds: 2, perSecond: 50 },
    { seconds: 3, perSecond: 200 }
  ]
}

function scheduleOf(rate: Rate, producers = 1, producer = 0, seed = 1): Schedule {
  const schedule = createSchedule(rate, { producers, producer, seed })
  if (!schedule) throw new Error('no schedule')
  return schedule
}

function times(schedule: Schedule, count: number): number[] {
  return Array.from({ length: count }, () => schedule.next())
}

function withinOf(rate: Rate, seconds: number): number {
  const records = recordsWithin(rate, seconds)
  if (records === null) throw new Error('no records')
  return records
}

t.test('each kind of rate has its rates, its length and its records', async (t) => {
  const cases: {
    rate: Rate
    at: [seconds: number, perSecond: number, before: number][]
    most: number
    length: number | null
  }[] = [
    {
      rate: { kind: 'constant', perSecond: 40 },
      at: [
        [0, 40, 0],
        [1000, 40, 40_000]
      ],
      most: 40,
      length: null
    },
    {
      rate: ramp,
      at: [
        [0, 100, 0],
        [5, 200, 750],
        [10, 300, 2000],
        [12, 300, 2600]
      ],
      most: 300,
      length: 10
    },
    {
      rate: { ...ramp, from: 300, to: 100 },
      at: [
        [0, 300, 0],
        [5, 200, 1250],
        [12, 100, 2200]
      ],
      most: 300,
      length: 10
    },
    {
      rate: steps,
      at: [
        [4.9, 100, 490],
        [5, 200, 500],
        [17, 350, 3700],
        [99, 350, 32_400]
      ],
      most: 350,
      length: 20
    },
    {
      rate: spike,
      at: [
        [19, 10, 190],
        [20, 500, 200],
        [24, 10, 2200],
        [25, 10, 2210]
      ],
      most: 500,
      length: 24
    },
    {
      rate: stages,
      at: [
        [1, 50, 50],
        [2, 200, 100],
        [5, 200, 700],
        [6, 200, 900]
      ],
      most: 200,
      length: 5
    }
  ]
  for (const { rate, at, most, length } of cases) {
    for (const [seconds, perSecond, before] of at) {
      t.equal(targetPerSecond(rate, seconds * 1000), perSecond, `${rate.kind} at ${seconds} s`)
      t.ok(Math.abs(withinOf(rate, seconds) - before) < 1e-9, `${rate.kind} until ${seconds} s`)
      t.ok(Math.abs((secondsUntil(rate, before) ?? -1) - seconds) < 1e-9, `${rate.kind} until ${before} records`)
    }
    t.equal(mostPerSecond(rate), most, rate.kind)
    t.equal(shapeSeconds(rate), length, rate.kind)
  }
})

t.test('the closed rate has no schedule, no target and no length', async (t) => {
  const closed: Rate = { kind: 'closed' }
  t.equal(createSchedule(closed, { producers: 1, producer: 0, seed: 1 }), undefined)
  for (const answer of [targetPerSecond(closed, 5), mostPerSecond(closed), shapeSeconds(closed)]) t.equal(answer, null)
  for (const answer of [recordsWithin(closed, 5), secondsUntil(closed, 5)]) t.equal(answer, null)
})

t.test('steps that floating point cannot divide are counted as written', async (t) => {
  t.equal(stepsOf({ kind: 'steps', from: 0.1, to: 0.4, by: 0.1, everySeconds: 1 }), 4)
  t.equal(stepsOf({ kind: 'steps', from: 100, to: 350, by: 100, everySeconds: 1 }), 4)
  t.equal(stepsOf({ kind: 'steps', from: 100, to: 100, by: 1, everySeconds: 1 }), 1)
})

t.test('record i is due when the integral of the rate reaches i', async (t) => {
  const cases: { rate: Rate; due: [record: number, ms: number][] }[] = [
    {
      rate: { kind: 'constant', perSecond: 1000 },
      due: [
        [0, 0],
        [1, 1],
        [2500, 2500]
      ]
    },
    {
      rate: ramp,
      due: [
        [0, 0],
        [750, 5000],
        [2000, 10_000],
        [2300, 11_000]
      ]
    },
    {
      rate: steps,
      due: [
        [499, 4990],
        [500, 5000],
        [501, 5005],
        [3700, 17_000]
      ]
    },
    {
      rate: spike,
      due: [
        [199, 19_900],
        [200, 20_000],
        [201, 20_002],
        [2200, 24_000],
        [2201, 24_100]
      ]
    },
    {
      rate: stages,
      due: [
        [99, 1980],
        [100, 2000],
        [700, 5000],
        [900, 6000]
      ]
    }
  ]
  for (const { rate, due } of cases) {
    const all = times(scheduleOf(rate), 4000)
    for (const [record, ms] of due) {
      t.ok(Math.abs((all[record] ?? -1) - ms) < 1e-6, `${rate.kind}: record ${record} at ${all[record]} ms`)
    }
  }
})

t.test('no error adds up: after ten million records the time is exact to a microsecond', async (t) => {
  const schedule = scheduleOf({ kind: 'constant', perSecond: 10_000 })
  let due = 0
  for (let record = 0; record <= 10_000_000; record += 1) due = schedule.next()
  t.ok(Math.abs(due - 1_000_000) < 0.001, `${due}`)
})

t.test('a producer that takes over has what is due from then on, and nothing from before', async (t) => {
  for (const rate of [{ kind: 'constant', perSecond: 1000 } as Rate, ramp, steps, spike, stages]) {
    for (const [producers, producer] of [
      [1, 0],
      [3, 0],
      [3, 2]
    ] as const) {
      for (const fromMs of [0, 1000, 3000, 21_000]) {
        const whole = times(scheduleOf(rate, producers, producer), 25_000)
        const later = createSchedule(rate, { producers, producer, seed: 1, fromMs })
        const expected = whole.filter((due) => due >= fromMs - 1e-6).slice(0, 20)
        const what = `${rate.kind}, ${producer} of ${producers} from ${fromMs} ms`
        t.same(later && times(later, 20).map(Math.round), expected.map(Math.round), what)
        const before = whole.filter((due) => due < fromMs - 1e-6).length
        t.equal(recordsDue(rate, { producers, producer }, fromMs), before, what)
      }
    }
  }
})

t.test('arrivals at random go on at random, at the same rate', async (t) => {
  const rate: Rate = { kind: 'constant', perSecond: 1000, arrivals: 'poisson' }
  const schedule = createSchedule(rate, { producers: 2, producer: 1, seed: 1, fromMs: 5000 })
  const due = schedule ? times(schedule, 5000) : []
  t.ok((due[0] ?? 0) >= 5000)
  t.ok(Math.abs((due.at(-1) ?? 0) - 15_000) < 500, `${due.at(-1)}`)
  t.equal(recordsDue(rate, { producers: 2, producer: 1, fromMs: 5000 }, 6000), 500)
})

const perSecond = fc.double({ min: 0.5, max: 5000, noNaN: true })
const seconds = fc.double({ min: 0.01, max: 60, noNaN: true })
const openRates: fc.Arbitrary<Exclude<Rate, { kind: 'closed' }>> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), perSecond }),
  fc.record({ kind: fc.constant('ramp' as const), from: perSecond, to: perSecond, overSeconds: seconds }),
  fc
    .record({ from: perSecond, more: perSecond, levels: fc.integer({ min: 1, max: 20 }), everySeconds: seconds })
    .map(({ from, more, levels, everySeconds }) => {
      return { kind: 'steps' as const, from, to: from + more, by: more / levels, everySeconds }
    }),
  fc.record({
    kind: fc.constant('spike' as const),
    base: perSecond,
    peak: perSecond,
    afterSeconds: seconds,
    forSeconds: seconds
  }),
  fc.record({
    kind: fc.constant('stages' as const),
    stages: fc.array(fc.record({ seconds, perSecond }), { minLength: 1, maxLength: 8 })
  })
)

t.test('as many records are due between two times as the integral says, within one', async () => {
  fc.assert(
    fc.property(openRates, fc.nat(2000), fc.nat(2000), (rate, one, other) => {
      const due = times(scheduleOf(rate), 2001)
      const from = (due[Math.min(one, other)] ?? 0) + 1e-6
      const to = (due[Math.max(one, other)] ?? 0) + 1e-6
      const counted = due.filter((at) => at >= from && at < to).length
      const expected = withinOf(rate, to / 1000) - withinOf(rate, from / 1000)
      if (Math.abs(counted - expected) > 1) throw new Error(`${counted} instead of ${expected}`)
    }),
    { numRuns: 300 }
  )
})

t.test('times never fall, with even and with Poisson arrivals', async () => {
  fc.assert(
    fc.property(openRates, fc.constantFrom('even' as const, 'poisson' as const), (rate, arrivals) => {
      const due = times(scheduleOf({ ...rate, arrivals }, 3, 1), 1000)
      for (const [index, at] of due.entries()) {
        if (!(at >= (due[index - 1] ?? 0))) throw new Error(`${due[index - 1]} then ${at}`)
      }
    }),
    { numRuns: 200 }
  )
})

t.test('producers take the records of an even rate in turn', async () => {
  fc.assert(
    fc.property(openRates, fc.integer({ min: 2, max: 16 }), (rate, producers) => {
      const whole = times(scheduleOf(rate), producers * 50)
      const parts = Array.from({ length: producers }, (_, producer) => times(scheduleOf(rate, producers, producer), 50))
      const inTurn = whole.map((_, record) => parts[record % producers]?.[Math.floor(record / producers)])
      if (whole.join() !== inTurn.join()) throw new Error('other times')
    }),
    { numRuns: 100 }
  )
})

/** Variance by mean of the records in each of many equal intervals: 1 for a Poisson process, 0 for even arrivals. */
function dispersion(due: number[], intervalMs: number): number {
  const end = Math.floor((due.at(-1) ?? 0) / intervalMs)
  const counts = new Array<number>(end).fill(0)
  for (const at of due) {
    const interval = Math.floor(at / intervalMs)
    if (interval < end) counts[interval] = (counts[interval] ?? 0) + 1
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / end
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / end / mean
}

t.test('Poisson arrivals of all producers together bunch as independent ones do, at the rate', async (t) => {
  const rate: Rate = { kind: 'constant', perSecond: 1000, arrivals: 'poisson' }
  const each = Array.from({ length: 4 }, (_, producer) => times(scheduleOf(rate, 4, producer, 7), 50_000))
  const first = each.flatMap((due) => due.slice(0, 1))
  t.equal(new Set(first).size, 4, 'producers differ')
  for (const due of each) t.ok(Math.abs(50_000 / ((due.at(-1) ?? 0) / 1000) - 250) < 2.5, 'a fourth of the rate')
  const whole = each.flat().sort((a, b) => a - b)
  const common = whole.slice(0, 190_000)
  t.ok(Math.abs(190_000 / ((common.at(-1) ?? 0) / 1000) - 1000) < 10, 'the rate')
  const index = dispersion(common, 20)
  t.ok(index > 0.95 && index < 1.05, `index of dispersion ${index}`)
  t.ok(dispersion(times(scheduleOf({ ...rate, arrivals: 'even' }), 50_000), 20) < 0.01, 'unlike even ones')
})

t.test('Poisson arrivals follow the shape of the rate, and repeat with the seed', async (t) => {
  const rate: Rate = { kind: 'ramp', from: 1000, to: 9000, overSeconds: 20, arrivals: 'poisson' }
  const due = times(scheduleOf(rate), 100_000)
  for (const [from, to] of [
    [0, 5],
    [5, 10],
    [15, 20]
  ] as const) {
    const expected = withinOf(rate, to) - withinOf(rate, from)
    const counted = due.filter((at) => at >= from * 1000 && at < to * 1000).length
    t.ok(Math.abs(counted - expected) < 4 * Math.sqrt(expected), `${counted} of ${expected}`)
  }
  t.same(times(scheduleOf(rate, 1, 0, 1), 10), due.slice(0, 10))
  t.not(times(scheduleOf(rate, 1, 0, 2), 1)[0], due[0])
})
