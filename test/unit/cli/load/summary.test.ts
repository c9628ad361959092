import t from 'tap'
import { printRun, printRuns, printWorkload } from '#cli/print/load.ts'
import type { Rate } from '#shared/contracts/load-rate.ts'
import type { RateSearch } from '#shared/contracts/load-search.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, SteadyState } from '#shared/contracts/load-test-result.ts'
import { isPassed, rateInWords, steadyStateInWords } from '#shared/load-report/run-facts.ts'
import { searchInWords } from '#shared/load-report/search-facts.ts'
import { group, result, run, search, second, verification, workload } from './run.ts'

function printed(print: (output: { print(line: string): void; error(line: string): void }) => void): string {
  const lines: string[] = []
  print({ print: (line) => void lines.push(line), error: (line) => void lines.push(line) })
  return lines.join('\n')
}
const summary = (change: Partial<LoadTestRun> = {}) => printed((output) => printRun(output, run(change), 80))
const withResult = (change: Partial<LoadTestResult>) => summary({ result: { ...result, ...change } })

t.test('a run is summarised within 80 columns', async (t) => {
  t.equal(
    summary(),
    `COMPLETED  20260131T123456-9f3a1c
Workload      steady: Three minutes at a rate that every cluster should sustain
Target rate   5,000/s
Producers     1, acks=all, idempotent, snappy, batches of 16.0 KiB, 5 ms linger
Topic         kops-load-20260131T123456-9f3a1c, deleted with the run
Acknowledged  899,988 records in 3 min
Rate          4,999/s; after 15 s of warm-up, found by rule (MSER-5)
Limited by    the target rate: records were sent when they were due
Errors        12 records: DELIVERY_TIMEOUT 10 (within 60012 ms), UNSENT 2
              (within 31.2 ms); 2 may have been written
Compression   429.2 MiB to 171.7 MiB (40 %)

TIME      PERCENTILE    MS  95 % INTERVAL  SAMPLES  NEEDED
response  p50         3.12  3.10 to 3.20    824911       7
response  p99         12.4  11.9 to 13.1      2310     370
response  p99.9          -  -                 1290    3700  too few samples
response  max          412  -                    -       -
service   p50         2.90  2.80 to 3.00    790000       7
service   p99         10.0  9.10 to 10.4      2500     370
service   max         88.5  -                    -       -

VERDICT  THRESHOLD   MEASURED
passed   p99 < 20ms  12.41
FAILED   errors = 0  12
FAILED   p99.9 < 1s  not known

Report: kops load report 20260131T123456-9f3a1c --format html -o load-test.html`
  )
})

t.test('a search is summarised by its interval and its trials', async (t) => {
  const rate = { kind: 'search', objective: { maxP99Ms: 50 } } as const
  const text = summary({ workload: { ...workload, rate }, result: { ...result, limitedBy: 'cluster', search } })
  t.match(text, 'Target rate   search for the highest with p99 <= 50 ms')
  t.match(text, 'Sustained     37,200/s passes, 38,800/s fails\nSoak          33,480/s for 60 s: passed, p99 24.0 ms\n')
  t.notMatch(text, 'Limited by')
  t.match(
    text,
    `
TRIAL  RATE/S  ACHIEVED/S  P99 MS  VERDICT
1      37,200  37,198        31.2  passed
2      38,800  35,021         813  failed (behind)
soak   33,480  33,479        24.0  passed
`
  )
})

