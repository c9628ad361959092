import t from 'tap'
import type { Replay, ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'
import { decisionTopic, plainQueue, queue, valuesOf } from './plain-queue.ts'

const reasonsOf = ({ skipped }: ReplayResult) =>
  Object.fromEntries(skipped.map(({ reason, letters }) => [reason, letters]))

t.test('letters go back once: bytes, key, other headers and time as they were, with a counter', async (t) => {
  const plain = plainQueue()
  const time = plain.clock.ms - 3_600_000
  const trace: LogRecord['headers'] = [
    ['trace', Buffer.from([0, 255])],
    ['trace', null]
  ]
  plain.letter(0, 'a', { headers: trace, timestampMs: time, from: ['orders', 2, 7] })
  plain.letter(1, 'b', { value: null })
  plain.letter(1, 'c', { key: null, value: Buffer.from([0, 159, 146, 150]) })
  const service = plain.start()
  const planned = await service.replay({}, { dryRun: true })
  t.match(planned, {
    dryRun: true,
    applied: false,
    selected: 3,
    replayed: 0,
    targets: [{ topic: 'orders', letters: 3, retimed: 0 }],
    spans: [
      { partition: 0, from: 0, to: 0 },
      { partition: 1, from: 0, to: 1 }
    ],
    cutBy: null
  })
  t.same(plain.written(), [])
  t.notOk(plain.log.topics.has(decisionTopic), 'a plan decides nothing')
  t.match(await service.replay(), { applied: true, selected: 3, replayed: 3, refused: 0, unconfirmed: 0, skipped: [] })
  const [first] = plain.log.topics.get('orders')?.partitions[2] ?? []
  t.match(first, { key: Buffer.from('k-a'), value: Buffer.from('a'), timestampMs: time })
  t.strictSame(first?.headers, [...trace, ['kops.dlq.replays', Buffer.from('1')]])
  t.strictSame(valuesOf(plain.written()), ['a', null, Buffer.from([0, 159, 146, 150]).toString()].sort())
  t.match(await service.replay(), { applied: true, selected: 0, skipped: [] })
  t.match(await plain.start().replay(), { selected: 0 }, 'nor after a restart')
  t.equal(plain.written().length, 3)
})

const guards: [
  name: string,
  arrange: (plain: ReturnType<typeof plainQueue>) => void,
  request: Replay,
  reasons: object
][] = [
  ['no headers', ({ log }) => void log.append(queue, 0, { value: Buffer.from('x') }), {}, { no_origin: 1 }],
  ['a topic that is gone', ({ letter }) => void letter(0, 'x', { from: ['gone', 0, 0] }), {}, { origin_missing: 1 }],
  ['a topic of kops', ({ letter }) => void letter(0, 'x', { from: ['audit-logs', 0, 0] }), {}, { origin_reserved: 1 }],
  [
    "Kafka's own",
    ({ letter }) => void letter(0, 'x', { from: ['__consumer_offsets', 0, 0] }),
    {},
    { origin_reserved: 1 }
  ],
  ['the queue itself', ({ letter }) => void letter(0, 'x', { from: [queue, 0, 0] }), {}, { origin_is_queue: 1 }],
  [
    'too many replays',
    ({ letter }) => void letter(0, 'x', { headers: [['kops.dlq.replays', Buffer.from('3')]] }),
    {},
    { replayed_too_often: 1 }
  ],
  [
    'too many replays, forced',
    ({ letter }) => void letter(0, 'x', { headers: [['kops.dlq.replays', Buffer.from('3')]] }),
    { force: true, reason: 'mended' },
    {}
  ],
  [
    'more than the topic takes',
    ({ letter, configs }) => {
      configs.set('orders', { 'max.message.bytes': '2000' })
      letter(0, 'x'.repeat(2000))
    },
    {},
    { too_large: 1 }
  ],
  [
    'no headers, and a topic for all',
    ({ log }) => void log.append(queue, 0, { value: Buffer.from('x') }),
    { to: 'orders' },
    {}
  ]
]
for (const [name, arrange, request, reasons] of guards) {
  t.test(`guards: ${name}`, async (t) => {
    const plain = plainQueue()
    arrange(plain)
    const { replay } = plain.start()
    const planned = await replay(request, { dryRun: true })
    t.same(reasonsOf(planned), reasons)
    const done = await replay(request)
    t.same(reasonsOf(done), reasons)
    const left = Object.keys(reasons).length
    t.equal(plain.written().length, 1 - left)
    t.match(done, { selected: 1 - left, applied: true })
  })
}

t.test('a topic that the request names is refused with its field', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  const { replay } = plain.start()
  const cases: [to: string, code: string][] = [
    ['gone', 'topic_not_found'],
    ['kops-probe', 'topic_protected'],
    [queue, 'validation_failed']
  ]
  for (const [to, code] of cases) await t.rejects(replay({ to }), { code, errors: [{ field: 'to' }] }, to)
  await t.rejects(replay({ force: true }), { code: 'validation_failed', errors: [{ field: 'reason' }] })
  await t.rejects(replay({ partition: 2 }), { code: 'validation_failed', errors: [{ field: 'partition' }] })
  await t.rejects(replay({ letters: [{ partition: 0, from: 3, to: 2 }] }), { errors: [{ field: 'letters.0.to' }] })
})

