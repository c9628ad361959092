import fc from 'fast-check'
import t from 'tap'
import type { SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { judgeRun } from '#services/load-test/domain/load/judge-run.ts'
import { createLatencies, mergedCounts } from '#services/load-test/domain/load/latencies.ts'
import { createMeasurement } from '#services/load-test/domain/load/measurement.ts'
import { createSecondRecorder } from '#services/load-test/domain/load/second-recorder.ts'
import { joinReports } from '#services/load-test/domain/load/seconds.ts'
import type { Rate } from '#shared/contracts/load-rate.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { workload } from '../../fakes.ts'

function counts(latencies: number[]) {
  const all = createLatencies()
  for (const each of latencies) all.record(each)
  return all.take()
}

function report(change: Partial<SecondReport> = {}): SecondReport {
  return {
    producer: 0,
    second: 0,
    due: 0,
    sent: 0,
    acknowledged: 0,
    unconfirmed: 0,
    failed: 0,
    indeterminate: 0,
    errors: {},
    response: counts([]),
    service: counts([]),
    scheduleLag: counts([]),
    batchTimes: [],
    uncompressedBytes: 0,
    compressedBytes: 0,
    busy: 0,
    blocked: 0,
    ...change
  }
}

/** From a twentieth of a millisecond to ten minutes, as many of each size as of any other. */
const latency = fc.double({ min: -3, max: 13.3, noNaN: true }).map(Math.exp)

t.test('min <= p50 <= p95 <= p99 <= p99.9 <= max, however latencies are spread over threads', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(latency, { maxLength: 60 }), { minLength: 1, maxLength: 5 }), (parts) => {
      const latencies = createLatencies()
      latencies.add(mergedCounts(parts.map(counts)))
      const summary = latencies.summary()
      const all = parts.flat()
      if (all.length === 0) return summary === null
      if (!summary) return false
      const { min = -1, p50, p95, p99, p999 = -1, max, mean } = summary
      const ordered = [min, p50, p95, p99, p999, max]
      const exact = [Math.min(...all), Math.max(...all), all.reduce((sum, each) => sum + each, 0) / all.length]
      const close = [min, max, mean].every((value, nth) => Math.abs(value - (exact[nth] ?? 0)) <= 0.0051)
      return ordered.join() === ordered.toSorted((a, b) => a - b).join() && mean >= min && mean <= max && close
    }),
    { seed: 8, numRuns: 500 }
  )
  t.pass()
})

t.test(
  'every record is acknowledged or failed, by its code, whichever producer and second it belongs to',
  async (t) => {
    const part = fc.record({
      producer: fc.nat(2),
      second: fc.nat(5),
      acknowledged: fc.nat(500),
      failures: fc.array(fc.tuple(fc.constantFrom('UNSENT', 'DELIVERY_TIMEOUT'), fc.integer({ min: 1, max: 50 })), {
        maxLength: 3
      })
    })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const measurement = createMeasurement(workload({ producers: 3 }), 1)
        let [acknowledged, failed] = [0, 0]
        for (const each of parts) {
          const errors: SecondReport['errors'] = {}
          for (const [code, count] of each.failures) {
            errors[code] = { count: (errors[code]?.count ?? 0) + count, longestMs: count }
          }
          const failures = each.failures.reduce((sum, [, count]) => sum + count, 0)
          measurement.add(report({ ...each, failed: failures, errors }))
          acknowledged += each.acknowledged
          failed += failures
          measurement.progress()
        }
        const result = measurement.result(1000)
        const coded = result.errors.reduce((sum, { count }) => sum + count, 0)
        const seconds = measurement.seconds()
        const inOrder = seconds.every(({ second }, nth) => second === nth)
        return result.acknowledged === acknowledged && result.failed === failed && coded === failed && inOrder
      }),
      { seed: 8, numRuns: 300 }
    )
    t.pass()
  }
)

t.test('progress shows the last second that every producer has reported', async (t) => {
  const rate: Rate = { kind: 'constant', perSecond: 20 }
  const measurement = createMeasurement(workload({ rate, durationSeconds: 5, producers: 2 }), 1)
  t.same(measurement.progress(), { acknowledged: 0, failed: 0 })
  measurement.add(report({ sent: 10, acknowledged: 9, response: counts([1, 2, 3]) }))
  t.equal(measurement.progress().second, undefined)
  measurement.add(report({ producer: 1, sent: 10, acknowledged: 10, response: counts([4]), busy: 0.5 }))
  t.match(measurement.progress(), {
    acknowledged: 19,
    second: { second: 0, targetPerSecond: 20, sent: 20, acknowledged: 19, busy: 0.5, serviceP50Ms: null }
  })
  t.equal(Math.round(measurement.progress().second?.responseP99Ms ?? 0), 4)
})

t.test('the spectrum of latencies rises from the shortest to the longest, evenly over 1 / (1 - q)', async (t) => {
  const latencies = createLatencies()
  for (let each = 1; each <= 10_000; each += 1) latencies.record(each)
  const spectrum = latencies.spectrum()
  t.equal(spectrum.length, 4 * 20 + 1, 'twenty points for each power of ten')
  t.same(spectrum[0], { percentile: 0, valueMs: 1 })
  t.match(spectrum[20], { percentile: 90 })
  t.ok(Math.abs((spectrum[20]?.valueMs ?? 0) - 9000) <= 9)
  t.ok(Math.abs((spectrum[60]?.percentile ?? 0) - 99.9) < 1e-9)
  t.match(spectrum.at(-1), { valueMs: 10_000 })
  const values = spectrum.map(({ valueMs }) => valueMs)
  t.same(
    values,
    values.toSorted((a, b) => a - b)
  )
  t.same(createLatencies().spectrum(), [])
  const one = createLatencies()
  one.record(7)
  t.same(one.spectrum(), [{ percentile: 0, valueMs: 7 }])
})

