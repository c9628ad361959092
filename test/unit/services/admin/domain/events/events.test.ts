import { Registry } from 'prom-client'
import t from 'tap'
import { type EventMeter, handleEvent, observeTrouble } from '#services/admin/domain/events/handle-event.ts'
import { createHandlerRegistry, registerTimeServiceHandlers } from '#services/admin/domain/events/handlers.ts'
import { publishEvent } from '#services/admin/domain/events/publish.ts'
import { eventStatus } from '#services/admin/domain/events/status.ts'
import { policiesOf } from '#services/admin/domain/policies/topic-policies.ts'
import { createEventMeter } from '#services/admin/metrics/event-meter.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { EventProducer } from '#shared/kafka/app-events/port.ts'
import type { ConsumerState, GroupConsumer, ReceivedRecord } from '#shared/kafka/consuming/port.ts'
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

/** A meter that records its calls. */
function plainMeter() {
  const counted: string[] = []
  const note =
    (what: string) =>
    (...args: unknown[]) =>
      void counted.push(
        `${what} ${args.map((each) => (typeof each === 'object' ? JSON.stringify(each) : each)).join(' ')}`
      )
  const meter: EventMeter = {
    ...{ sent: note('sent'), dropped: note('dropped'), attempted: note('attempted'), retried: note('retried') },
    paused: note('paused'),
    received: ({ eventType, status, lagMs }) => void counted.push(`${eventType} ${status} ${lagMs}`),
    statistics: () => ({ messages_sent: 3, bytes_sent: 300, send_errors: 1, messages_dropped: 2 })
  }
  return { counted, meter }
}

function recordOf(value: string | null, more: Partial<ReceivedRecord> = {}): ReceivedRecord {
  const bytes = value === null ? null : Buffer.from(value)
  return {
    ...{ topic: 'a', partition: 0, offset: 7, timestampMs: 9000, key: null, value: bytes, headers: [], sizeBytes: 0 },
    ...more
  }
}

const eventOf = (event_type: string, data: object = {}) =>
  JSON.stringify({ timestamp: '2026-01-31T12:34:56.789Z', event_type, data })
const request = eventOf('http_request', { user_ip: '::1', method: 'GET', endpoint: '/', password: 'x' })

t.test(
  'a record reaches the handler of its type; one without a handler and one that fails are distinguished',
  async (t) => {
    const { lines, log } = plainLog()
    const { counted, meter } = plainMeter()
    const registry = createHandlerRegistry()
    registerTimeServiceHandlers(registry, log)
    t.same(registry.types(), ['http_request', 'http_response', 'error'])
    registry.register('broken', () => {
      throw new TypeError('no')
    })
    const paused = new Set<string>()
    const handling = { registry, meter, log, now, monotonicMs: () => 0, paused }
    const error = eventOf('error', { error_message: 'm', error_type: 't', service: 's' })
    await handleEvent(recordOf(request), handling)
    await handleEvent(recordOf(error, { timestampMs: 20_000 }), handling)
    await handleEvent(recordOf(eventOf('custom')), handling)
    t.throws(() => handleEvent(recordOf(eventOf('broken')), handling), TypeError)
    for (const none of [recordOf('nonsense'), recordOf(null), recordOf('{}', { unreadable: 'checksum' })]) {
      t.throws(() => handleEvent(none, handling), { code: 'event_invalid' })
    }
    registry.register('later', async ({ data }) => {
      await Promise.resolve()
      if (data['fails']) throw new TypeError('later')
    })
    const later = handleEvent(recordOf(eventOf('later')), handling)
    t.equal(counted.filter((each) => each.includes('later')).length, 0, 'it is not handled yet')
    await later
    await t.rejects(async () => handleEvent(recordOf(eventOf('later', { fails: true })), handling), TypeError)
    t.same(
      counted.filter((each) => !each.startsWith('attempted')),
      ['http_request success 1000', 'error success 0', 'custom unhandled 1000', 'later success 1000']
    )
    t.same(
      counted.filter((each) => each.startsWith('attempted')),
      ['http_request', 'error', 'custom', 'broken', 'later', 'later'].map((type) => `attempted a ${type} 0`)
    )
    t.match(lines[0], /a request was made .*"method":"GET"/)
    t.notOk(
      lines.some((line) => line.includes('password')),
      'only fields that are known are in the log'
    )

    const trouble = observeTrouble({ topic: 'a', partition: 0 }, handling)
    counted.length = 0
    trouble.retried(recordOf(request), new Error('x'), 1)
    trouble.stuck(true)
    t.same([...paused], ['a-0'])
    trouble.stuck(false)
    trouble.buried(recordOf(request), new Error('x'), 3)
    trouble.buried(recordOf('nonsense', { timestampMs: -1 }), new KopsError('event_invalid', 'not JSON'), 1)
    t.same(counted, ['retried a', 'paused 1', 'paused 0', 'http_request error 1000', 'invalid error 0'])
  }
)