const answers: [RateSearch['endedBecause'], Partial<RateSearch>, RegExp, passed: boolean][] = [
  ['found', {}, /37,200\/s passes, 38,800\/s fails$/, true],
  ['maximumPassed', { lowestFail: null }, /37,200\/s passes; it is the highest/, true],
  ['clientLimit', { lowestFail: null }, /passes; beyond it the client was the limit/, false],
  ['minimumFailed', { highestPass: null, lowestFail: 1 }, /^no rate passed, 1\/s fails; there is no/, false],
  ['soakFailed', {}, /fails; but 90 % of it did not hold/, false],
  ['outOfBounds', { highestPass: 12.34 }, /^12\.3\/s passes, .* used up$/, false],
  ['interrupted', { highestPass: null, lowestFail: null }, /^no rate passed; so far/, false]
]
for (const [endedBecause, change, words, passed] of answers) {
  t.test(`a search that ended because ${endedBecause} ${passed ? 'passed' : 'did not pass'}`, async (t) => {
    const ended = { ...search, ...change, endedBecause }
    t.match(searchInWords(ended), words)
    t.equal(isPassed({ status: 'completed', result: { ...result, thresholds: [], search: ended } }), passed)
  })
}

t.test('a limit of the client is said as what it is', async (t) => {
  t.match(withResult({ limitedBy: 'client' }), "the client was the limit: no figure here is the cluster's")
  t.match(withResult({ limitedBy: 'cluster' }), /Limited by +the cluster/)
  t.match(withResult({ limitedBy: 'unknown' }), /Limited by +not known/)
})

t.test('a short run says why it has no intervals', async (t) => {
  const percentiles = (result.percentiles ?? []).map((each) => ({ ...each, lowMs: null, highMs: null }))
  t.match(withResult({ percentiles }), 'An interval needs 30 seconds after the warm-up.')
  t.notMatch(summary(), 'An interval needs')
})

t.test('a run of an earlier version, and one without a result, are shown as far as they are known', async (t) => {
  const { percentiles, steadyState, limitedBy, responseTimeMs, serviceTimeMs, scheduleLagMs, thresholds, ...old } =
    result
  const { workload: _, ...rest } = run()
  const earlier = printed((output) => printRun(output, { ...rest, result: old }, 80))
  t.match(earlier, /^Rate +5,000\/s\nErrors/m)
  t.notMatch(earlier, /PERCENTILE|THRESHOLD|Limited/)
  t.match(
    summary({ status: 'aborted', result: null, progress: null, failure: 'died\u001b' }),
    'Failure       died\\u001b'
  )
  const running = summary({
    status: 'running',
    result: null,
    progress: { acknowledged: 1, failed: 0, second: second(11) }
  })
  t.match(running, /^RUNNING[\s\S]*\n {2}12 s {2}4,998\/s of 5,000\/s/)
})

t.test('what became of records that were read back is said with its faults', async (t) => {
  t.match(withResult({ verification }), /^Read back +clean: 899,988 records found, 0 acknowledged ones lost$/m)
  const faulty = { ...verification, verdict: 'faulty', ackedLost: 2 } as const
  const said = withResult({ verification: { ...faulty, faults: ['2 lost'], unread: ['orders-1'] } })
  t.match(
    said.replaceAll(/\s+/g, ' '),
    'Read back faulty: 899,988 records found, 2 acknowledged ones lost; 2 lost; orders-1 '
  )
  t.notMatch(said, /^Places/m)
  const placed = (count: number) => {
    const evidence = Array.from({ length: count }, (_, nth) => `lost: at 1@${nth}`)
    return withResult({ verification: { ...faulty, evidence } }).replaceAll(/\s+/g, ' ')
  }
  t.match(placed(2), 'Places lost: at 1@0; lost: at 1@1')
  t.match(placed(20), /Places the first 10: lost: at 1@0; .*1@9 /)
  t.notMatch(placed(20), '1@10')
})

t.test('nothing acknowledged, and nothing failed', async (t) => {
  t.match(withResult({ failed: 0, errors: [] }), /^Errors +none$/m)
  const none = { acknowledged: 0, compressionRatio: null, compressedBytes: null }
  t.match(withResult(none), /^Acknowledged +0 records[\s\S]*^Compression +not known$/m)
})

