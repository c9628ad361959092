import t from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { until } from '../cluster/own-cluster.ts'
import { bootstrapServers, kafkaSettings } from '../support/under-test.ts'
import { ask, independentAdmin } from './service.ts'

const stamp = Date.now().toString(36)
const events = `test-admin-events-${stamp}`
const requests = `test-admin-requests-${stamp}`
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
    KOPS_EVENTS_LOOK_INTERVAL_MS: '200'
  })
)
t.teardown(async () => {
  await app.close()
  const kafka = await independentAdmin(t)
  const existing = await kafka.listTopics()
  await kafka.deleteTopics({ topics: [events, requests].filter((name) => existing.includes(name)), timeout: 15_000 })
  await kafka.deleteGroups([group]).catch(() => {})
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
    { payload: { event_type: 'x', data: {}, topic: 'a b' }, status: 400, field: 'topic' },
    { payload: { event_type: 'x', data: {}, topic: '__consumer_offsets' }, status: 403, field: 'topic' },
    { payload: { event_type: 'x', data: {}, topic: 'audit-logs' }, status: 403, field: 'topic' }
  ]
  for (const { payload, status, field } of cases) {
    const answer = await publish(payload)
    t.equal(answer.statusCode, status, JSON.stringify(payload))
    t.equal(answer.json().errors[0].field, field)
  }
})

t.test('events come back to their handlers, and are counted as the time service counts them', async (t) => {
  for (const topicName of [events, requests]) {
    t.equal((await ask('POST', `/api/topics?topicName=${topicName}&partitions=3&replicationFactor=2`)).status, 201)
  }
  await until('the consumer reads both', 25_000, async () => {
    const { kafka_consumer, missing_topics } = await status()
    return kafka_consumer === 'running' && missing_topics.length === 0
  })
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
    topic: requests,
    offset: 0
  })
  for (const event_type of ['http_response', 'error', 'custom_event']) {
    t.equal((await publish({ event_type, data: { status_code: 200 } })).statusCode, 200, event_type)
  }
  t.same((await app.inject({ method: 'POST', url: '/kafka/flush' })).json(), {
    status: 'success',
    message: 'Kafka producer flushed',
    pending: 0
  })
  const received = (topic: string, type: string, outcome: string) =>
    `kafka_messages_received_total{topic="${topic}",event_type="${type}",status="${outcome}"}`
  await until('all four are handled', 25_000, async () => {
    const counts = await Promise.all([
      metric(received(requests, 'http_request', 'success')),
      metric(received(events, 'http_response', 'success')),
      metric(received(events, 'error', 'success')),
      metric(received(events, 'custom_event', 'unhandled'))
    ])
    return counts.every((count) => count === 1)
  })
  t.equal(await metric(`kafka_messages_sent_total{topic="${events}",status="success"}`), 3)
  t.equal(await metric(`kafka_message_size_bytes_count{topic="${requests}"}`), 1)
  t.equal(await metric(`kafka_message_process_time_seconds_count{topic="${events}",event_type="error"}`), 1)
  t.equal(await metric(`kafka_consumer_lag_ms_count{topic="${events}"}`), 3)
})

t.test('handled records are committed when the service ends', async (t) => {
  await app.close()
  const kafka = await independentAdmin(t)
  const offsets = await kafka.fetchOffsets({ groupId: group, topics: [events, requests] })
  const committed = offsets.flatMap(({ partitions }) => partitions).map(({ offset }) => Math.max(0, Number(offset)))
  t.equal(
    committed.reduce((sum, offset) => sum + offset, 0),
    4
  )
  t.equal((await kafka.describeGroups([group])).groups[0]?.members.length, 0)
})
