import t from 'tap'
import { judgeTrial } from '#services/load-test/domain/load/judge-trial.ts'
import type { TrialReason } from '#shared/contracts/load-search.ts'
import type { LoadTestResult } from '#shared/contracts/load-test-result.ts'

const plan = { perSecond: 1000, seconds: 6, warmUpSeconds: 1, maxP99Ms: 100 }

interface Case {
  name: string
  result?: Partial<LoadTestResult>
  p99?: number
  /** Medians of the response time, second by second; the last second is the drain. */
  medians?: (number | null)[]
  maxP99Ms?: number
  lag?: number
  busy?: number
  expected: TrialReason | null
}

const level = [50, 10, 10, 10, 10, 10, 10]
const fault = (code: string, count = 1) => ({ acknowledged: 6000 - count, failed: count, errors: [{ code, count }] })

const cases: Case[] = [
  { name: 'everything in time', expected: null },
  { name: 'p99 at the objective', p99: 100, expected: null },
  { name: 'p99 above it', p99: 100.01, expected: 'late' },
  { name: 'one record refused by the cluster', result: fault('NOT_ENOUGH_REPLICAS'), expected: 'errors' },
  { name: 'one record that could not be sent', result: fault('UNSENT'), expected: 'behind' },
  { name: 'records given up at the end', result: fault('CANCELLED', 100), expected: 'behind' },
  { name: 'nothing acknowledged', result: { acknowledged: 0, responseTimeMs: null }, expected: 'behind' },
  { name: 'the last answers within the objective', result: { durationMs: 6100 }, expected: null },
  { name: 'the last answers just in time', result: { durationMs: 6160 }, expected: null },
  { name: 'the last answers after it', result: { durationMs: 6170 }, expected: 'behind' },
  { name: 'a producer without time that keeps up', result: { limitedBy: 'client' }, busy: 0.95, expected: null },
  { name: 'one that does not', result: { limitedBy: 'client' }, busy: 0.95, p99: 500, expected: 'client' },
  { name: 'records taken late', result: { limitedBy: 'client' }, lag: 50.1, p99: 500, expected: 'client' },
  {
    name: 'records taken too little late to matter',
    result: { limitedBy: 'client' },
    lag: 50,
    p99: 500,
    expected: 'late'
  },
  { name: 'a full buffer', result: { limitedBy: 'cluster' }, p99: 500, expected: 'late' },
  { name: 'growth of 25 ms/s', medians: [10, 10, 35, 60, 85, 110, 130], maxP99Ms: 5000, expected: 'growing' },
  { name: 'growth of 15 ms/s', medians: [10, 10, 25, 40, 55, 70, 85], maxP99Ms: 5000, expected: null },
  { name: 'one slow second', medians: [10, 10, 10, 10, 400, 10, 10], maxP99Ms: 5000, expected: null },
  { name: 'a slow warm-up', medians: [900, 10, 10, 10, 10, 10, 10], maxP99Ms: 5000, expected: null },
  { name: 'a slow drain', medians: [10, 10, 10, 10, 10, 10, 900], maxP99Ms: 5000, expected: null },
  { name: 'growth with a silent second', medians: [10, 10, null, 60, 85, 110, 0], maxP99Ms: 5000, expected: 'growing' }
]
for (const { name, result, p99 = 20, medians = level, maxP99Ms = 100, lag = 1, busy = 0.1, expected } of cases) {
  t.test(`a trial with ${name}: ${expected ?? 'passed'}`, async (t) => {
    const times = { p50: 10, p95: 15, p99, max: 600, mean: 11 }
    const seconds = medians.map((responseP50Ms, second) => ({ second, responseP50Ms, busy }))
    const whole = { acknowledged: 6000, failed: 0, durationMs: 6000, responseTimeMs: times, errors: [], ...result }
    const trial = judgeTrial({ limitedBy: 'rate', scheduleLagMs: { ...times, p99: lag }, ...whole }, seconds, {
      ...plan,
      maxP99Ms
    })
    t.equal(trial.reason, expected)
    t.equal(trial.passed, expected === null)
    t.match(trial, { perSecond: 1000, seconds: 6, p99Ms: whole.responseTimeMs?.p99 ?? null })
    t.equal(trial.achievedPerSecond, Math.round((whole.acknowledged / whole.durationMs) * 100_000) / 100)
  })
}
