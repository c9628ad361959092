import t from 'tap'
import { readLetters } from '#services/admin/domain/dead-letters/letters.ts'
import { assertChangeable, listQueues, originByName } from '#services/admin/domain/dead-letters/queues.ts'
import { tidyDecisions } from '#services/admin/domain/dead-letters/tidy.ts'
import { parseMaskingRules } from '#services/admin/domain/messages/masking-rules.ts'
import type { LetterQuery } from '#shared/contracts/dead-letters.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { decisionTopic, plainQueue, queue } from './plain-queue.ts'

const globs = ['*.dlq', '*-dlt', 'dlq-*', 'dlq.*', '?x*y']
const topics = new Set(['orders', 'orders-sink', 'a'])

for (const [name, origin] of [
  ['orders.dlq', 'orders'],
  ['orders-dlt', 'orders'],
  ['dlq-orders-sink', 'orders-sink'],
  ['dlq.orders', 'orders'],
  ['unknown.dlq', null],
  ['.dlq', null],
  ['axay', null]
] as const) {
  t.test(`by its name, ${name} is of ${origin ?? 'no topic'}`, async (t) => {
    t.equal(originByName(globs, name, topics), origin)
  })
}

t.test('letters of topics that are no queues, or reserved, are not changed', async (t) => {
  const reserved = createReservedTopics({ auditTopic: 'audit-logs' })
  assertChangeable('orders.dlq', globs, reserved)
  t.throws(() => assertChangeable('orders', globs, reserved), {
    code: 'validation_failed',
    message: /KOPS_DEAD_LETTER/
  })
  t.throws(() => assertChangeable('audit-logs', ['*'], reserved), { code: 'topic_protected' })
  t.throws(() => assertChangeable('kops-dead-letters', ['*'], reserved), { code: 'topic_protected' })
})

function list(plain: ReturnType<typeof plainQueue>, granted?: string[]) {
  const { decisions } = plain.start().ports
  const topicRecords: Pick<TopicRecords, 'offsetsAt'> = {
    offsetsAt: async () => ({
      value: new Map<number, number | null>([
        [0, 1],
        [1, null]
      ]),
      warnings: []
    })
  }
  return listQueues({ reader: plain.reader, topicRecords, decisions }, ['*.dlq'], plain.timing, granted)
}

t.test('a queue is listed with its depth, its growth, and what nobody has decided on', async (t) => {
  const plain = plainQueue()
  plain.log.create('payments.dlq')
  for (const value of ['a', 'b', 'c']) plain.letter(0, value, { timestampMs: 1_700_000_000_000 + value.charCodeAt(0) })
  plain.letter(1, 'd', { timestampMs: 1_800_000_000_000 })
  const [empty] = (await list(plain, ['payments*'])).queues
  t.match(empty, { topic: 'payments.dlq', originTopic: null, letters: 0, undecided: 0, oldestUndecidedAt: null })
  const { discard } = plain.start()
  await discard({ letters: [{ partition: 0, from: 0 }] })
  t.match(await list(plain), {
    patterns: '*.dlq',
    queues: [
      {
        topic: queue,
        originTopic: 'orders',
        partitions: 2,
        letters: 4,
        undecided: 3,
        unconfirmed: 0,
        lastHour: 2,
        oldestUndecidedAt: new Date(1_700_000_000_098).toISOString()
      },
      { topic: 'payments.dlq' }
    ],
    warnings: []
  })
})

t.test('while decisions cannot be read, what is undecided is unknown', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  plain.log.reader.readForward = () => Promise.reject(new KopsError('cluster_unreachable', 'away'))
  t.match(await list(plain), {
    queues: [{ letters: 1, undecided: null, unconfirmed: null, oldestUndecidedAt: null }],
    warnings: [{ code: 'cluster_unreachable' }]
  })
})

t.test(
  'letters are read with their origin and status; masking of the original topic holds, also for filters',
  async (t) => {
    const plain = plainQueue()
    plain.letter(0, '{"card":"1234","total":5}', { key: null, headers: [['token', Buffer.from('s3cret')]] })
    plain.letter(0, 'b', { headers: [['kops.dlq.replays', Buffer.from('1')]] })
    const { ports, discard } = plain.start()
    await discard({ letters: [{ partition: 0, from: 1 }], reason: 'no need' })
    const rules = parseMaskingRules('orders:card,orders:token')
    const read = (query: LetterQuery) =>
      readLetters({ ...ports, reader: plain.reader }, queue, query, {
        rules,
        maxBytes: 1_000_000,
        maxMs: 1000,
        deadlineMs: 1000,
        now: plain.timing.now
      })
    const { letters } = await read({})
    t.match(letters, [
      {
        status: 'undecided',
        decidedBy: null,
        value: { card: '***', total: 5 },
        masked: ['value.card', 'headers.token', 'headers.__dlq.errors.message'],
        // The message of the error quotes the record.
        origin: { format: 'share-group', topic: 'orders', partition: 0, offset: 0, message: null, replays: 0 }
      }
    ])
    t.match((await read({ status: 'discarded' })).letters, [
      { offset: 1, decidedBy: 'alice', decidedBecause: 'no need', origin: { replays: 1 } }
    ])
    t.equal((await read({ status: 'all' })).letters.length, 2)
    t.equal((await read({ status: 'all', error: 'cannot do b' })).letters.length, 1)
    t.equal((await read({ status: 'all', valueContains: '1234' })).letters.length, 0)
    t.equal((await read({ originTopic: 'payments' })).letters.length, 0)
    await t.rejects(
      readLetters(
        { ...ports, reader: plain.reader },
        'gone',
        {},
        { rules, maxBytes: 1, maxMs: 1, deadlineMs: 1, now: plain.timing.now }
      ),
      {
        code: 'topic_not_found'
      }
    )
  }
)

t.test('decisions on letters that retention has removed, or whose queue is another one, are forgotten', async (t) => {
  const plain = plainQueue()
  for (const value of ['a', 'b', 'c']) plain.letter(0, value)
  const { ports, discard } = plain.start()
  await discard({ letters: [{ partition: 0, from: 0 }] })
  await discard({ letters: [{ partition: 0, from: 2 }] })
  const tidy = () =>
    tidyDecisions({ reader: plain.reader, decisions: ports.decisions, write: ports.write }, plain.timing)
  t.equal(await tidy(), 0)
  const starts = plain.log.topics.get(queue)?.starts
  if (starts) starts[0] = 2
  t.equal(await tidy(), 1)
  t.equal(ports.decisions.book.entries().size, 1)
  plain.log.create(queue, 2)
  t.equal(await tidy(), 1)
  plain.letter(0, 'new')
  t.match(await plain.start().discard({}, true), { selected: 1 })
  const last = plain.log.topics.get(decisionTopic)?.partitions[0]?.at(-1)
  t.equal(last?.value, null, 'a tombstone')
})

t.test('decisions on a topic that only a silent broker may know stay', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  const { ports, discard } = plain.start()
  await discard()
  plain.log.topics.delete(queue)
  const warnings = [{ code: 'broker_unreachable', message: 'kafka-2 does not answer' }]
  const reader = {
    ...plain.reader,
    metadata: async (options: { deadlineMs: number }) => ({ ...(await plain.reader.metadata(options)), warnings })
  }
  t.equal(await tidyDecisions({ ...ports, reader }, plain.timing), 0)
  t.equal(await tidyDecisions({ ...ports, reader: plain.reader }, plain.timing), 1)
})