/** So many seconds of 100 records each, as `change` has them. */
function seconds(length: number, change: (second: number) => Partial<SecondReport>) {
  const random = createRandom(1)
  return Array.from({ length }, (_, second) => {
    const latencies = Array.from({ length: 100 }, () => 5 + random())
    return joinReports([
      report({ second, sent: 100, acknowledged: 100, response: counts(latencies), ...change(second) })
    ])
  })
}

const closed = { rate: { kind: 'closed' }, warmUpSeconds: null } as const

t.test('a slow start is left out of rate and percentiles', async (t) => {
  const slow = Array.from({ length: 100 }, () => 200)
  const run = seconds(121, (second) => (second < 20 ? { acknowledged: 10, response: counts(slow) } : {}))
  const { steadyState, percentiles } = judgeRun(run, closed, 1)
  t.match(steadyState, { status: 'steady', warmUpSeconds: 20, eventsPerSecond: 100 })
  const p99 = percentiles.find(({ percentile }) => percentile === 99)
  t.match(p99, { of: 'responseTime', effectiveSamples: Number, valueMs: Number, lowMs: Number, highMs: Number })
  t.ok((p99?.valueMs ?? 0) < 7)
  t.ok((p99?.lowMs ?? 9) <= (p99?.valueMs ?? 0) && (p99?.highMs ?? 0) >= (p99?.valueMs ?? 9))
  t.same(judgeRun(run, closed, 1).percentiles, percentiles, 'the same run is judged the same way')
})

t.test('a percentile that rests on too few samples is not shown', async (t) => {
  const { percentiles } = judgeRun(
    seconds(3, () => ({})),
    closed,
    1
  )
  const of = (percent: number) => percentiles.find(({ percentile }) => percentile === percent)
  t.match(of(50), { valueMs: Number, lowMs: null })
  t.match(of(99), { valueMs: null, neededSamples: 370 })
  t.match(of(99.9), { valueMs: null, neededSamples: 3700 })
})

t.test('a warm-up that the workload gives is taken as it is', async (t) => {
  const run = seconds(10, (second) => ({ acknowledged: second < 2 ? 0 : 100 }))
  t.match(judgeRun(run, { ...closed, warmUpSeconds: 2 }, 1).steadyState, {
    status: 'given',
    warmUpSeconds: 2,
    eventsPerSecond: 100
  })
  t.match(judgeRun(run, closed, 1).steadyState, { status: 'tooShort', warmUpSeconds: 0 })
  const ramp = { kind: 'ramp', from: 1, to: 100, overSeconds: 10 } as const
  t.match(judgeRun(run, { ...closed, rate: ramp }, 1).steadyState, { status: 'shaped', warmUpSeconds: 0 })
})

t.test('a run that drifts to its end has no steady state', async (t) => {
  const run = seconds(181, (second) => ({ acknowledged: 100 + second * 5 }))
  t.match(judgeRun(run, closed, 1).steadyState, { status: 'noSteadyState', warmUpSeconds: 0 })
})

const constant = { kind: 'constant', perSecond: 100 } as const
const limits: [string, Rate, Partial<SecondReport>, string][] = [
  ['a producer that is always at work', { kind: 'closed' }, { busy: 0.97 }, 'client'],
  ['one that is at work and waits, too', { kind: 'closed' }, { busy: 0.97, blocked: 0.5 }, 'client'],
  ['a full buffer', { kind: 'closed' }, { busy: 0.4, blocked: 0.5 }, 'cluster'],
  ['neither', { kind: 'closed' }, { busy: 0.4 }, 'unknown'],
  ['records sent when they were due', constant, { busy: 0.4, scheduleLag: counts([1, 2]) }, 'rate'],
  ['records sent late without a full buffer', constant, { busy: 0.4, scheduleLag: counts([300]) }, 'client'],
  ['records sent late because of a full buffer', constant, { blocked: 0.6, scheduleLag: counts([300]) }, 'cluster']
]
for (const [name, rate, change, expected] of limits) {
  t.test(`the limit of a run: ${name}`, async (t) => {
    t.equal(
      judgeRun(
        seconds(10, () => change),
        { rate, warmUpSeconds: null },
        1
      ).limitedBy,
      expected
    )
  })
}

t.test('a run of less than a second has no limit to speak of', async (t) => {
  t.equal(
    judgeRun(
      seconds(1, () => ({ busy: 1 })),
      closed,
      1
    ).limitedBy,
    'unknown'
  )
})

t.test('the cost of a record is the time at work of all producers together, over what they sent', async (t) => {
  const both = [report({ sent: 1000, busy: 0.2 }), report({ producer: 1, sent: 3000, busy: 0.6 })]
  const last = report({ second: 1, sent: 1, busy: 1 })
  t.equal(judgeRun([joinReports(both), joinReports([last])], closed, 1).clientMicrosPerRecord, 200)
  t.equal(judgeRun([joinReports([last])], closed, 1).clientMicrosPerRecord, null, 'no second is whole')
})

t.test('a producer that did not get its turn for seconds reports each of them', async (t) => {
  const reports: SecondReport[] = []
  const recorder = createSecondRecorder({
    producer: 0,
    startedAt: 0,
    onSecond: (each) => reports.push(each),
    busyMs: () => 0
  })
  recorder.sent(0)
  recorder.roll(3500)
  recorder.sent(0)
  recorder.end(3600)
  t.same(
    reports.map(({ second, sent }) => [second, sent]),
    [
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 1]
    ]
  )
  const measurement = createMeasurement(workload(), 1)
  for (const each of reports) measurement.add(each)
  t.equal(measurement.seconds().length, 4, 'so that the run has no end before its end')
})