const constant = { kind: 'constant', perSecond: 0.5 } as const
const rates: [rate: Rate, words: string][] = [
  [{ kind: 'closed' }, 'closed: as fast as the cluster acknowledges'],
  [constant, '0.5/s'],
  [{ ...constant, arrivals: 'poisson' }, '0.5/s, arriving at random (Poisson)'],
  [{ kind: 'ramp', from: 10, to: 1e6, overSeconds: 300 }, 'from 10/s to 1,000,000/s within 5 min'],
  [{ kind: 'steps', from: 10, to: 50, by: 10, everySeconds: 30 }, 'from 10/s to 50/s, by 10 every 30 s'],
  [{ kind: 'spike', base: 10, peak: 50, afterSeconds: 9, forSeconds: 5 }, '10/s, and 50/s after 9 s for 5 s'],
  [{ kind: 'stages', stages: [10, 70, 20].map((perSecond) => ({ seconds: 1, perSecond })) }, '3 stages of up to 70/s']
]
for (const [rate, words] of rates) {
  t.test(`a rate of kind ${rate.kind} reads "${words}"`, async (t) => t.equal(rateInWords(rate), words))
}

const states: [status: SteadyState['status'], warmUpSeconds: number, words: RegExp][] = [
  ['steady', 15, /after 15 s of warm-up, found by rule/],
  ['steady', 0, /from the start/],
  ['given', 20, /after the 20 s of warm-up that the workload leaves out/],
  ['noSteadyState', 0, /no steady state/],
  ['tooShort', 0, /too short/],
  ['shaped', 0, /the target changes/]
]
for (const [status, warmUpSeconds, words] of states) {
  t.test(`the rule ${status} with ${warmUpSeconds} s reads ${words}`, async (t) => {
    t.match(steadyStateInWords({ status, warmUpSeconds, eventsPerSecond: 1 }), words)
  })
}

t.test('only a run that completed and met all its thresholds is passed', async (t) => {
  const thresholds = result.thresholds?.map((each) => ({ ...each, passed: true })) ?? []
  t.equal(isPassed(run({ result: { ...result, thresholds } })), true)
  t.equal(isPassed(run({ result: { ...result, thresholds: [] } })), true)
  t.equal(isPassed(run()), false)
  const whole = { ...result, thresholds }
  t.equal(isPassed(run({ result: { ...whole, verification } })), true)
  t.equal(isPassed(run({ result: { ...whole, verification: { ...verification, verdict: 'incomplete' } } })), false)
  t.equal(isPassed(run({ status: 'aborted', result: { ...result, thresholds } })), false)
})

t.test('runs are listed with their rate and p99, within 80 columns', async (t) => {
  const { workload: _, ...older } = run({ topic: 'log-events', status: 'aborted', result: null, progress: null })
  t.equal(
    printed((output) => printRuns(output, [run(), older])),
    `ID                      WORKLOAD  STATUS     TOPIC        RECORDS  RATE/S  P99 MS
20260131T123456-9f3a1c  steady    completed  (temporary)   899988    4999    12.4
20260131T123456-9f3a1c  -         aborted    log-events         ?       -       -`
  )
  t.equal(
    printed((output) => printRuns(output, [])),
    'There are no load tests.'
  )
})

t.test('a ready workload is shown with what it does and what for', async (t) => {
  const lines = (comment: string) => printed((output) => printWorkload(output, { name: 'mine', workload, comment }, 40))
  t.equal(
    lines('How far does it rise, and how long does that take?'),
    `mine
  Three minutes at a rate that every
  cluster should sustain
  How far does it rise, and how long
  does that take?`
  )
  t.equal(lines('').split('\n').length, 3)
})

