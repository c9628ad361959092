import t from 'tap'
import Value from 'typebox/value'
import { controlFacts, controlInWords, createWitness } from '#cli/load/control.ts'
import { LoadControlSchema } from '#shared/contracts/load-control.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'

const startedAt = 1_700_000_000_000
const perSecond = 100

const success = (nth: number, timestamp: number) =>
  JSON.stringify({ timestamp, name: 'producer_send_success', key: null, value: String(nth), partition: 0, offset: nth })
const failure = (timestamp: number, message = 'Expiring 1 record(s)') =>
  JSON.stringify({
    timestamp,
    name: 'producer_send_error',
    exception: 'class org.apache.kafka.common.errors.TimeoutException',
    message,
    value: '7'
  })

/** 20 s at 100/s, which begin 1.5 s after the run; what is due between two times is answered at the second one. */
function java({ from = 0, to = 0, failsAt }: { from?: number; to?: number; failsAt?: number } = {}): string[] {
  const lines = Array.from({ length: 2000 }, (_, nth) => {
    const due = 1500 + nth * 10
    return success(nth, startedAt + (due >= from && due < to ? to : due) + 5)
  })
  return failsAt === undefined ? lines : [...lines, failure(startedAt + failsAt)]
}

/** 20 seconds of a run; the given ones answered late. */
function kops(late: Record<number, number> = {}): LoadTestSecond[] {
  return Array.from({ length: 20 }, (_, second) => ({
    ...{ second, targetPerSecond: 100, sent: 100, acknowledged: 100, failed: 0, busy: 0, blocked: 0 },
    ...{ responseP50Ms: 2, responseP99Ms: late[second] ?? 5, serviceP50Ms: 2, serviceP99Ms: 5, scheduleLagP99Ms: 0 }
  }))
}

function judged(lines: string[], seconds: LoadTestSecond[]) {
  const witness = createWitness(perSecond)
  for (const line of lines) witness.add(line)
  return witness.judge(startedAt, seconds)
}

const cases = [
  { what: 'nothing happened', lines: java(), seconds: kops(), saw: 'nothing', words: /^neither/ },
  {
    what: 'both were late at the same time',
    lines: java({ from: 8000, to: 10_200 }),
    seconds: kops({ 10: 2100 }),
    saw: 'both',
    words: /^both saw the cluster stall: the load test in seconds 8, 9, 10, Java’s producer in seconds 8, 9, 10$/
  },
  {
    what: 'only the load test was late',
    lines: java(),
    seconds: kops({ 10: 2100 }),
    saw: 'kops',
    words: /not at the cl/
  },
  {
    what: 'only Java was late',
    lines: java({ from: 8000, to: 10_200 }),
    seconds: kops(),
    saw: 'java',
    words: /^Java/
  },
  {
    what: 'both were late while Java started',
    lines: java({ from: 0, to: 6000 }),
    seconds: kops({ 2: 2000 }),
    saw: 'nothing',
    words: /^neither/
  },
  {
    what: 'each was late at another time',
    lines: java({ from: 4000, to: 6200 }),
    seconds: kops({ 17: 1500 }),
    saw: 'kops',
    words: /^the load test stalled in seconds 16, 17, when/
  },
  {
    what: 'a record of Java failed when kops was late',
    lines: java({ failsAt: 11_000 }),
    seconds: kops({ 10: 2100 }),
    saw: 'both',
    words: /^both/
  },
  {
    what: 'less than a second is no stall',
    lines: java({ from: 8000, to: 8900 }),
    seconds: kops({ 10: 999 }),
    saw: 'nothing',
    words: /^neither/
  }
] as const
for (const { what, lines, seconds, saw, words } of cases) {
  t.test(`${what}: ${saw}`, async (t) => {
    const control = judged(lines, seconds)
    t.equal(control.saw, saw)
    t.match(controlInWords(control), words)
    t.equal(Value.Check(LoadControlSchema, control), true)
  })
}

t.test('records, errors, rate and delays are counted from what VerifiableProducer prints', async (t) => {
  const noise = ['', 'SLF4J: no providers', '{broken', '{"name":1}', '{"timestamp":1,"name":"startup_complete"}']
  noise.push(failure(startedAt + 21_000, 'Producer closed while send in progress'))
  const control = judged([...noise, ...java({ from: 8000, to: 10_200, failsAt: 9000 })], kops())
  t.match(control, { acknowledged: 2000, failed: 1, errors: [{ code: 'TimeoutException', count: 1 }] })
  t.ok(Math.abs((control.acknowledgedPerSecond ?? 0) - 100) < 0.1)
  t.same(control.delayMs, { p50: 0, p99: 2000, max: 2200 })
  t.match(controlFacts(control), [
    ['Java', '2000 records acknowledged, 1 failed: TimeoutException 1, p99 2000 ms, max 2200 ms'],
    ['Compared', /^Java/]
  ])
})

t.test('a witness that saw nothing acknowledged has no rate and no delays', async (t) => {
  t.match(judged([], kops()), { acknowledged: 0, acknowledgedPerSecond: null, delayMs: null, saw: 'unknown' })
  t.equal(judged([], kops({ 10: 2100 })).saw, 'unknown', 'the load test alone blames nobody')
})