t.test('a caller who is limited to topics writes to no other, whatever headers say', async (t) => {
  const plain = plainQueue()
  plain.log.create('payments')
  plain.letter(0, 'a')
  plain.letter(0, 'b', { from: ['payments', 0, 0] })
  const result = await plain.start().replay({}, { granted: ['orders*'] })
  t.match(result, { replayed: 1, skipped: [{ reason: 'origin_not_granted', letters: 1 }] })
  t.same(plain.written('payments'), [])
})

t.test('a record that kept no headers is known by the place where a replay put it', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  for (let round = 1; round <= 3; round++) {
    t.match(await plain.start().replay(), { replayed: 1 }, `replay ${round}`)
    // A share group's letters (KIP-1191) have none of the record's own headers.
    const { partition, offset } = plain.written().at(-1) ?? { partition: 0, offset: 0 }
    plain.letter(0, 'a', { from: ['orders', partition, offset] })
  }
  t.same(reasonsOf(await plain.start().replay()), { replayed_too_often: 1 })
  t.equal(plain.written().length, 3)
})

t.test('filters and limits choose letters, oldest first; the rest stay for the next call', async (t) => {
  const plain = plainQueue()
  for (const value of ['a', 'b', 'c', 'd']) plain.letter(0, value)
  plain.letter(1, 'e', { from: ['elsewhere', 0, 0] })
  const { replay } = plain.start()
  t.match(await replay({ error: 'cannot do c' }), { replayed: 1, cutBy: null })
  t.match(await replay({ partition: 0, limit: 2 }), { replayed: 2, cutBy: 'limit' })
  t.same(valuesOf(plain.written()), ['a', 'b', 'c'])
  t.match(await replay({ originTopic: 'orders' }), { replayed: 1, skipped: [] })
  t.match(await replay(), { replayed: 0, skipped: [{ reason: 'origin_missing' }] })
})

t.test('letters that are named are replayed although they were decided on only with force', async (t) => {
  const plain = plainQueue()
  for (const value of ['a', 'b', 'c', 'd']) plain.letter(0, value)
  const { replay, discard } = plain.start()
  const letters = [
    { partition: 0, from: 1, to: 2 },
    { partition: 0, from: 3 }
  ]
  // Named twice, it is one.
  t.match(await discard({ letters: [1, 1].map((from) => ({ partition: 0, from })), reason: 'a test' }), {
    selected: 1,
    applied: true
  })
  const result = await replay({ letters })
  t.match(result, {
    replayed: 2,
    skipped: [{ reason: 'discarded', letters: 1, examples: [{ partition: 0, offset: 1 }] }]
  })
  t.same(reasonsOf(await replay({ letters })), { discarded: 1, replayed: 2 })
  t.match(await replay({ letters, force: true, reason: 'asked for' }), { replayed: 3 })
  t.same(valuesOf(plain.written()), ['b', 'c', 'c', 'd', 'd'])
})

