import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createAlertFeed } from '#services/health/domain/events/alert-feed.ts'
import { createPublisher } from '#services/health/domain/events/publisher.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { RecordToWrite, RecordWriter, WriteResult } from '#shared/kafka/records/port.ts'
import { createFakeClock } from '../../fake-clock.ts'
import { healthy, plainMonitor, withoutThird } from './healths.ts'

type Answer = (topic: string, records: readonly RecordToWrite[]) => Promise<WriteResult[]>

const acknowledge: Answer = async (_, records) =>
  records.map((_, offset) => ({ status: 'acknowledged', partition: 0, offset }))

async function setUp(t: Test, { queueSize = 1000 } = {}) {
  const { monitor, publish, listeners } = plainMonitor()
  const clock = createFakeClock()
  const alerts = createAlertFeed(monitor, clock)
  const written: { topic: string; key: string; value: Record<string, unknown> }[] = []
  const counts = new Map<string, number>()
  let answer = acknowledge
  let closed = 0
  const writer: RecordWriter = {
    place: async () => [],
    async write(topic, records) {
      const results = await answer(topic, records)
      for (const [nth, { key, value }] of records.entries()) {
        if (results[nth]?.status !== 'acknowledged') continue
        written.push({ topic, key: String(key), value: JSON.parse(String(value)) })
      }
      return results
    },
    close: async () => {
      closed += 1
    }
  }
  const errors: unknown[] = []
  const publisher = createPublisher({
    ...{ monitor, alerts, writer, clock, queueSize },
    heartbeatMs: 60_000,
    onOutcome: (topic, outcome, events) => {
      const key = `${topic} ${outcome}`
      counts.set(key, (counts.get(key) ?? 0) + events)
    },
    onError: (error) => errors.push(error)
  })
  t.teardown(() => publisher.close())
  publisher.start()
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await nextTurn()
  }
  return {
    ...{ publish, clock, counts, errors, publisher, settle, listeners },
    answers(next: Answer) {
      answer = next
    },
    taken: () => written.splice(0),
    closed: () => closed
  }
}

t.test('changes are written as they happen, keyed by their subject; everything on a heartbeat', async (t) => {
  const { publish, taken, settle, clock, counts } = await setUp(t)
  publish(healthy())
  await settle()
  t.equal(taken().length, 10)
  publish(healthy(5))
  await settle()
  t.same(taken(), [])
  publish(withoutThird(10))
  await settle()
  const changed = taken()
  t.match(changed.map(({ topic, key }) => `${topic} ${key}`).sort(), [
    'alerts cluster',
    'alerts cluster',
    'health-scores a',
    'health-scores cluster',
    'health-status cluster',
    'health-status kafka-3'
  ])
  t.ok(changed.every(({ key, value }) => key === value['instanceId']))
  clock.advance(60_000)
  await settle()
  const topics = Map.groupBy(taken(), ({ topic }) => topic)
  t.same(Array.from(topics, ([topic, events]) => [topic, events.length]).sort(), [
    ['alerts', 2],
    ['health-scores', 3],
    ['health-status', 7],
    ['metrics-aggregated', 4]
  ])
  t.equal(counts.get('health-status acknowledged'), 7 + 2 + 7)
})

t.test('before the first reading a heartbeat is empty', async (t) => {
  const { clock, settle, taken } = await setUp(t)
  clock.advance(60_000)
  await settle()
  t.same(taken(), [])
})

t.test('a missing topic is counted, checked again with the next events, and delays no other', async (t) => {
  const { publish, taken, settle, answers, counts, errors } = await setUp(t)
  answers((topic, records) => {
    if (topic === 'health-scores') throw fieldError('topic_not_found', 'topic', 'does not exist')
    return acknowledge(topic, records)
  })
  publish(healthy())
  await settle()
  t.equal(taken().filter(({ topic }) => topic === 'health-status').length, 7)
  t.equal(counts.get('health-scores no_topic'), 3)
  t.same(errors, [], 'which is no error')
  answers(acknowledge)
  publish(withoutThird(5))
  await settle()
  t.equal(taken().filter(({ topic }) => topic === 'health-scores').length, 2)
})

t.test('while no broker answers, events wait in their order; the oldest make room, and are counted', async (t) => {
  const { publish, taken, settle, answers, counts, clock, errors } = await setUp(t, { queueSize: 9 })
  answers(() => Promise.reject(new KopsError('cluster_unreachable', 'nobody')))
  publish(healthy())
  await settle()
  publish(withoutThird(5))
  await settle()
  publish(healthy(10))
  await settle()
  t.equal(counts.get('health-status dropped'), 7 + 2 + 2 - 9)
  t.ok(errors.length > 0)
  answers(acknowledge)
  clock.advance(20_000)
  await settle()
  const third = taken().filter(({ topic, key }) => topic === 'health-status' && key === 'kafka-3')
  t.same(
    third.map(({ value }) => value['status']),
    ['HEALTHY', 'DOWN', 'HEALTHY']
  )
})

t.test('events that may have been written are resent; those that Kafka refuses for good are not', async (t) => {
  const { publish, taken, settle, answers, counts, clock } = await setUp(t)
  answers(async (topic, records) =>
    records.map((record) => {
      const partition = 0
      if (String(record.key) === 'kafka-1') {
        return { status: 'indeterminate', partition, error: new KopsError('kafka_timeout', 'no answer') }
      }
      if (topic === 'health-scores') {
        return { status: 'refused', partition, error: new KopsError('record_too_large', 'too large') }
      }
      return { status: 'acknowledged', partition, offset: 0 }
    })
  )
  publish(healthy())
  await settle()
  t.equal(taken().length, 6)
  t.equal(counts.get('health-scores refused'), 3)
  answers(acknowledge)
  clock.advance(1000)
  await settle()
  t.match(taken(), [{ topic: 'health-status', key: 'kafka-1' }])
})

t.test('a reading never waits for Kafka, nor does the end of the service for long', async (t) => {
  const { publish, publisher, answers, counts, listeners, closed, clock, settle } = await setUp(t)
  answers(() => new Promise(() => {}))
  publish(healthy())
  const closing = publisher.close()
  // The publisher waits on the clock of the test.
  const ticking = setInterval(() => clock.advance(20), 1)
  await closing
  clearInterval(ticking)
  t.equal(closed(), 1)
  t.equal(counts.get('health-status dropped'), 7)
  publish(withoutThird(5))
  await settle()
  t.equal(listeners.size, 1, 'the alerts alone still listen')
  await publisher.close()
  t.equal(closed(), 1)
})
