import { Registry } from 'prom-client'
import t from 'tap'
import { createHandlerRegistry, registerTimeServiceHandlers } from '#services/admin/domain/events/handlers.ts'
import { publishEvent } from '#services/admin/domain/events/publish.ts'
import { parseEvent, receive } from '#services/admin/domain/events/receive.ts'
import { eventStatus } from '#services/admin/domain/events/status.ts'
import { createEventMeter } from '#services/admin/metrics/event-meter.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ConsumerState, EventConsumer, EventProducer } from '#shared/kafka/app-events/port.ts'
import { plainCluster } from '../../plain-cluster.ts'

const now = () => new Date(10_000)

function plainLog() {
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  return { lines, log: { info: write, warn: write } }
}

function plainProducer(fails?: KopsError) {
  const sent: { topic: string; key: string | null; value: string }[] = []
  const producer: EventProducer = {
    async send(record) {
      if (fails) throw fails
      sent.push(record)
      return { partition: 0, offset: sent.length - 1 }
    },
    pending: () => 0,
    async flush() {},
    connected: async () => true,
    async close() {}
  }
  return { sent, producer }
}

t.test('only JSON with a type and data is an event', async (t) => {
  const cases = [
    { value: '{"event_type":"x","data":{"a":1},"timestamp":"2026-01-31T12:34:56.789Z"}', event: true },
    { value: '{"event_type":"x","data":{}}', event: true },
    { value: '{"event_type":"","data":{}}', event: false },
    { value: '{"event_type":5,"data":{}}', event: false },
    { value: '{"event_type":"x","data":[]}', event: false },
    { value: '{"event_type":"x","data":null}', event: false },
    { value: '["x"]', event: false },
    { value: 'null', event: false },
    { value: 'not json', event: false }
  ]
  for (const { value, event } of cases) t.equal(parseEvent(value) !== undefined, event, value)
})

t.test('a record reaches the handler of its type, and a failing one does not block others', async (t) => {
  const { lines, log } = plainLog()
  const registry = createHandlerRegistry()
  registerTimeServiceHandlers(registry, log)
  t.same(registry.types(), ['http_request', 'http_response', 'error'])
  registry.register('broken', () => {
    throw new Error('no')
  })
  const outcomes: string[] = []
  const meter = {
    sent() {},
    received: ({ eventType, status, lagMs }: { eventType: string; status: string; lagMs: number }) =>
      void outcomes.push(`${eventType} ${status} ${lagMs}`)
  }
  const record = (value: string | null, timestampMs = 9_000) =>
    receive({ topic: 'a', partition: 0, offset: 0, key: null, value, timestampMs }, { registry, meter, log, now })
  const event = (event_type: string) => JSON.stringify({ event_type, data: { method: 'GET', password: 'x' } })
  await record(event('http_request'))
  await record(event('error'), 20_000)
  await record(event('custom'))
  await record(event('broken'))
  await record('nonsense')
  await record(null)
  t.same(outcomes, [
    'http_request success 1000',
    'error success 0',
    'custom unhandled 1000',
    'broken error 1000',
    'invalid error 1000',
    'invalid error 1000'
  ])
  t.match(lines[0], /a request was made .*"method":"GET"/)
  t.notOk(
    lines.some((line) => line.includes('password')),
    'only fields that are known are in the log'
  )
})

t.test('an event is written as JSON with its time, or refused before anything is sent', async (t) => {
  const { reader, reserved } = plainCluster([
    { name: 'events', partitions: 1, replicationFactor: 3 },
    { name: 'audit-logs', partitions: 1, replicationFactor: 3 }
  ])
  const counted: string[] = []
  const meter = { sent: (...args: unknown[]) => void counted.push(args.join(' ')) }
  const options = {
    defaultTopic: 'events',
    reserved,
    dryRun: false,
    now,
    deadlineMs: 10,
    sendTimeoutMs: 10
  }
  const { sent, producer } = plainProducer()
  const ports = { reader, producer, meter }
  const planned = await publishEvent(ports, { event_type: 'x', data: {} }, { ...options, dryRun: true })
  t.same(planned, {
    status: 'success',
    message: "Event 'x' would be published to Kafka",
    event: { event_type: 'x', data: {} },
    topic: 'events'
  })
  t.same(sent, [])
  const answer = await publishEvent(ports, { event_type: 'x', data: { a: 'ü' }, key: 'k' }, options)
  t.match(answer, { message: "Event 'x' published to Kafka", topic: 'events', partition: 0, offset: 0 })
  t.same(sent, [
    { topic: 'events', key: 'k', value: '{"timestamp":"1970-01-01T00:00:10.000Z","event_type":"x","data":{"a":"ü"}}' }
  ])
  for (const [topic, code] of [
    ['missing', 'topic_not_found'],
    ['audit-logs', 'topic_protected'],
    ['__consumer_offsets', 'topic_protected']
  ]) {
    await t.rejects(publishEvent(ports, { event_type: 'x', data: {}, topic: topic ?? '' }, options), {
      code,
      errors: [{ field: 'topic' }]
    })
  }
  const failing = { ...ports, producer: plainProducer(new KopsError('kafka_timeout', 'no answer')).producer }
  await t.rejects(publishEvent(failing, { event_type: 'x', data: {} }, options), { code: 'kafka_timeout' })
  const bytes = Buffer.byteLength(sent[0]?.value ?? '')
  t.same(counted, [`events success ${bytes}`, `events error ${bytes - '"a":"xx"'.length}`], 'sizes are in bytes')
})

t.test('the status reports what is missing, and that nothing answers', async (t) => {
  const cluster = plainCluster([{ name: 'events', partitions: 1, replicationFactor: 3 }])
  const { producer } = plainProducer()
  const consumer = (state: ConsumerState): EventConsumer => ({ start() {}, state: () => state, async close() {} })
  const parts = { producer, registry: createHandlerRegistry(), topics: ['events', 'requests'], group: 'g' }
  const options = { now, deadlineMs: 10 }
  t.match(await eventStatus(cluster.reader, { ...parts, consumer: consumer('running') }, options), {
    kafka_producer: 'connected',
    kafka_consumer: 'running',
    missing_topics: ['requests'],
    warnings: [{ code: 'topic_not_found', target: 'requests' }]
  })
  for (const id of [1, 2, 3]) cluster.dead.add(id)
  t.match(await eventStatus(cluster.reader, { ...parts, consumer: consumer('stopped') }, options), {
    kafka_producer: 'disconnected',
    kafka_consumer: 'disconnected',
    missing_topics: [],
    warnings: [{ code: 'cluster_unreachable' }]
  })
})

t.test('types that strangers invent do not make series without end', async (t) => {
  const registry = new Registry()
  const meter = createEventMeter(registry)
  for (let number = 0; number < 150; number++) {
    meter.received({ topic: 'a', eventType: `type-${number}`, status: 'unhandled', seconds: 0, lagMs: 0 })
  }
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('kafka_messages_received_total{'))
  t.equal(lines.length, 101)
  t.ok(lines.includes('kafka_messages_received_total{topic="a",event_type="other",status="unhandled"} 50'))
})