t.test('a run with consumers says what became of the records in each group', async (t) => {
  const one = summary({
    workload: { ...workload, consumers: [{ members: 2, processingMs: 5, startAfter: { seconds: 60, records: 5000 } }] },
    result: { ...result, consumers: [group()] }
  })
  t.match(one, 'Consumers     a temporary group of 2 members, 5 ms a record, from 60 s or 5,000')
  t.match(
    one.replaceAll(/\n +/g, ' '),
    'Group         899,988 consumed at 5,001/s; lag 0; done 0.31 s after the last record; kops-load-x-1, 2 members'
  )
  t.match(one, /^e2e +p50 +4.12 +4.10 to 4.20 +824911/m)
  t.match(one, /^e2e +max +51[23] /m)
  t.match(one, /^delivery +p50 +3.90/m)
  const backlog = {
    ...{ records: 2068, startedAfterSeconds: 60, drainSeconds: 0.3 },
    ...{ drainedPerSecond: 7227.49, producedPerSecond: 355.94 }
  }
  const late = group({ unconsumed: 297, lag: 1297, drainSeconds: null, foreign: 3, busy: 0.95, backlog })
  const silent = group({ consumed: 0, consumedPerSecond: null, lag: null, backlog: { ...backlog, drainSeconds: null } })
  const two = withResult({ consumers: [late, silent] }).replaceAll(/\n +/g, ' ')
  t.match(
    two,
    'Group 1       297 NOT CONSUMED; 899,988 consumed at 5,001/s; lag 1,297; a backlog of 2,068 drained in 0.3 s'
  )
  t.match(two, 'at 7,227/s beside 356/s produced; 3 of others; its thread was the limit; kops-load-x-1')
  t.match(two, 'Group 2       0 consumed; lag not known;')
  t.match(two, 'a backlog of 2,068 not drained at')
  t.match(two, /^e2e 2 +p50/m)
})

t.test('transactions are summarised with their commits, and what was not committed on purpose', async (t) => {
  const transactions = {
    ...{ committed: 1200, aborted: 130, indeterminate: 1, uncommitted: 2 },
    ...{ committedRecords: 600_000, abortedRecords: 65_000, indeterminateRecords: 500 },
    commitMs: { min: 3, p50: 7.5, p95: 20, p99: 31.2, p999: 40, max: 44.4, mean: 9 },
    errors: [
      { code: 'MESSAGE_TOO_LARGE', count: 1 },
      { code: 'NETWORK_EXCEPTION', count: 1 }
    ]
  }
  const commit = { of: 'commit', percentile: 99, valueMs: 31.2, lowMs: null, highMs: null } as const
  const shown = printed((output) =>
    printRun(
      output,
      run({
        workload: { ...workload, transactions: { records: 500, durationMs: 3000, abortShare: 0.1 } },
        result: { ...result, transactions, percentiles: [{ ...commit, effectiveSamples: 400, neededSamples: 370 }] }
      }),
      300
    )
  )
  t.match(shown, 'Transactions  of at most 500 records or 3,000 ms, 10 % aborted')
  t.match(
    shown,
    '1,200 committed (600,000 records), 130 aborted (65,000), 1 without an answer (500, all or none of each'
  )
  t.match(shown, '; 2 not on purpose: MESSAGE_TOO_LARGE 1, NETWORK_EXCEPTION 1')
  t.match(shown, 'p50 7.50 ms, p99 31.2 ms; response times end with the acknowledgement, before it')
  t.match(shown, /commit +p99 +31\.2/)
  t.match(shown, /commit +max +44\.4/)
})

t.test('records that nobody confirmed are not called acknowledged, nor lost', async (t) => {
  const counts = { acknowledged: 0, unconfirmed: 20_000, unconfirmedPresent: 19_990 }
  const shown = printed((output) =>
    printRun(
      output,
      run({
        result: { ...result, acknowledged: 0, unconfirmed: 20_000, verification: { ...verification, ...counts } }
      }),
      400
    )
  )
  t.notMatch(shown, /^Acknowledged/m)
  t.match(shown, '20,000 records handed to the network in 3 min; acks=none: no broker says whether they were written')
  t.match(shown, '10 of 20,000 unconfirmed ones missing: nobody said that they were written')
  t.notMatch(shown, /[1-9]\d* acknowledged ones lost/)
})
