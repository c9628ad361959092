import t from 'tap'
import type { SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { createSecondRecorder } from '#services/load-test/domain/load/second-recorder.ts'
import { send } from '#services/load-test/domain/load/send.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'

interface Cluster {
  /** Milliseconds until a record that is sent at a time is acknowledged. */
  answersAfterMs(sentMs: number): number
  /** Records without an answer that the producer takes. */
  room?: number
}

/** Sends records, each a batch of its own, and returns the seconds that were measured. */
async function measure(
  { answersAfterMs, room = Number.POSITIVE_INFINITY }: Cluster,
  { perSecond, records = Number.POSITIVE_INFINITY, durationMs = Number.POSITIVE_INFINITY, cancelAtMs = 0 }: Plan
) {
  const { clock, drive } = simulatedClock()
  const seconds: SecondReport[] = []
  const onSecond = (report: SecondReport) => seconds.push(report)
  const recorder = createSecondRecorder({ producer: 0, startedAt: 0, onSecond, busyMs: () => 0 })
  const record = { index: 0, partition: 0, key: null, value: Buffer.from('v'), headers: null }
  const cancel = new AbortController()
  let unanswered = 0
  let waiting: (() => void)[] = []
  const answers: Promise<void>[] = []
  const producer = {
    append({ tag = 0 }: { tag?: number }) {
      unanswered += 1
      const sentAt = clock.monotonicMs()
      answers.push(
        clock.sleep(answersAfterMs(sentAt)).then(() => {
          unanswered -= 1
          recorder.outcome(outcome({ sentAt, endedAt: clock.monotonicMs(), tags: [tag] }))
          for (const wake of waiting) wake()
          waiting = []
        })
      )
      return unanswered < room
    },
    drained: () => (unanswered < room ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
    flush: async () => void (await Promise.all(answers))
  }
  if (cancelAtMs > 0) void clock.sleep(cancelAtMs).then(() => cancel.abort(new Error('enough')))
  let next = 0
  const schedule = perSecond === undefined ? undefined : { next: () => (next++ * 1000) / perSecond }
  const source = { next: () => record, describe: () => ({ meanBytes: 1, pool: 1 }) }
  const common = { producer, source, schedule, records, durationMs, recorder, clock, startedAt: 0 }
  const error = await drive(send({ ...common, signal: cancel.signal })).catch((cause: unknown) => cause)
  recorder.end(clock.monotonicMs())
  const sum = (key: 'due' | 'sent' | 'acknowledged' | 'failed') => seconds.reduce((all, each) => all + each[key], 0)
  const longest = (key: 'response' | 'service' | 'scheduleLag') => Math.max(...seconds.map((each) => each[key].max))
  return { seconds, error, sum, longest, endedAt: clock.monotonicMs() }
}

interface Plan {
  perSecond?: number
  records?: number
  durationMs?: number
  cancelAtMs?: number
}

function outcome(change: Partial<BatchOutcome>): BatchOutcome {
  const common = {
    partition: 0,
    records: 1,
    firstRecord: 0,
    baseOffset: 0,
    code: undefined,
    attempts: 1,
    broker: 1,
    errorAt: null
  } as const
  return {
    ...common,
    status: 'acknowledged',
    tags: [],
    sentAt: 0,
    endedAt: 0,
    uncompressedBytes: 100,
    compressedBytes: 40,
    ...change
  }
}

t.test('records go when they are due, and each has its response time', async (t) => {
  const { seconds, sum, longest } = await measure({ answersAfterMs: () => 5 }, { perSecond: 100, durationMs: 3000 })
  t.equal(sum('sent'), 300)
  t.equal(sum('acknowledged'), 300)
  t.same(
    seconds.slice(0, 3).map(({ due }) => due),
    [100, 100, 100]
  )
  t.ok(longest('scheduleLag') <= 1)
  t.ok(Math.abs(longest('response') - 5) <= 1.01)
})

t.test('a cluster that stops for two seconds shows in response times, and hardly in service times', async (t) => {
  const stall = (sentMs: number) => (sentMs >= 1000 && sentMs < 3000 ? 3000 - sentMs : 5)
  const { seconds, longest, sum } = await measure(
    { answersAfterMs: stall, room: 10 },
    { perSecond: 100, durationMs: 6000 }
  )
  const slow = seconds.reduce((all, { response }) => all + countAbove(response, 500), 0)
  const slowService = seconds.reduce((all, { service }) => all + countAbove(service, 500), 0)
  t.ok(longest('response') > 1900)
  t.ok(slow > 100, `${slow} records waited, though only ${slowService} were on their way`)
  t.ok(slowService <= 10)
  t.ok(longest('scheduleLag') > 1800, 'what the producer could not take was late')
  t.equal(sum('sent'), 600)
  t.ok(seconds.some(({ blocked }) => blocked > 0.9))
})

t.test('what was due and could not be sent by the end is reported at the time that had passed', async (t) => {
  const { seconds, sum, longest } = await measure(
    { answersAfterMs: () => 400, room: 2 },
    { perSecond: 100, durationMs: 1000 }
  )
  t.equal(sum('due'), 100)
  t.equal(sum('sent') + sum('failed'), 100)
  const unsent = seconds.reduce((all, { errors }) => all + (errors['UNSENT']?.count ?? 0), 0)
  t.equal(unsent, sum('failed'))
  t.ok(unsent > 80)
  t.ok(longest('response') > 900)
})

t.test('the closed rate sends what the cluster takes', async (t) => {
  const { sum, longest, endedAt } = await measure({ answersAfterMs: () => 10, room: 5 }, { records: 1000 })
  t.equal(sum('acknowledged'), 1000)
  t.equal(longest('scheduleLag'), 0, 'nothing is due at any time')
  t.ok(Math.abs(endedAt - 2000) < 50, `${endedAt}`)
  const timed = await measure({ answersAfterMs: () => 10, room: 5 }, { durationMs: 1000 })
  t.ok(Math.abs(timed.sum('acknowledged') - 500) <= 10)
})

t.test('an abort ends the wait for room, for a record that is due later, and for answers', async (t) => {
  for (const plan of [{ perSecond: 100 }, { perSecond: 0.1 }, {}, { records: 3 }]) {
    const stuck = { answersAfterMs: () => 1e6, room: 5 }
    const { error, endedAt } = await measure(stuck, { ...plan, durationMs: 1e6, cancelAtMs: 1500 })
    t.match(error, { message: 'enough' }, JSON.stringify(plan))
    t.ok(endedAt < 2000, `${endedAt}`)
  }
})

t.test(
  'failures are counted by code at the time that had passed, and unknown outcomes stay in the response times',
  async (t) => {
    const seconds: SecondReport[] = []
    const recorder = createSecondRecorder({
      producer: 2,
      startedAt: 1000,
      onSecond: (each) => seconds.push(each),
      busyMs: () => 0
    })
    const lost = {
      status: 'indeterminate',
      records: 2,
      tags: [100, 200],
      endedAt: 1700,
      code: 'NETWORK_EXCEPTION'
    } as const
    recorder.outcome(outcome(lost))
    recorder.outcome(outcome({ status: 'failed', tags: [400], endedAt: 1500, code: 'NOT_ENOUGH_REPLICAS' }))
    recorder.end(800)
    t.match(seconds, [
      {
        producer: 2,
        acknowledged: 0,
        failed: 3,
        indeterminate: 2,
        errors: { NETWORK_EXCEPTION: { count: 2, longestMs: 600 }, NOT_ENOUGH_REPLICAS: { count: 1, longestMs: 100 } },
        response: { min: 500, max: 600 },
        batchTimes: []
      }
    ])
  }
)

function countAbove({ values, counts }: SecondReport['response'], ms: number): number {
  return values.reduce((sum, value, nth) => sum + (value > ms ? (counts[nth] ?? 0) : 0), 0)
}
