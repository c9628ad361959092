import { join } from 'node:path'
import kafkajs, { type IHeaders, type Message as KafkajsMessage } from 'kafkajs'
import t, { type Test } from 'tap'
import type { AuditList } from '#shared/contracts/audit.ts'
import type { DiscardResult, ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { DeadLetterQueueList, LetterPage } from '#shared/contracts/dead-letters.ts'
import type { App } from '#shared/http/create-app.ts'
import { ownService } from '../health/own-service.ts'
import { eventually } from '../support/eventually.ts'
import { kafkajsConnection } from '../support/under-test.ts'
import { serve } from './message-service.ts'
import { ask, ownTopic } from './service.ts'

t.setTimeout(120_000)

const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })

const int = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const long = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

/** As share groups, Kafka Connect and Spring Kafka write them. */
const formats = {
  kafka: (topic: string, offset: number): IHeaders => ({
    ...{ '__dlq.errors.topic': topic, '__dlq.errors.partition': '0', '__dlq.errors.offset': String(offset) },
    ...{ '__dlq.errors.group': 'billing', '__dlq.errors.message': 'rejected' }
  }),
  connect: (topic: string, offset: number): IHeaders => ({
    ...{
      '__connect.errors.topic': topic,
      '__connect.errors.partition': '1',
      '__connect.errors.offset': String(offset)
    },
    ...{ '__connect.errors.connector.name': 'sink', '__connect.errors.task.id': '0' },
    '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
    '__connect.errors.exception.message': 'no schema'
  }),
  spring: (topic: string, offset: number): IHeaders => ({
    ...{ 'kafka_dlt-original-topic': topic, 'kafka_dlt-original-partition': int(2) },
    ...{ 'kafka_dlt-original-offset': long(offset), 'kafka_dlt-original-timestamp': long(originalMs) },
    'kafka_dlt-exception-cause-fqcn': 'java.lang.IllegalStateException',
    'kafka_dlt-exception-message': 'no account'
  })
}
/** Within the retention of the topics. */
const originalMs = Date.now() - 3_600_000

/** A topic with three partitions, and its queue. */
async function makeQueue(t: Test, stem: string): Promise<{ origin: string; queue: string }> {
  const origin = ownTopic(t, stem)
  const queue = `${origin}.dlq`
  t.teardown(() => ask('DELETE', `/api/topics/${queue}?force=true&reason=test`))
  for (const [name, configs] of [
    [origin, {}],
    [queue, { 'max.message.bytes': '2097152' }]
  ] as const) {
    const spec = { name, partitions: 3, replicationFactor: 3, configs }
    t.equal((await ask('POST', '/api/topics', spec)).status, 201)
  }
  return { origin, queue }
}

async function produce(t: Test, topic: string, messages: KafkajsMessage[]): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  await producer.send({ topic, messages })
}

/** What another client finds in a topic. */
async function consume(t: Test, topic: string, count: number) {
  const consumer = kafka.consumer({ groupId: `test-${topic}`, maxWaitTimeInMs: 200 })
  t.teardown(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const found: { partition: number; message: KafkajsMessage }[] = []
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          found.push({ partition, message })
          if (found.length === count) resolve()
        }
      })
      .catch(reject)
  })
  return found
}

const call = (app: App) => ({
  list: async () => (await app.inject('/api/dead-letters')).json<DeadLetterQueueList>(),
  read: async (queue: string, query = '') =>
    (await app.inject(`/api/dead-letters/${queue}/letters${query}`)).json<LetterPage>(),
  change: async <T = ReplayResult>(queue: string, how: 'replay' | 'discard', payload: object = {}, query = '') => {
    const url = `/api/dead-letters/${queue}/${how}${query}`
    const answer = await app.inject({ method: 'POST', url, payload })
    return { status: answer.statusCode, body: answer.json<T>() }
  }
})

