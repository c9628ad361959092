import t from 'tap'
import { judgeThresholds, type Measured, parseThreshold } from '#services/load-test/domain/load/thresholds.ts'
import type { GroupResult } from '#shared/contracts/load-consumption.ts'
import type { Percentile } from '#shared/contracts/load-latency.ts'

const percentile = (of: Percentile['of'], percentile: number, valueMs: number | null): Percentile => ({
  of,
  percentile,
  valueMs,
  lowMs: null,
  highMs: null,
  effectiveSamples: 1000
})
const measured: Measured = {
  acknowledged: 998,
  failed: 2,
  steadyState: { status: 'steady', warmUpSeconds: 5, eventsPerSecond: 40_000 },
  percentiles: [
    percentile('responseTime', 50, 5),
    percentile('responseTime', 99, 20),
    percentile('responseTime', 99.9, null),
    percentile('serviceTime', 99, 10),
    percentile('scheduleLag', 99, 1)
  ]
}
const group = (change: Partial<GroupResult>): GroupResult => ({
  ...{ group: 'g', members: 1, consumed: 1, consumedPerSecond: 1, unconsumed: 0, foreign: 0, lag: 0, drainSeconds: 0 },
  ...{ endToEndMs: null, deliveryMs: null, busy: 0 },
  percentiles: [percentile('endToEnd', 99, 30), percentile('delivery', 99, 10)],
  ...change
})
const two: Measured = {
  ...measured,
  consumers: [group({}), group({ lag: 7, unconsumed: 5, percentiles: [percentile('endToEnd', 99, 60)] })]
}
const transactions = {
  ...{ committed: 7, aborted: 3, indeterminate: 1, uncommitted: 2, commitMs: null, errors: [] },
  ...{ committedRecords: 1, abortedRecords: 1, indeterminateRecords: 1 }
}
const committing: Measured = { ...measured, transactions, percentiles: [percentile('commit', 99, 45)] }
const unconfirmed: Measured = { acknowledged: 0, unconfirmed: 999, failed: 1 }
const unread: Measured = { ...measured, consumers: [group({}), group({ lag: null, percentiles: [] })] }
const empty: Measured = { acknowledged: 0, failed: 0 }

const verdicts: [threshold: string, actual: number | null, passed: boolean, of?: Measured][] = [
  ['p99 < 20ms', 20, false],
  ['p99 <= 20ms', 20, true],
  ['p99 < 20.5 ms', 20, true],
  ['p50>4ms', 5, true],
  ['p99 < 1s', 0.02, true],
  ['  p99   >=   0.02 s ', 0.02, true],
  ['service.p99 < 15ms', 10, true],
  ['p99.9 < 99999ms', null, false],
  ['p99.9 > 0ms', null, false],
  ['p95 < 99999ms', null, false],
  ['errors = 0', 2, false],
  ['errors = 2', 2, true],
  ['errors < 0.3%', 0.2, true],
  ['errors < 0.2%', 0.2, false],
  ['throughput > 39999/s', 40_000, true],
  ['throughput > 40000', 40_000, false],
  ['errors = 0', 0, true, empty],
  ['errors < 1%', null, false, empty],
  ['p99 < 1s', null, false, empty],
  ['throughput >= 0/s', null, false, empty],
  ['errors <= 0.1%', 0.1, true, unconfirmed],
  ['commit.p99 < 46ms', 45, true, committing],
  ['commit.p99 < 45ms', 45, false, committing],
  ['commit.p99 < 1s', null, false],
  ['uncommitted = 0', 2, false, committing],
  ['uncommitted = 0', null, false],
  ['e2e.p99 < 61ms', 60, true, two],
  ['e2e.p99 < 0.06s', 0.06, false, two],
  ['e2e.p50 < 61ms', null, false, two],
  ['lag = 0', 7, false, two],
  ['lag < 8', 7, true, two],
  ['unconsumed <= 5', 5, true, two],
  ['lag < 8', null, false, unread],
  ['e2e.p99 < 61ms', null, false, unread],
  ['lag = 0', null, false, measured]
]
for (const [threshold, actual, passed, of = measured] of verdicts) {
  t.test(`"${threshold}" ${passed ? 'is' : 'is not'} met by ${actual}`, async (t) => {
    t.same(judgeThresholds([threshold], of), [{ threshold, actual, passed }])
  })
}

const others = ['', 'p99', 'p98 < 1ms', 'p99 < 20', 'p99 < ms', 'p99 < -1ms', 'p99 << 1ms', 'p99 == 1ms', 'p99 < 1%']
const more = [
  'errors = 0ms',
  'errors',
  'throughput > 1ms',
  'lag.p99 < 1ms',
  'lag = 0ms',
  'e2e < 1ms',
  'service.e2e.p99 < 1ms',
  'constructor > 0',
  'p99 < 1e3ms',
  'P99 < 1ms'
]
t.test('other texts are no thresholds', async (t) => {
  for (const text of [...others, ...more]) t.equal(parseThreshold(text), undefined, `"${text}"`)
})
