import { isDeepStrictEqual } from 'node:util'
import { Reader, readRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '#shared/kafka/producing/batch.ts'
import { createBatchSize } from '#shared/kafka/producing/batch-size.ts'
import { createLane, type LaneOptions } from '#shared/kafka/producing/partition-lane.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import { reactTo } from '#shared/kafka/producing/produce-errors.ts'
import { createBufferPool } from '#shared/kafka/producing/record-batch.ts'
import { createSimulatedLeader } from './simulated-leader.ts'

const at = 1_700_000_000_000
const record = (tag: number) => ({ partition: 0, key: Buffer.from('k'), value: Buffer.alloc(100, 'v'), tag })

function laneWith(options: Partial<LaneOptions> = {}) {
  const outcomes: BatchOutcome[] = []
  const lane = createLane({
    partition: 3,
    mostInFlight: 5,
    idempotent: true,
    compression: 'none',
    batchSize: createBatchSize(400, 'none'),
    buffers: createBufferPool(),
    deliveryTimeoutMs: 1000,
    onOutcome: (outcome) => outcomes.push(outcome),
    ...options
  })
  lane.identity ??= { id: 9n, epoch: 0 }
  const append = (count: number, now = 0) => {
    for (let tag = 0; tag < count; tag += 1) lane.append(record(tag), () => now, at)
  }
  return { lane, outcomes, append }
}

const decode = ({ bytes }: Batch) => readRecordsBatch(Reader.from(Buffer.from(bytes ?? [])))

t.test('batches leave in order with sequences without gaps, several of them at once', async (t) => {
  const { lane, append } = laneWith({ mostInFlight: 2 })
  append(7)
  t.match(lane.next(10), { complete: true })
  const [first, second] = [lane.take(10), lane.take(11)]
  t.same(
    [first.builder.tags, second.builder.tags],
    [
      [0, 1, 2],
      [3, 4, 5]
    ]
  )
  t.same([decode(first).firstSequence, decode(second).firstSequence], [0, 3])
  t.equal(lane.next(12), null, 'no more than allowed')
  lane.acknowledged(first, 40, 20)
  t.match(lane.next(21), { complete: false }, 'the last one may still grow')
  t.equal(decode(lane.take(21)).firstSequence, 6)
  t.equal(lane.next(22), null)
})

t.test('a retry sends the same bytes, alone, to the leader of then, and before anything new', async (t) => {
  const { lane, append } = laneWith()
  append(9)
  lane.leader = 1
  const [first, second] = [lane.take(10), lane.take(11)]
  lane.leader = 2
  const bytes = Buffer.from(first.bytes ?? [])
  second.lastCode = 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  t.equal(lane.hasUnsettledBefore(second), true)
  t.equal(lane.hasUnsettledBefore(first), false)
  lane.retry(second, 50, 20)
  lane.retry(first, 60, 21)
  t.equal(lane.next(59), null, 'not before the pause is over')
  t.equal(lane.next(60)?.batch, first)
  t.equal(lane.take(60), first)
  t.same(Buffer.from(first.bytes ?? []), bytes)
  t.match(first, { attempts: 2, sentAt: 10, broker: 2, errorAt: 21 })
  t.equal(lane.next(61), null, 'the other one waits for its predecessor')
  lane.acknowledged(first, 0, 70)
  t.equal(lane.take(70), second)
  lane.acknowledged(second, 3, 80)
  t.equal(decode(lane.take(90)).firstSequence, 6)
})

t.test('a batch whose retries are refused stays among the last five that its leader remembers', async (t) => {
  const leader = createSimulatedLeader<number>()
  const write = ({ bytes, builder }: Batch) => leader.append(bytes ?? Buffer.alloc(0), builder.tags)
  const { lane, outcomes, append } = laneWith({ deliveryTimeoutMs: 60_000 })
  append(60)
  const [first, ...others] = Array.from({ length: 5 }, () => lane.take(0))
  if (!first) throw new Error('five batches wait')
  write(first)
  for (const each of others) lane.acknowledged(each, write(each).baseOffset, 10)
  first.mayBeWritten = true
  lane.retry(first, 20, 10)
  for (let now = 20; now < 100; now += 20) {
    t.equal(lane.take(now), first)
    t.equal(lane.next(now), null, 'nothing new follows it')
    lane.retry(first, now + 20, now)
  }
  lane.take(100)
  t.same(write(first), { errorCode: 0, baseOffset: 0 }, 'it is known')
  lane.acknowledged(first, 0, 110)
  t.ok(lane.next(110))
  t.ok(outcomes.every(({ status }) => status === 'acknowledged'))
})

t.test('after a batch that ended without success, sequences begin again under the next epoch', async (t) => {
  const { lane, outcomes, append } = laneWith()
  append(9)
  const [lost, unwritten, unknown] = [lane.take(10), lane.take(11), lane.take(12)]
  lost.mayBeWritten = true
  lane.retry(lost, 20, 20)
  append(3, 500)
  lane.expire(1000)
  t.match(outcomes, [{ status: 'indeterminate', tags: [0, 1, 2], code: 'DELIVERY_TIMEOUT' }])
  t.same(lane.identity, { id: 9n, epoch: 1 })
  unknown.mayBeWritten = true
  unknown.lastCode = 'NETWORK_EXCEPTION'
  lane.retry(unknown, 1000, 1000)
  t.match(outcomes[1], { status: 'indeterminate', tags: [6, 7, 8], code: 'NETWORK_EXCEPTION' }, 'no second copy')
  lane.retry(unwritten, 1000, 1000)
  t.equal(lane.take(1000), unwritten)
  t.match(decode(unwritten), { firstSequence: 0, producerEpoch: 1 })
  lane.acknowledged(unwritten, 0, 1010)
  t.match(decode(lane.take(1020)), { firstSequence: 3, producerEpoch: 1 })
})

t.test('an epoch that cannot grow needs a new producer id', async (t) => {
  const { lane, append } = laneWith()
  lane.identity = { id: 9n, epoch: 32_767 }
  append(1)
  lane.failed(lane.take(1), 'MESSAGE_TOO_LARGE', 2)
  t.equal(lane.identity, null)
})

t.test('an outcome is failed only if nothing can have been written', async (t) => {
  const { lane, outcomes, append } = laneWith()
  append(3)
  lane.failed(lane.take(5), 'X', 9)
  append(3)
  const batch = lane.take(15)
  batch.mayBeWritten = true
  lane.failed(batch, 'X', 19)
  append(3)
  lane.acknowledged(lane.take(25), 40, 29)
  t.match(outcomes, [
    { status: 'failed', code: 'X', partition: 3, records: 3, sentAt: 5, endedAt: 9, baseOffset: null },
    { status: 'indeterminate', code: 'X', baseOffset: null },
    { status: 'acknowledged', code: undefined, baseOffset: 40 }
  ])
})

t.test('cancelling gives every batch an outcome, and one that was sent may be written', async (t) => {
  const { lane, outcomes, append } = laneWith()
  append(7)
  lane.take(1)
  lane.cancel(2)
  t.equal(lane.idle, true)
  t.same(
    outcomes.map(({ status, tags }) => [status, tags]),
    [
      ['indeterminate', [0, 1, 2]],
      ['failed', [3, 4, 5]],
      ['failed', [6]]
    ]
  )
})

t.test('without idempotence batches carry no identity', async (t) => {
  const { lane, append } = laneWith({ idempotent: false })
  append(1)
  t.match(decode(lane.take(1)), { producerId: -1n, producerEpoch: -1, firstSequence: -1 })
})

const fates = ['answered', 'answered', 'answered', 'lost before', 'lost after', 'refused', 'in vain'] as const

t.test('whatever happens to requests, nothing is lost, doubled or reordered', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...fates), fc.nat(4), fc.nat(400)), {
        minLength: 5,
        maxLength: 60
      }),
      (steps) => {
        const leader = createSimulatedLeader<number>()
        const write = (batch: Batch) => leader.append(batch.bytes ?? Buffer.alloc(0), batch.builder.tags)
        const { lane, outcomes } = laneWith({ deliveryTimeoutMs: 900 })
        let [now, tag] = [0, 0]
        /** Requests in flight reach the leader in the order in which they were sent. */
        const underWay: Batch[] = []
        const answer = (batch: Batch, { errorCode, baseOffset }: { errorCode: number; baseOffset: number }) => {
          if (errorCode === 0) return lane.acknowledged(batch, baseOffset, now)
          batch.lastCode = `${errorCode}`
          if (errorCode === 45 && lane.hasUnsettledBefore(batch)) lane.retry(batch, now + 10, now)
          else lane.failed(batch, `${errorCode}`, now)
        }
        for (const [records, fate, sends, pause] of [...steps, ...drain]) {
          for (let n = 0; n < records; n += 1) lane.append(record(tag++), () => now, at)
          now += pause
          lane.expire(now)
          for (let n = 0; n <= sends && lane.next(now); n += 1) underWay.push(lane.take(now))
          const batch = underWay.shift()
          if (!batch) continue
          if (fate === 'answered') answer(batch, write(batch))
          else if (fate === 'refused') {
            batch.lastCode = 'NOT_ENOUGH_REPLICAS'
            lane.retry(batch, now + 10, now)
          } else if (fate === 'in vain') lane.failed(batch, 'TOPIC_AUTHORIZATION_FAILED', now)
          else {
            // A connection breaks with all that is under way on it.
            for (const each of [batch, ...underWay.splice(0)]) {
              if (fate === 'lost after') write(each)
              each.mayBeWritten = true
              lane.retry(each, now + 10, now)
            }
          }
        }
        lane.cancel(now)
        const of = (status: string) => outcomes.filter((each) => each.status === status).flatMap(({ tags }) => tags)
        const [acknowledged, failed] = [of('acknowledged'), of('failed')]
        const seen = new Set(leader.log)
        const ascending = leader.log.every((each, index) => index === 0 || each > (leader.log[index - 1] ?? 0))
        const settled = acknowledged.length + failed.length + of('indeterminate').length
        const offsets = outcomes.every(
          ({ status, baseOffset, tags }) =>
            status !== 'acknowledged' ||
            baseOffset === null ||
            tags.every((each, index) => leader.log[baseOffset + index] === each)
        )
        const wrong = {
          unsettled: tag - settled,
          doubled: leader.log.length - seen.size,
          reordered: !ascending,
          elsewhere: !offsets,
          misnumbered: outcomes.some(({ firstRecord, tags }) => firstRecord !== tags[0]),
          lost: acknowledged.filter((each) => !seen.has(each)),
          failedButPresent: failed.filter((each) => seen.has(each))
        }
        const right = {
          unsettled: 0,
          doubled: 0,
          reordered: false,
          elsewhere: false,
          lost: [],
          failedButPresent: [],
          misnumbered: false
        }
        if (!isDeepStrictEqual(wrong, right)) throw new Error(JSON.stringify({ wrong, log: leader.log }))
      }
    ),
    { numRuns: 500 }
  )
})

/** Enough answers for all that may be left. */
const drain = Array.from({ length: 40 }, () => [0, 'answered', 4, 20] as const)

const reactions: [number, string, string, boolean, boolean][] = [
  [6, 'NOT_LEADER_OR_FOLLOWER', 'retry', true, true],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'retry', true, false],
  [5, 'LEADER_NOT_AVAILABLE', 'retry', true, false],
  [7, 'REQUEST_TIMED_OUT', 'retry', false, true],
  [19, 'NOT_ENOUGH_REPLICAS', 'retry', false, false],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry', false, true],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'give-up', false, false],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'written', false, true],
  [47, 'INVALID_PRODUCER_EPOCH', 'give-up', false, false],
  [59, 'UNKNOWN_PRODUCER_ID', 'give-up', false, false],
  [10, 'MESSAGE_TOO_LARGE', 'give-up', false, false],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'give-up', false, false]
]
for (const [errorCode, code, action, refresh, mayBeWritten] of reactions) {
  t.test(`${code}: ${action}`, async (t) => {
    t.same(reactTo(errorCode), { code, action, refresh, mayBeWritten })
  })
}