t.test('letters of three systems are listed, read, replayed as they were, limited and discarded', async (t) => {
  const { origin, queue } = await makeQueue(t, 'dlq')
  const { app } = await serve(t)
  const { list, read, change } = call(app)
  const large = Buffer.alloc(1_000_000, 'x')
  const timestamp = String(originalMs)
  await produce(t, queue, [
    { partition: 0, key: 'k', value: '{"a":1}', headers: { ...formats.kafka(origin, 5), trace: 'abc' }, timestamp },
    { partition: 0, key: 'c', value: Buffer.from([0, 255, 1]), headers: formats.connect(origin, 6), timestamp },
    { partition: 0, key: 's', value: null, headers: formats.spring(origin, 7) },
    { partition: 1, key: 'big', value: large, headers: formats.kafka(origin, 8), timestamp },
    { partition: 1, value: 'nothing known' },
    { partition: 1, value: 'gone', headers: formats.connect('test-admin-no-such-topic', 0) },
    { partition: 2, value: 'again', headers: { ...formats.kafka(origin, 9), 'kops.dlq.replays': '3' } }
  ])

  const ofQueue = async () => (await list()).queues.find(({ topic }) => topic === queue)
  const listed = await eventually('every letter is counted', ofQueue, (found) => found?.letters === 7)
  t.match(listed, {
    originTopic: origin,
    undecided: 7,
    unconfirmed: 0,
    oldestUndecidedAt: new Date(originalMs).toISOString()
  })

  // health-service takes the same from its sweep.
  const health = await ownService(t, { KOPS_POLL_INTERVAL_MS: '1000', KOPS_DATA_DIR: join(t.testdirName, 'health') })
  const metric = (name: string) => () => health.metric(`kops_dead_letters${name}\\{queue="${queue}"\\}`)
  await eventually('the queue has metrics', metric(''), (value) => value === 7, 20_000)
  await eventually('letters are undecided', metric('_undecided'), (value) => value === 7, 20_000)
  const ageSeconds = await metric('_oldest_undecided_seconds')()
  t.ok(ageSeconds >= 3600 && ageSeconds < 3700, `the oldest is ${ageSeconds} s old`)

  const { letters } = await read(queue)
  const shownOrigins = letters.map(({ origin: { format, topic, partition, offset, errorClass } }) =>
    [format, topic, partition, offset, errorClass].join()
  )
  const dataException = 'org.apache.kafka.connect.errors.DataException'
  t.same(
    shownOrigins.sort(),
    [
      ...[5, 8, 9].map((offset) => `share-group,${origin},0,${offset},`),
      `connect,${origin},1,6,${dataException}`,
      `spring,${origin},2,7,java.lang.IllegalStateException`,
      ',,,,',
      `connect,test-admin-no-such-topic,1,0,${dataException}`
    ].sort()
  )
  const few = await read(queue, '?limit=2&error=no%20account')
  t.match(few.letters, [{ origin: { format: 'spring', timestamp: new Date(originalMs).toISOString() } }])

  const reasons = { no_origin: 1, origin_missing: 1, replayed_too_often: 1 }
  const reasonsOf = ({ skipped }: ReplayResult) =>
    Object.fromEntries(skipped.map(({ reason, letters }) => [reason, letters]))
  const planned = await change(queue, 'replay', {}, '?dryRun=true')
  t.match(planned, { status: 200, body: { applied: false, selected: 4, targets: [{ topic: origin, letters: 4 }] } })
  t.same(reasonsOf(planned.body), reasons)
  const done = await change(queue, 'replay')
  t.match(done, { status: 200, body: { applied: true, replayed: 4 } }, JSON.stringify(done.body))
  t.same(reasonsOf(done.body), reasons)

  const found = await consume(t, origin, 4)
  const byKey = new Map(found.map((each) => [each.message.key?.toString(), each]))
  t.match(byKey.get('k'), { partition: 0, message: { value: Buffer.from('{"a":1}'), timestamp } })
  t.strictSame(byKey.get('k')?.message.headers, { trace: Buffer.from('abc'), 'kops.dlq.replays': Buffer.from('1') })
  t.match(byKey.get('c'), { partition: 1, message: { value: Buffer.from([0, 255, 1]), timestamp } })
  t.match(byKey.get('s'), { partition: 2, message: { value: null, timestamp } })
  t.ok(large.equals(Buffer.from(byKey.get('big')?.message.value ?? '')), 'a large value has the same bytes')

  await app.close()
  const again = call((await serve(t)).app)
  t.match(
    await again.change(queue, 'replay'),
    { body: { selected: 0, applied: true } },
    'a restart replays nothing again'
  )
  t.equal((await again.read(queue, '?status=replayed')).letters.length, 4)

  const forced = { letters: [{ partition: 2, from: 0 }], force: true, reason: 'mended' }
  t.match(await again.change(queue, 'replay', { ...forced, reason: undefined }), { status: 400 })
  t.match(await again.change(queue, 'replay', forced), { status: 200, body: { replayed: 1 } })
  t.match(await again.change(queue, 'replay', { to: 'test-admin-none' }), {
    status: 404,
    body: { errors: [{ field: 'to' }] }
  })
  t.match(await again.change(queue, 'replay', { to: 'audit-logs' }), { status: 403, body: { code: 'topic_protected' } })
  t.match(await again.change(origin, 'replay'), { status: 400, body: { errors: [{ field: 'topicName' }] } })

  const discarded = await again.change<DiscardResult>(queue, 'discard', { partition: 1, reason: 'a test' })
  t.match(discarded, { status: 200, body: { applied: true, selected: 2 } })
  const after = (await again.list()).queues.find(({ topic }) => topic === queue)
  t.match(after, { letters: 7, undecided: 0, oldestUndecidedAt: null })
  await eventually('health-service knows the decisions', metric('_undecided'), (value) => value === 0, 20_000)
  t.equal(await metric('_oldest_undecided_seconds')(), 0)
  const { body: trail } = await ask<AuditList>('GET', `/api/audit?target=${queue}&limit=20`)
  const changes = trail.events.filter(({ outcome }) => outcome === 'applied').map(({ action }) => action)
  t.ok(changes.includes('dead-letter.replay') && changes.includes('dead-letter.discard'), changes.join())
})
