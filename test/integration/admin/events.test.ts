import kafkajs from 'kafkajs'
import t from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { buildApp as buildHealth } from '#services/health/app.ts'
import { loadConfig as healthConfig } from '#services/health/config.ts'
import { buildApp as buildLoadTest } from '#services/load-test/app.ts'
import { loadConfig as loadTestConfig } from '#services/load-test/config.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { until } from '../cluster/own-cluster.ts'
import { bootstrapServers, kafkajsConnection, kafkaSettings } from '../support/under-test.ts'
import { ask, independentAdmin } from './service.ts'

const stamp = Date.now().toString(36)
const events = `test-admin-events-${stamp}`
const requests = `test-admin-requests-${stamp}`
const letters = [`${events}.dlq`, `${requests}.dlq`]
const group = `test-admin-events-${stamp}`

const app = await buildApp(
  loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
    ...kafkaSettings,
    KOPS_DATA_DIR: t.testdir(),
    KOPS_EVENTS_TOPIC: events,
    KOPS_EVENTS_REQUESTS_TOPIC: requests,
    KOPS_EVENTS_GROUP: group,
    KOPS_EVENTS_LOOK_INTERVAL_MS: '200',
    KOPS_TRUSTED_PROXIES: '127.0.0.1'
  })
)
const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })
t.teardown(async () => {
  await app.close()
  const admin = await independentAdmin(t)
  const existing = await admin.listTopics()
  const topics = [events, requests, ...letters].filter((name) => existing.includes(name))
  await admin.deleteTopics({ topics, timeout: 15_000 })
  await admin.deleteGroups([group]).catch(() => {})
})
await app.ready()

const status = async () => (await app.inject('/kafka/status')).json()
const publish = (payload: object) => app.inject({ method: 'POST', url: '/kafka/publish', payload })
const metric = async (line: string) => {
  const lines = (await app.inject('/metrics')).body.split('\n')
  return Number(
    lines
      .find((candidate) => candidate.startsWith(`${line} `))
      ?.split(' ')
      .at(-1) ?? 0
  )
}
const received = (topic: string, type: string, outcome: string) =>
  metric(`kafka_messages_received_total{topic="${topic}",event_type="${type}",status="${outcome}"}`)

const create = async (topicName: string) =>
  (await ask('POST', `/api/topics?topicName=${topicName}&partitions=3&replicationFactor=2`)).status === 201

t.test('without its topics the service works, reports it, and refuses what it cannot write', async (t) => {
  t.same((await app.inject('/healthz')).json(), { status: 'healthy' })
  t.match(await status(), {
    kafka_producer: 'connected',
    kafka_consumer: 'idle',
    consumer_topics: [events, requests],
    consumer_handlers: ['http_request', 'http_response', 'error'],
    missing_topics: [events, requests],
    warnings: [{ code: 'topic_not_found' }, { code: 'topic_not_found' }]
  })
  const refused = await publish({ event_type: 'x', data: {} })
  t.equal(refused.statusCode, 404)
  t.match(refused.json(), { code: 'topic_not_found', errors: [{ field: 'topic' }] })
  const cases = [
    { payload: { data: {} }, status: 400, field: 'event_type' },
    { payload: { event_type: 'x' }, status: 400, field: 'data' },
    { payload: { event_type: 'x', data: [] }, status: 400, field: 'data' },
    { payload: { event_type: 'http_request', data: { method: 'GET' } }, status: 422, field: 'data.user_ip' },
    { payload: { event_type: 'x', data: { text: 'x'.repeat(1_020_000) } }, status: 413, field: 'data' },
    { payload: { event_type: 'x', data: { text: 'x'.repeat(1_100_000) } }, status: 413, field: 'body' },
    { payload: { event_type: 'x', data: {}, topic: 'a b' }, status: 400, field: 'topic' },
    { payload: { event_type: 'x', data: {}, topic: '__consumer_offsets' }, status: 403, field: 'topic' },
    { payload: { event_type: 'x', data: {}, topic: 'audit-logs' }, status: 403, field: 'topic' }
  ]
  for (const { payload, status, field } of cases) {
    const answer = await publish(payload)
    const name = JSON.stringify(payload).slice(0, 200)
    t.equal(answer.statusCode, status, name)
    t.equal(answer.json().errors[0].field, field, name)
  }
  // Its events wait for the topics.
  t.equal((await app.inject({ url: '/', headers: { 'x-forwarded-for': '203.0.113.9' } })).json().user_ip, '203.0.113.9')
  t.match((await status()).producer_statistics, { messages_queued: 2, messages_sent: 0 })
})

t.test('the events of a request come back to their handlers once there are topics', async (t) => {
  for (const topicName of [events, requests]) t.ok(await create(topicName))
  await until('the consumer reads both', 25_000, async () => {
    const { kafka_consumer, missing_topics } = await status()
    return kafka_consumer === 'running' && missing_topics.length === 0
  })
  await until('both are handled', 25_000, async () => {
    const counts = [
      await received(requests, 'http_request', 'success'),
      await received(requests, 'http_response', 'success')
    ]
    return counts.every((count) => count === 1)
  })
  t.match((await status()).producer_statistics, { messages_queued: 0, messages_sent: 2, send_errors: 0 })
})