t.test('a letter whose own time the topic would refuse, or delete at once, gets the present', async (t) => {
  const cases: [configs: Record<string, string>, retimed: number][] = [
    [{}, 0],
    [{ 'retention.ms': '30000' }, 1],
    [{ 'retention.ms': '30000', 'cleanup.policy': 'compact' }, 0],
    [{ 'retention.ms': '-1' }, 0],
    [{ 'message.timestamp.before.max.ms': '30000' }, 1],
    [{ 'message.timestamp.difference.max.ms': '30000' }, 1],
    [{ 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '30000' }, 0]
  ]
  for (const [configs, retimed] of cases) {
    const plain = plainQueue()
    plain.configs.set('orders', configs)
    plain.letter(0, 'a')
    t.match(await plain.start().replay(), { targets: [{ retimed }] }, JSON.stringify(configs))
    const kept = plain.written()[0]?.timestampMs === plain.clock.ms - 60_000
    t.equal(kept, retimed === 0, JSON.stringify(configs))
  }
})

t.test('the next letters are read while others are sent', async (t) => {
  const plain = plainQueue()
  const values = Array.from({ length: 40 }, (_, nth) => `letter-${String(nth).padStart(2, '0')}`)
  for (const value of values) plain.letter(0, value)
  const service = plain.start()
  const happened: string[] = []
  const signals: AbortSignal[] = []
  service.ports.records = {
    ...plain.log.reader,
    async readForward(topic, options, onRecord) {
      if (options.signal) signals.push(options.signal)
      if (topic === queue) happened.push('read')
      return plain.log.reader.readForward(topic, options, onRecord)
    }
  }
  plain.log.onWrite = async (topic) => {
    if (topic === 'orders') happened.push('send')
    return undefined
  }
  const sizeBytes = plain.log.topics.get(queue)?.partitions[0]?.[0]?.sizeBytes ?? 0
  // Readings of ten letters, and chunks of five.
  const options = { passBytes: 10 * sizeBytes }
  t.match(await service.replay({ limit: 20, maxPerSecond: 10 }, options), { replayed: 20, cutBy: 'limit' })
  t.same(happened, ['read', 'read', 'send', 'send', 'read', 'send', 'send'])
  t.match(await service.replay({ maxPerSecond: 10 }, options), { replayed: 20, cutBy: null })
  t.same(valuesOf(plain.written()), values)
  t.ok(
    signals.every(({ aborted }) => aborted),
    'what was read ahead is given up with the call'
  )
})

t.test('the rate is kept, and the time ends a call that is not done', async (t) => {
  const plain = plainQueue()
  for (let index = 0; index < 100; index++) plain.letter(0, String(index))
  const { replay } = plain.start()
  t.match(await replay({ maxPerSecond: 10, limit: 50 }), { replayed: 50, cutBy: 'limit' })
  t.ok(plain.clock.slept >= 4000 && plain.clock.slept <= 5000, `${plain.clock.slept} ms`)
  t.match(await replay({ maxPerSecond: 10 }, { maxMs: 2000 }), { replayed: 20, cutBy: 'time' })
  t.match(await replay(), { replayed: 30, cutBy: null })
  t.equal(new Set(valuesOf(plain.written())).size, 100)
})

t.test(
  'what Kafka refuses stays undecided; what it does not answer is unconfirmed, and not repeated by itself',
  async (t) => {
    const plain = plainQueue()
    for (const value of ['a', 'b', 'c']) plain.letter(0, value)
    const { replay } = plain.start()
    plain.log.onWrite = async (topic) => (topic === 'orders' ? 'refused' : undefined)
    const refused = await replay()
    t.match(refused, { applied: false, replayed: 0, refused: 3, cutBy: 'refused', error: { code: 'kafka_refused' } })
    plain.log.onWrite = async (topic) => (topic === 'orders' ? 'indeterminate' : undefined)
    t.match(await replay({ limit: 2 }), { applied: false, unconfirmed: 2, error: { code: 'kafka_refused' } })
    plain.log.onWrite = async () => undefined
    t.match(await replay(), { replayed: 1, skipped: [{ reason: 'unconfirmed', letters: 2 }] })
    t.match(await replay({ includeUnconfirmed: true }), { replayed: 2, skipped: [] })
    t.same(valuesOf(plain.written()), ['a', 'a', 'b', 'b', 'c'], 'those of the open answers are there twice')
  }
)

