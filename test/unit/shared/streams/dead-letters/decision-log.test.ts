import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import {
  createDecisionLog,
  createDecisionWriter,
  type DecisionEntry,
  decisionTopicSpec
} from '#shared/streams/dead-letters/decision-log.ts'
import { type Decision, decisionKey } from '#shared/streams/dead-letters/decisions.ts'
import { plainLog } from './plain-log.ts'

const topic = 'kops-dead-letters'
const place = { queue: 'orders.dlq', queueId: 'id-1', partition: 0 }
const within = { deadlineMs: 1000 }

function entry(from: number, to: number, status: Decision['status']): DecisionEntry {
  const decision = { ...place, from, to, status, at: '2026-01-31T12:00:00.000Z', by: 'alice' }
  return [decisionKey(decision), decision]
}

function parts() {
  const log = plainLog()
  const created: string[] = []
  const decisions = createDecisionLog(log.reader, topic)
  const write = createDecisionWriter({
    writer: log.writer,
    admin: {
      async createTopic({ name, partitions }) {
        created.push(name)
        log.create(name, partitions)
      }
    },
    book: decisions.book,
    topic: decisionTopicSpec(topic, 3),
    deadlineMs: 1000,
    clock: systemClock
  })
  return { log, created, decisions, write }
}

t.test('without the topic nothing is decided; the first decision creates it', async (t) => {
  const { log, created, decisions, write } = parts()
  await decisions.sync(within)
  t.equal(decisions.book.entries().size, 0)
  await write([])
  t.same(created, [])
  await write([entry(0, 4, 'discarded')])
  t.same(created, [topic])
  t.equal(decisions.book.at(place, 3)?.status, 'discarded')
  t.equal(log.topics.get(topic)?.partitions[0]?.length, 1)
})

t.test('decisions survive: another process reads them, and then only what is new', async (t) => {
  const { log, write } = parts()
  await write([entry(0, 4, 'discarded'), entry(5, 5, 'replayed')])
  const other = createDecisionLog(log.reader, topic)
  await other.sync(within)
  t.equal(other.book.at(place, 5)?.status, 'replayed')
  await write([[decisionKey({ ...place, from: 5, to: 5 }), null], entry(2, 2, 'open')])
  await Promise.all([other.sync(within), other.sync(within)])
  t.same(
    [0, 2, 4, 5].map((offset) => other.book.at(place, offset)?.status),
    ['discarded', undefined, 'discarded', undefined]
  )
})

t.test('what is no decision is passed over', async (t) => {
  const { log, decisions } = parts()
  log.create(topic)
  const [key, good] = entry(0, 0, 'discarded')
  const records: [string | null, string][] = [
    ['a', 'no JSON'],
    ['b', '{"status":"replayed"}'],
    [null, JSON.stringify(good)],
    [key, JSON.stringify(good)]
  ]
  for (const [key, value] of records) {
    log.append(topic, 0, { key: key === null ? null : Buffer.from(key), value: Buffer.from(value) })
  }
  await decisions.sync(within)
  t.same([...decisions.book.entries().keys()], [key])
})

t.test('a topic that was deleted, or recreated, has no earlier decisions', async (t) => {
  const { log, decisions, write } = parts()
  await write([entry(0, 4, 'discarded'), entry(5, 5, 'replayed')])
  await decisions.sync(within)
  log.create(topic)
  await decisions.sync(within)
  t.equal(decisions.book.entries().size, 0)
  await write([entry(1, 1, 'replayed')])
  await decisions.sync(within)
  t.equal(decisions.book.entries().size, 1)
  log.topics.delete(topic)
  await decisions.sync(within)
  t.equal(decisions.book.entries().size, 0)
})

t.test('decisions that cannot be written do not count', async (t) => {
  const { log, decisions, write } = parts()
  log.create(topic)
  log.onWrite = async () => 'refused'
  await t.rejects(write([entry(0, 4, 'discarded')]), { code: 'kafka_refused', message: /Recording decisions/ })
  t.equal(decisions.book.entries().size, 0)
})

t.test('decisions that cannot be read are an error, and read the next time', async (t) => {
  const { log, write } = parts()
  await write([entry(0, 4, 'discarded')])
  let isAway = true
  const decisions = createDecisionLog(
    {
      readForward: (...args) =>
        isAway ? Promise.reject(new KopsError('cluster_unreachable', 'away')) : log.reader.readForward(...args)
    },
    topic
  )
  await t.rejects(decisions.sync(within), { code: 'cluster_unreachable' })
  isAway = false
  await decisions.sync(within)
  t.equal(decisions.book.entries().size, 1)
})

t.test('decisions that a leader refuses to show are an error, and no reading without end', async (t) => {
  const { log, write } = parts()
  await write([entry(0, 4, 'discarded')])
  const decisions = createDecisionLog(
    {
      readForward: async () => ({
        partitions: [
          { partition: 0, logStartOffset: 0, logEndOffset: 1, position: 0, finished: false, reason: 'not_authorized' }
        ],
        records: 0,
        bytes: 0,
        cutBy: null,
        warnings: [{ code: 'kafka_not_authorized', message: 'kops lacks Read', target: `${topic}-0` }]
      })
    },
    topic
  )
  await t.rejects(decisions.sync(within), { code: 'kafka_not_authorized', message: /kops lacks Read/ })
  t.equal(log.topics.get(topic)?.partitions[0]?.length, 1)
})