t.test(
  'a record that is no event pauses its partition until there is a topic for it, and goes there as it was',
  async (t) => {
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    t.teardown(() => producer.disconnect())
    const bad = {
      key: 'user-1',
      value: Buffer.from([0xff, 0x00]),
      headers: { trace: 't1' },
      timestamp: '1700000000000'
    }
    const good = JSON.stringify({ timestamp: '2026-01-31T12:34:56.789Z', event_type: 'behind', data: {} })
    await producer.send({
      topic: events,
      messages: [
        { partition: 0, ...bad },
        { partition: 0, key: 'user-1', value: good },
        { partition: 1, value: good }
      ]
    })
    await until('the partition is paused', 15_000, async () => (await status()).paused_partitions.length > 0)
    t.match(await status(), { paused_partitions: [`${events}-0`], kafka_consumer: 'running' })
    await until('another partition goes on', 15_000, async () => (await received(events, 'behind', 'unhandled')) === 1)
    t.equal(await received(events, 'invalid', 'error'), 0)
    t.equal(await metric('kops_event_partitions_paused'), 1)

    for (const topicName of letters) t.ok(await create(topicName))
    await until('nothing waits', 25_000, async () => (await received(events, 'behind', 'unhandled')) === 2)
    t.equal(await received(events, 'invalid', 'error'), 1)
    t.match(await status(), { paused_partitions: [], warnings: [] })

    const reader = kafka.consumer({ groupId: `${group}-letters` })
    t.teardown(() => reader.disconnect())
    await reader.connect()
    await reader.subscribe({ topics: [`${events}.dlq`], fromBeginning: true })
    const letter = await new Promise<kafkajs.KafkaMessage>((resolve) => {
      reader.run({ eachMessage: async ({ message }) => resolve(message) })
    })
    t.match(letter, { key: Buffer.from(bad.key), value: bad.value, timestamp: bad.timestamp })
    t.same(letter.headers?.['trace'], Buffer.from('t1'))
    const headers = Object.entries(letter.headers ?? {}).map(([name, value]): [string, Buffer] => [
      name,
      Buffer.from(String(value))
    ])
    t.match(parseDeadLetter(headers), {
      ...{ topic: events, partition: 0, offset: 0, group, message: 'the value is not UTF-8', deliveries: 1 },
      timestampMs: Number(bad.timestamp)
    })
  }
)

t.test('events that are published come back, and are counted as the time service counts them', async (t) => {
  const planned = await app.inject({
    method: 'POST',
    url: '/kafka/publish?dryRun=true',
    payload: { event_type: 'x', data: {} }
  })
  t.match(planned.json(), { status: 'success', message: "Event 'x' would be published to Kafka" })

  const data = { user_ip: '192.168.1.1', method: 'GET', endpoint: '/' }
  const answer = await publish({ event_type: 'http_request', data, topic: requests, key: '192.168.1.1' })
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    status: 'success',
    message: "Event 'http_request' published to Kafka",
    event: { event_type: 'http_request', data },
    topic: requests
  })
  const more = {
    http_response: { user_ip: '192.168.1.1', status_code: 200, response_time_ms: 45.5 },
    error: { error_message: 'm', error_type: 't', service: 's' },
    custom_event: { user_id: '123', action: 'login' }
  }
  for (const [event_type, data] of Object.entries(more)) {
    t.equal((await publish({ event_type, data })).statusCode, 200, event_type)
  }
  t.same((await app.inject({ method: 'POST', url: '/kafka/flush' })).json(), {
    status: 'success',
    message: 'Kafka producer flushed',
    pending: 0
  })
  await until('all four are handled', 25_000, async () => {
    const counts = await Promise.all([
      received(requests, 'http_request', 'success').then((count) => count - 1),
      received(events, 'http_response', 'success'),
      received(events, 'error', 'success'),
      received(events, 'custom_event', 'unhandled')
    ])
    return counts.every((count) => count === 1)
  })
  t.equal(await metric(`kafka_messages_sent_total{topic="${events}",status="success"}`), 3)
  t.equal(await metric(`kafka_message_size_bytes_count{topic="${requests}"}`), 3)
  t.equal(await metric(`kafka_message_process_time_seconds_count{topic="${events}",event_type="error"}`), 1)
  t.equal(await metric(`kafka_consumer_lag_ms_count{topic="${events}"}`), 6)
})

t.test('the other services publish their requests to the same topic, with a setting', async (t) => {
  const before = await received(requests, 'http_request', 'success')
  const env = {
    ...{ KOPS_LOG_LEVEL: 'silent', KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','), ...kafkaSettings },
    ...{ KOPS_EVENTS_PUBLISH: 'all', KOPS_EVENTS_TOPIC: events, KOPS_EVENTS_REQUESTS_TOPIC: requests }
  }
  const others = [
    await buildHealth(healthConfig({ ...env, KOPS_ZOOKEEPER_SERVERS: '', KOPS_DATA_DIR: t.testdir() })),
    await buildLoadTest(loadTestConfig({ ...env, KOPS_LOAD_RUNS_TOPIC: '', KOPS_DATA_DIR: t.testdir() }))
  ]
  t.teardown(() => Promise.all(others.map((other) => other.close())))
  for (const other of others) await other.ready()
  for (const [index, url] of ['/api/alerts', '/api/loadtest/stats'].entries()) {
    t.equal((await others[index]?.inject(url))?.statusCode, 200, url)
  }
  await until('admin-service has handled both', 25_000, async () => {
    return (await received(requests, 'http_request', 'success')) === before + others.length
  })
})

t.test('handled records are committed when the service ends, and accepted events are written', async (t) => {
  await app.inject('/')
  await app.close()
  const admin = await independentAdmin(t)
  const offsets = await admin.fetchOffsets({ groupId: group, topics: [events, requests] })
  const committed = offsets.flatMap(({ partitions }) => partitions).map(({ offset }) => Math.max(0, Number(offset)))
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)
  t.ok(sum(committed) >= 9, 'those before it was asked to end')
  t.equal((await admin.describeGroups([group])).groups[0]?.members.length, 0)
  t.equal(sum((await admin.fetchTopicOffsets(requests)).map(({ high }) => Number(high))), 9)
})
