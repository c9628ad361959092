import t from 'tap'
import { fieldError } from '#shared/errors/catalog.ts'
import { createEventPublisher } from '#shared/kafka/app-events/publisher.ts'
import type { BatchOutcome, BulkProducer, BulkRecord } from '#shared/kafka/producing/port.ts'
import { simulatedClock } from '../../../simulated-clock.ts'

const plainOutcome = {
  ...{ partition: 0, firstRecord: 0, baseOffset: null, code: undefined, attempts: 1, broker: null, errorAt: null },
  ...{ sentAt: null, endedAt: 0, uncompressedBytes: 0, compressedBytes: 0 }
}

interface Limits {
  mostEvents?: number
  mostBytes?: number
}

/** A publisher, and the producers that it makes: a test answers what they got. */
function publishing({ mostEvents = 100, mostBytes = 10_000 }: Limits = {}) {
  const { clock, drive } = simulatedClock()
  const hooks = { isMissing: false, opened: 0, closed: 0 }
  const got: BulkRecord[] = []
  const counts = { success: 0, error: 0, dropped: 0, problems: 0, bytes: 0 }
  let report: (outcome: BatchOutcome) => void = () => {}
  const answer = (status: BatchOutcome['status'], records: readonly BulkRecord[]) => {
    const tags = records.flatMap(({ tag }) => tag ?? [])
    report({ ...plainOutcome, status, records: tags.length, tags })
  }
  const publisher = createEventPublisher({
    ...{ mostEvents, mostBytes, graceMs: 50, clock },
    createProducer(_topic, onOutcome) {
      report = onOutcome
      const producer: BulkProducer = {
        async open() {
          if (hooks.isMissing) throw fieldError('topic_not_found', 'topic', 'a does not exist')
          hooks.opened += 1
          return { partitions: 6 }
        },
        append: (record) => got.push(record) > 0,
        async drained() {},
        async flush() {},
        async close() {
          hooks.closed += 1
        }
      }
      return producer
    },
    onOutcome(_topic, status, bytes) {
      counts[status] += 1
      counts.bytes += bytes
    },
    onDropped() {
      counts.dropped += 1
    },
    onProblem() {
      counts.problems += 1
    }
  })
  const offer = (value: string, key: string | null = null) => publisher.offer({ topic: 'a', key, value })
  const values = () => got.map(({ value }) => String(Buffer.from(value)))
  return { publisher, offer, answer, got, values, counts, hooks, clock, drive }
}

t.test('events of a key go to one partition in order, and those without one to all in turn', async (t) => {
  const { offer, got, values, clock, drive } = publishing()
  await drive(
    (async () => {
      for (let nth = 0; nth < 6; nth += 1) offer(`${nth}`, 'user-1')
      await clock.sleep(1)
      for (let nth = 6; nth < 12; nth += 1) offer(`${nth}`)
    })()
  )
  t.same(
    values(),
    Array.from({ length: 12 }, (_, nth) => `${nth}`)
  )
  t.equal(new Set(got.slice(0, 6).map(({ partition }) => partition)).size, 1)
  t.equal(new Set(got.slice(6).map(({ partition }) => partition)).size, 6)
})

t.test('what does not fit is dropped and counted, and there is room again once events are answered', async (t) => {
  const { publisher, offer, answer, got, counts, clock, drive } = publishing({ mostEvents: 2, mostBytes: 10 })
  await drive(
    (async () => {
      t.equal(offer('12345678901'), false, 'too large for the queue')
      t.same([offer('a'), offer('b'), offer('c')], [true, true, false])
      await clock.sleep(1)
      answer('acknowledged', got)
      t.equal(offer('d'), true)
      t.equal(publisher.pending(), 1)
    })()
  )
  t.match(counts, { success: 2, dropped: 2, bytes: 2 })
})

t.test('while the topic is missing events wait, and go out once it is there', async (t) => {
  const { offer, values, counts, hooks, clock, drive } = publishing()
  await drive(
    (async () => {
      hooks.isMissing = true
      offer('a')
      await clock.sleep(60_000)
      offer('b')
      t.same(values(), [])
      t.equal(counts.problems, 1, 'reported once')
      hooks.isMissing = false
      await clock.sleep(5000)
      t.same(values(), ['a', 'b'])
    })()
  )
})

t.test('after a batch that was lost it looks for the topic again, and keeps the order of what follows', async (t) => {
  const { offer, answer, got, values, counts, hooks, clock, drive } = publishing()
  await drive(
    (async () => {
      offer('a')
      offer('b')
      await clock.sleep(1)
      answer('failed', got.slice(0, 1))
      offer('c')
      t.same(values(), ['a', 'b'], 'c waits: its partition may be another one')
      answer('acknowledged', got.slice(1))
      await clock.sleep(1)
      t.same(values(), ['a', 'b', 'c'])
    })()
  )
  t.match(hooks, { opened: 2, closed: 1 })
  t.match(counts, { success: 1, error: 1, dropped: 0 })
})

t.test('a flush waits for what was accepted before it, and for nothing later', async (t) => {
  const { publisher, offer, answer, got, clock, drive } = publishing()
  await drive(
    (async () => {
      await publisher.flush({ deadlineMs: 1000 })
      offer('a')
      offer('b')
      await clock.sleep(1)
      let isFlushed = false
      const flushing = publisher.flush({ deadlineMs: 60_000 }).then(() => {
        isFlushed = true
      })
      offer('c')
      answer('acknowledged', got.slice(1, 2))
      await clock.sleep(1)
      t.equal(isFlushed, false)
      answer('acknowledged', got.slice(0, 1))
      await flushing
      t.equal(publisher.pending(), 1)
      await t.rejects(publisher.flush({ deadlineMs: 20 }), { code: 'kafka_timeout' })
    })()
  )
})

t.test('closing waits for answers, takes nothing more, and counts what never had a producer as dropped', async (t) => {
  const { publisher, offer, counts, hooks, drive } = publishing()
  hooks.isMissing = true
  offer('a')
  await drive(publisher.close())
  t.equal(offer('b'), false)
  t.match(counts, { success: 0, dropped: 2 })
  t.equal(publisher.pending(), 0)
  await publisher.close()
})

t.test('closing ends as soon as everything is answered', async (t) => {
  const { publisher, offer, answer, got, counts, clock, drive } = publishing()
  await drive(
    (async () => {
      offer('a')
      await clock.sleep(1)
      const closing = publisher.close()
      answer('acknowledged', got)
      await closing
    })()
  )
  t.match(counts, { success: 1, dropped: 0 })
})
