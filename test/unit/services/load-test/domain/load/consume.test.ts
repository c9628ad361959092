import t from 'tap'
import { prepareGroup } from '#services/load-test/domain/load/consume.ts'
import type { ConsumedSecond } from '#services/load-test/domain/load/consume-port.ts'
import { createRecordSource } from '#services/load-test/domain/load/record-source.ts'
import { stampRecords } from '#services/load-test/domain/load/stamp.ts'
import type { Clock } from '#shared/clock.ts'
import type { Consumers } from '#shared/contracts/load-consumption.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ConsumerGroup } from '#shared/kafka/consuming/port.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'

const run = 7
const headers = [{ name: 'trace', value: 'x' }]
const partitions = 4

interface Topic {
  perSecond: number
  seconds: number
  /** Every so many records one is somebody else's. */
  foreignEvery?: number
  /** Fails when so many were delivered. */
  failsAfter?: number
  joins?: () => Promise<void>
}

/** A group in a topic that gets its records evenly over time and partitions. */
function simulatedGroup({ perSecond, seconds, foreignEvery, failsAfter, joins }: Topic, clock: Clock) {
  const none = { payload: { kind: 'lines' as const, lines: ['one'] }, keys: { kind: 'none' as const }, headers }
  const plain = createRecordSource(none, { partitions, partitionFor: () => 0, batchBytes: 1, seed: 1, timestampMs: 0 })
  const source = stampRecords(plain, { run, producer: 0, headers, partitions, timed: true })
  const logs: Buffer[][] = Array.from({ length: partitions }, () => [])
  for (let nth = 0; nth < perSecond * seconds; nth += 1) {
    const dueMs = (nth * 1000) / perSecond
    const stamped = Buffer.from(source.next(dueMs, dueMs + 1).headers ?? [])
    logs[nth % partitions]?.push(foreignEvery && nth % foreignEvery === 0 ? Buffer.from([0]) : stamped)
  }
  const delivered = logs.map(() => 0)
  const processed = logs.map(() => 0)
  const calls: string[] = []
  let total = 0
  const endOf = (partition: number) => {
    const visible = Math.ceil(
      (Math.min(Math.max(0, clock.monotonicMs() - 2) / 1000, seconds) * perSecond - partition) / partitions
    )
    return Math.max(0, Math.min(logs[partition]?.length ?? 0, visible))
  }
  const group: ConsumerGroup = {
    async join() {
      calls.push('join')
      await joins?.()
    },
    async consume(onDelivery, signal) {
      const follow = async (partition: number) => {
        while (!signal.aborted) {
          const [from, to] = [delivered[partition] ?? 0, Math.min(endOf(partition), (delivered[partition] ?? 0) + 50)]
          total += to - from
          if (failsAfter !== undefined && total > failsAfter) throw new Error('a member cannot go on')
          delivered[partition] = to
          const records = logs[partition]?.slice(from, to) ?? []
          const view = { start: 0, keyStart: 0, keyEnd: -1, valueStart: 0, valueEnd: 0, headersStart: 0 }
          const each: Parameters<typeof onDelivery>[0]['each'] = (visit) => {
            for (const [nth, bytes] of records.entries()) {
              visit({ ...view, offset: from + nth, bytes, headersEnd: bytes.length })
            }
          }
          const record = () => {
            throw new Error('nothing of a load test reads whole records')
          }
          if (records.length > 0)
            await onDelivery({ member: 0, partition, nextOffset: to, unreadable: [], each, record })
          else await clock.sleep(20, signal).catch(() => undefined)
        }
      }
      await Promise.all(logs.map((_, partition) => follow(partition)))
    },
    processed(partition, offset) {
      processed[partition] = offset
    },
    positions: async () =>
      logs.map((_, partition) => ({
        partition,
        end: endOf(partition),
        delivered: delivered[partition] ?? 0,
        processed: processed[partition] ?? 0
      })),
    async leave() {
      calls.push('leave')
    }
  }
  return { group, calls }
}

