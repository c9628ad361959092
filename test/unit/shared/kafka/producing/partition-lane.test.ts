import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t from 'tap'
import { type Batch, createLane, outcomeOf } from '#shared/kafka/producing/partition-lane.ts'
import { reactTo } from '#shared/kafka/producing/produce-errors.ts'

const identity = { id: 9n, epoch: 0 }
const record = (tag: number) => ({ partition: 0, key: 'k', value: 'v'.repeat(100), tag })
const sequenceOf = ({ bytes }: Batch) => readRecordsBatch(Reader.from(Buffer.from(bytes ?? []))).firstSequence

t.test('batches leave in order, with sequences without gaps, and a retry sends the same bytes', async (t) => {
  const lane = createLane(0, 400)
  for (let tag = 0; tag < 7; tag += 1) lane.append(record(tag), tag, 1_700_000_000_000)
  t.equal(lane.head()?.complete, true)
  const first = lane.take(identity, 10)
  t.same(first.builder.tags, [0, 1, 2])
  t.equal(sequenceOf(first), 0)
  const bytes = Buffer.from(first.bytes ?? [])
  lane.retry(60)
  t.equal(lane.inFlight, null)
  t.equal(lane.retryAt, 60)

  const again = lane.take(identity, 70)
  t.equal(again, first)
  t.same(Buffer.from(again.bytes ?? []), bytes)
  t.match(again, { attempts: 2, sentAt: 10 })
  lane.inFlight = null
  const second = lane.take(identity, 80)
  t.same(second.builder.tags, [3, 4, 5])
  t.equal(sequenceOf(second), 3)
  lane.inFlight = null
  t.equal(lane.head()?.complete, false, 'the last one may still grow')
  t.equal(sequenceOf(lane.take(identity, 90)), 6)
  t.equal(lane.head(), null)
})

t.test('an outcome is failed only if nothing can have been written', async (t) => {
  const lane = createLane(3, 400)
  lane.append(record(1), 0, 0)
  const batch = lane.take(identity, 5)
  t.match(outcomeOf(batch, 3, 9, { acknowledged: false, code: 'X' }), {
    status: 'failed',
    code: 'X',
    tags: [1],
    sentAt: 5
  })
  batch.mayBeWritten = true
  t.match(outcomeOf(batch, 3, 9, { acknowledged: false, code: 'X' }), { status: 'indeterminate', baseOffset: null })
  t.match(outcomeOf(batch, 3, 9, { acknowledged: true, baseOffset: 40 }), { status: 'acknowledged', baseOffset: 40 })
})

const reactions: [number, string, string, boolean, boolean][] = [
  [6, 'NOT_LEADER_OR_FOLLOWER', 'retry', true, true],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'retry', true, false],
  [5, 'LEADER_NOT_AVAILABLE', 'retry', true, false],
  [7, 'REQUEST_TIMED_OUT', 'retry', false, true],
  [19, 'NOT_ENOUGH_REPLICAS', 'retry', false, false],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry', false, true],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'written', false, true],
  [10, 'MESSAGE_TOO_LARGE', 'give-up', false, false],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'give-up', false, false]
]
for (const [errorCode, code, action, refresh, mayBeWritten] of reactions) {
  t.test(`${code}: ${action}`, async (t) => {
    t.same(reactTo(errorCode), { code, action, refresh, mayBeWritten })
  })
}