t.test('a partition that a leader refuses to show is named, and the others are replayed', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  plain.letter(1, 'b')
  const { readForward } = plain.log.reader
  plain.log.reader.readForward = async (topic, options, onRecord) => {
    const { partitions = [] } = options
    const outcome = await readForward(
      topic,
      { ...options, partitions: partitions.filter((each) => each !== 0) },
      onRecord
    )
    if (topic !== queue || !partitions.includes(0)) return readForward(topic, options, onRecord)
    const refused = { partition: 0, logStartOffset: 0, logEndOffset: 1, position: 0, finished: false }
    const warning = { code: 'kafka_not_authorized', message: 'kops lacks Read' }
    return {
      ...outcome,
      cutBy: null,
      partitions: [...outcome.partitions, { ...refused, reason: 'not_authorized' as const }],
      warnings: [warning]
    }
  }
  const result = await plain.start().replay()
  t.match(result, { replayed: 1, cutBy: null, warnings: [{ code: 'kafka_not_authorized' }] })
  t.same(valuesOf(plain.written()), ['b'])
})

t.test('nothing is written that cannot be recorded before', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  plain.log.create(decisionTopic)
  plain.log.onWrite = async (topic) => (topic === decisionTopic ? 'refused' : undefined)
  await t.rejects(plain.start().replay(), { code: 'kafka_refused' })
  t.same(plain.written(), [])
})

t.test('in a pause nothing is unconfirmed', async (t) => {
  const plain = plainQueue()
  for (const value of ['a', 'b', 'c']) plain.letter(0, value)
  const service = plain.start()
  const { sleep } = plain.timing
  const found: (number | undefined)[] = []
  plain.timing.sleep = async (ms) => {
    const { decisions } = plain.start().ports
    await decisions.sync({ deadlineMs: 1000 })
    const place = { queue, queueId: plain.log.topics.get(queue)?.id ?? null, partition: 0 }
    found.push(decisions.book.unconfirmed(place, 0, 10))
    await sleep(ms)
  }
  t.match(await service.replay({ maxPerSecond: 1 }), { replayed: 3 })
  t.same(found, [0, 0])
})

class Killed extends Error {}

t.test('killed at any moment, a service has written no letter twice when the queue is done', async (t) => {
  const total = 9
  const run = async (pauses: boolean, dieAt: number, after: boolean) => {
    // Two letters a chunk.
    const request = { maxPerSecond: 4 }
    const patient = { maxMs: 1e9 }
    const plain = plainQueue()
    for (let index = 0; index < total; index++) plain.letter(index % 2, String(index))
    const { writer } = plain.log
    const { write } = writer
    let writes = 0
    let isDead = false
    writer.write = async (...args) => {
      if (isDead) throw new Killed()
      // What takes so long needs no pause afterwards.
      if (!pauses) plain.clock.ms += 10_000
      writes += 1
      isDead = writes > dieAt
      const dies = isDead
      if (dies && !after) throw new Killed()
      const results = await write(...args)
      // The record is there, and nobody hears of it.
      if (dies) throw new Killed()
      return results
    }
    const died = await plain
      .start()
      .replay(request, patient)
      .then(
        () => false,
        (error: unknown) => error instanceof Killed
      )
    writer.write = write
    const rest = plain.start()
    const second = await rest.replay(request, patient)
    const values = valuesOf(plain.written())
    t.equal(new Set(values).size, values.length, `after ${dieAt} writes nothing is there twice: ${values}`)
    const unconfirmed = second.skipped.find(({ reason }) => reason === 'unconfirmed')?.letters ?? 0
    const missing = total - values.length
    t.ok(missing <= unconfirmed, `after ${dieAt} writes what is missing (${missing}) is unconfirmed (${unconfirmed})`)
    const third = await rest.replay({ ...request, includeUnconfirmed: true }, patient)
    t.match(third, { skipped: [] })
    t.equal(new Set(valuesOf(plain.written())).size, total, 'and everything is there in the end')
    return died
  }
  let deaths = 0
  for (let dieAt = 0; dieAt < 14; dieAt++) {
    for (const after of [false, true]) {
      for (const pauses of [true, false]) if (await run(pauses, dieAt, after)) deaths += 1
    }
  }
  t.ok(deaths > 30, `${deaths} times it was killed`)
})