interface Plan extends Topic {
  consumers?: Partial<Consumers>
  acknowledged?: number
  abortAtMs?: number
}

const isolation = 'read_uncommitted' as const

async function consumed({ consumers = {}, acknowledged, abortAtMs, ...topic }: Plan) {
  const { clock, drive } = simulatedClock()
  const { group } = simulatedGroup(topic, clock)
  const resolved = { members: 1, processingMs: 0, drainSeconds: 30, ...consumers }
  const order = { topic: 'x', group: 'g', index: 3, consumers: resolved, run, headers, isolation }
  const parts = { createGroup: () => group, clock, machineOffsetMs: 0, busyMs: () => 0 }
  const seconds: ConsumedSecond[] = []
  const abort = new AbortController()
  const work = async () => {
    const prepared = await prepareGroup(order, parts, abort.signal)
    const produced = clock
      .sleep(topic.seconds * 1000)
      .then(() => ({ records: acknowledged ?? topic.perSecond * topic.seconds }))
    if (abortAtMs !== undefined) void clock.sleep(abortAtMs).then(() => abort.abort(new Error('cancelled')))
    const end = await prepared.run(0, abort.signal, (second) => seconds.push(second), produced)
    return { end, endedMs: clock.monotonicMs() }
  }
  const { end, endedMs } = await drive(work())
  const sum = (of: (second: ConsumedSecond) => number) => seconds.reduce((total, second) => total + of(second), 0)
  return {
    end,
    endedMs,
    seconds,
    consumed: sum((second) => second.consumed),
    foreign: sum((second) => second.foreign),
    timed: sum(({ endToEnd }) => endToEnd.counts.reduce((total, count) => total + count, 0)),
    longestMs: Math.max(...seconds.map(({ endToEnd }) => endToEnd.max)),
    shortestMs: Math.min(...seconds.map(({ endToEnd }) => endToEnd.min))
  }
}

t.test('a group that keeps up has everything soon after the last record', async (t) => {
  const { end, consumed: records, longestMs, seconds, timed } = await consumed({ perSecond: 100, seconds: 5 })
  t.match(end, { lag: 0, drained: true, firstMs: 20 })
  t.equal(records, 500)
  t.equal(timed, 500)
  t.ok(longestMs <= 35, `${longestMs} ms`)
  t.ok(end.lastMs !== null && end.lastMs < 5030)
  t.same(
    seconds.map(({ second }) => second),
    Array.from(seconds.keys()),
    'its seconds have no gap'
  )
  t.ok(seconds.every(({ group, lag }) => group === 3 && lag !== null))
  const [first] = seconds
  t.ok(
    first && Math.abs(first.endToEnd.sum - first.delivery.sum - first.consumed) < 0.1,
    'delivery counts from the send'
  )
})

t.test('processing takes its time for each record, one after the other', async (t) => {
  const idle = await consumed({ perSecond: 10, seconds: 5, consumers: { processingMs: 30 } })
  t.ok(idle.shortestMs >= 30, `end to end includes it: ${idle.shortestMs} ms`)
  const slow = await consumed({ perSecond: 100, seconds: 6, consumers: { processingMs: 20 } })
  t.match(slow.end, { lag: 0, drained: true })
  t.equal(slow.consumed, 600)
  t.ok(Math.abs((slow.end.lastMs ?? 0) - 12_000) < 100, `600 records of 20 ms take 12 s: ${slow.end.lastMs}`)
  t.ok(Math.abs(slow.longestMs - 6000) < 200, `${slow.longestMs} ms`)
})

t.test('what is not processed in time is lag, and counts with the time that it has waited', async (t) => {
  const {
    end,
    consumed: records,
    timed,
    longestMs
  } = await consumed({
    ...{ perSecond: 100, seconds: 6 },
    consumers: { processingMs: 20, drainSeconds: 1 }
  })
  t.equal(end.drained, false)
  t.ok(Math.abs(records - 350) < 10, `${records} records within 7 s`)
  t.equal(end.lag, 600 - records)
  t.equal(timed, 600, 'the latencies have all of them')
  t.ok(longestMs > 3400, `${longestMs} ms`)
})