t.test('an event is written as JSON with its time, or refused before anything is sent', async (t) => {
  const { reader, reserved } = plainCluster([
    { name: 'events', partitions: 1, replicationFactor: 3 },
    { name: 'audit-logs', partitions: 1, replicationFactor: 3 }
  ])
  const { counted, meter } = plainMeter()
  const options = {
    defaultTopic: 'events',
    reserved,
    policies: async () => [],
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
  const large = { text: 'ü'.repeat(500_000) }
  const cases = [
    { event: { event_type: 'x', data: {}, topic: 'missing' }, code: 'topic_not_found', field: 'topic' },
    { event: { event_type: 'x', data: {}, topic: 'audit-logs' }, code: 'topic_protected', field: 'topic' },
    { event: { event_type: 'x', data: {}, topic: '__consumer_offsets' }, code: 'topic_protected', field: 'topic' },
    { event: { event_type: 'x', data: large }, code: 'payload_too_large', field: 'data' },
    {
      event: { event_type: 'http_response', data: { user_ip: '::1' } },
      code: 'event_invalid',
      field: 'data.status_code'
    }
  ]
  for (const { event, code, field } of cases) {
    await t.rejects(publishEvent(ports, event, options), { code, errors: [{ field }] })
  }
  await t.rejects(
    publishEvent(ports, { event_type: 'x', data: large }, options),
    /1000076 bytes.* 1000000 are possible/
  )
  const failing = { ...ports, producer: plainProducer(new KopsError('kafka_timeout', 'no answer')).producer }
  await t.rejects(publishEvent(failing, { event_type: 'x', data: {} }, options), { code: 'kafka_timeout' })
  const bytes = Buffer.byteLength(sent[0]?.value ?? '')
  t.same(
    counted,
    [`sent events success ${bytes}`, `sent events error ${bytes - '"a":"xx"'.length}`],
    'sizes are in bytes'
  )
})

t.test('the status reports what is missing, what is paused, and that nothing answers', async (t) => {
  const cluster = plainCluster(
    ['events', 'others', 'others.dlq'].map((name) => ({ name, partitions: 1, replicationFactor: 3 }))
  )
  const consumer = (state: ConsumerState): GroupConsumer => ({ start() {}, state: () => state, async close() {} })
  const parts = {
    ...{ producer: plainProducer().producer, publisher: { pending: () => 4 }, registry: createHandlerRegistry() },
    ...{ meter: plainMeter().meter, topics: ['events', 'requests', 'others'], group: 'g' },
    paused: new Set(['events-1', 'events-0'])
  }
  const options = { now, deadlineMs: 10 }
  t.match(await eventStatus(cluster.reader, { ...parts, consumer: consumer('running') }, options), {
    kafka_producer: 'connected',
    kafka_consumer: 'running',
    missing_topics: ['requests'],
    paused_partitions: ['events-0', 'events-1'],
    producer_statistics: { messages_sent: 3, bytes_sent: 300, send_errors: 1, messages_queued: 4, messages_dropped: 2 },
    warnings: [
      { code: 'topic_not_found', target: 'requests' },
      { code: 'topic_not_found', target: 'events.dlq' }
    ]
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
    meter.received({ topic: 'a', eventType: `type-${number}`, status: 'unhandled', lagMs: 0 })
    meter.attempted('a', `type-${number}`, 0)
  }
  const linesOf = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`))
  const received = await linesOf('kafka_messages_received_total')
  t.equal(received.length, 101)
  t.ok(received.includes('kafka_messages_received_total{topic="a",event_type="other",status="unhandled"} 50'))
  t.equal((await linesOf('kafka_message_process_time_seconds_count')).length, 101)
})

t.test('the metrics have the names and labels of the time service, and the producer its statistics', async (t) => {
  const registry = new Registry()
  const meter = createEventMeter(registry)
  meter.sent('a', 'success', 120)
  meter.sent('a', 'success', 80)
  meter.sent('a', 'error', 50)
  meter.dropped('a')
  meter.received({ topic: 'a', eventType: 'error', status: 'success', lagMs: 5 })
  meter.attempted('a', 'error', 0.002)
  const text = await registry.metrics()
  for (const line of [
    'kafka_messages_sent_total{topic="a",status="success"} 2',
    'kafka_messages_sent_total{topic="a",status="error"} 1',
    'kafka_message_size_bytes_sum{topic="a"} 200',
    'kafka_messages_received_total{topic="a",event_type="error",status="success"} 1',
    'kafka_message_process_time_seconds_count{topic="a",event_type="error"} 1',
    'kafka_consumer_lag_ms_count{topic="a"} 1',
    'kops_events_dropped_total{topic="a"} 1'
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
  t.same(meter.statistics(), { messages_sent: 2, bytes_sent: 200, send_errors: 1, messages_dropped: 1 })
})

t.test('the policy of a catalog asks for a correlation id, which goes into the header that it names', async (t) => {
  const { reader, reserved } = plainCluster([{ name: 'events', partitions: 1, replicationFactor: 3 }])
  const { sent, producer } = plainProducer()
  const ports = { reader, producer, meter: plainMeter().meter }
  const policiesWith = (enforce: 'correlationIdHeader'[]) => async () =>
    policiesOf([{ name: 'ours', topics: [], policy: { topics: ['e*'], correlationIdHeader: 'trace', enforce } }])
  const common = { defaultTopic: 'events', reserved, dryRun: false, now, deadlineMs: 10, sendTimeoutMs: 10 }
  const options = { ...common, policies: policiesWith([]) }
  const event = { event_type: 'x', data: {} }
  t.match(await publishEvent(ports, event, options), {
    warnings: [{ code: 'policy_broken', message: /correlation_id lacks the header trace/ }]
  })
  t.equal((await publishEvent(ports, { ...event, correlation_id: 'c-1' }, options)).warnings, undefined)
  t.match(sent[1], { headers: [['trace', 'c-1']] })
  await publishEvent(ports, { ...event, correlation_id: 'c-2' }, { ...options, policies: async () => [] })
  t.match(sent[2], { headers: [['correlation-id', 'c-2']] })
  const enforcing = { ...options, policies: policiesWith(['correlationIdHeader']) }
  await t.rejects(publishEvent(ports, event, enforcing), {
    code: 'policy_broken',
    errors: [{ field: 'correlation_id' }]
  })
  t.equal(sent.length, 3)
})