const backlogs: { name: string; startAfter: NonNullable<Consumers['startAfter']>; beganSeconds: number }[] = [
  { name: 'a time', startAfter: { seconds: 2.1 }, beganSeconds: 2.25 },
  { name: 'a number of records', startAfter: { records: 300 }, beganSeconds: 3 },
  { name: 'the time, which is first', startAfter: { seconds: 1, records: 300 }, beganSeconds: 1 },
  { name: 'the records, which are first', startAfter: { seconds: 4, records: 100 }, beganSeconds: 1 },
  { name: 'the end, where so many records never come', startAfter: { records: 501 }, beganSeconds: 5 }
]
for (const { name, startAfter, beganSeconds } of backlogs) {
  t.test(`a backlog builds up until ${name}`, async (t) => {
    const {
      end,
      consumed: records,
      seconds
    } = await consumed({ perSecond: 100, seconds: 5, consumers: { startAfter } })
    t.match(end, { lag: 0, drained: true })
    t.equal(records, 500)
    const { backlog } = end
    t.ok(backlog && Math.abs(backlog.startedAfterSeconds - beganSeconds) <= 0.5, JSON.stringify(backlog))
    t.ok(backlog && Math.abs(backlog.records - beganSeconds * 100) <= 50, JSON.stringify(backlog))
    t.ok(typeof backlog?.drainSeconds === 'number' && backlog.drainSeconds <= 1, JSON.stringify(backlog))
    t.ok(seconds.slice(0, Math.floor(beganSeconds)).every((second) => second.consumed === 0))
    t.ok((seconds[Math.floor(beganSeconds) - 1]?.lag ?? 0) > 50, 'and is lag meanwhile')
  })
}

t.test('records of others are processed, and counted apart', async (t) => {
  const plan = { perSecond: 100, seconds: 4, foreignEvery: 4, acknowledged: 300 }
  const { end, consumed: records, foreign, timed } = await consumed(plan)
  t.match({ end, records, foreign, timed }, { end: { drained: true }, records: 300, foreign: 100, timed: 300 })
})

t.test('it waits a moment for records that were acknowledged and are not there, and not for ever', async (t) => {
  const { end, endedMs } = await consumed({ perSecond: 100, seconds: 2, acknowledged: 201 })
  t.match(end, { drained: true, lag: 0 })
  t.ok(endedMs >= 4000 && endedMs < 5000, `${endedMs} ms`)
})

t.test('after an abort it ends at once, with what it has', async (t) => {
  const plan = { perSecond: 100, seconds: 60, consumers: { processingMs: 15 }, abortAtMs: 2100 }
  const { end, endedMs, consumed: records, timed } = await consumed(plan)
  t.ok(endedMs < 2200, `${endedMs} ms`)
  t.match(end, { drained: false, producedMs: null })
  t.ok(Math.abs(records - 140) < 5 && timed > records, `${records} of ${timed}`)
})

t.test('a member that cannot go on fails the run', async (t) => {
  await t.rejects(consumed({ perSecond: 100, seconds: 5, failsAfter: 150 }), { message: 'a member cannot go on' })
})

t.test('a group that cannot be joined is left', async (t) => {
  const { clock } = simulatedClock()
  const error = new KopsError('group_active', 'in use')
  const { group, calls } = simulatedGroup({ perSecond: 1, seconds: 1, joins: () => Promise.reject(error) }, clock)
  const consumers = { members: 1, processingMs: 0, drainSeconds: 0 }
  const order = { topic: 'x', group: 'g', index: 0, consumers, run, headers, isolation }
  const parts = { createGroup: () => group, clock, machineOffsetMs: 0, busyMs: () => 0 }
  await t.rejects(prepareGroup(order, parts, new AbortController().signal), { code: 'group_active' })
  t.same(calls, ['join', 'leave'])
})
