import t from 'tap'
import { Type } from 'typebox'
import {
  consumerConfigProperties,
  consumerSettingsOf,
  producerConfigProperties,
  producerSettingsOf
} from '#shared/kafka/client-settings.ts'
import { producerProfiles } from '#shared/kafka/producing/port.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'

type Producer = Parameters<typeof producerSettingsOf>[0]
type Consumer = Parameters<typeof consumerSettingsOf>[0]
const producer = (config: object | string, KOPS_PRODUCER_PROFILE: Producer['KOPS_PRODUCER_PROFILE'] = '') =>
  producerSettingsOf({
    KOPS_PRODUCER_PROFILE,
    KOPS_PRODUCER_CONFIG: typeof config === 'string' ? config : JSON.stringify(config)
  })
const consumer = (config: object | string, KOPS_CONSUMER_PROFILE: Consumer['KOPS_CONSUMER_PROFILE'] = '') =>
  consumerSettingsOf({
    KOPS_CONSUMER_PROFILE,
    KOPS_CONSUMER_CONFIG: typeof config === 'string' ? config : JSON.stringify(config)
  })

/** What is written for Kafka's own producers: names with underscores and with dots. */
const highThroughput = {
  acks: '1',
  retries: 3,
  batch_size: 65536,
  linger_ms: 10,
  buffer_memory: 134217728,
  compression_type: 'lz4',
  enable_idempotence: false
}
const lowLatency = { acks: '1', retries: 0, batch_size: 1, linger_ms: 0, compression_type: 'none' }

t.test('parameters of Kafka’s producer are those of the profiles', async (t) => {
  t.strictSame(producer('').settings, producerProfiles.durable)
  t.strictSame(producer(highThroughput).settings, producerProfiles['high-throughput'])
  t.strictSame(producer(lowLatency).settings, producerProfiles['low-latency'])
  t.strictSame(producer('', 'high-throughput').settings, producerProfiles['high-throughput'])
})

t.test('parameters win over the profile, whichever way they are written', async (t) => {
  const cases: [config: object, expected: object][] = [
    [
      { acks: 'all', retries: 5, 'enable.idempotence': true },
      { acks: 'all', idempotent: true }
    ],
    [{ acks: -1 }, { acks: 'all' }],
    [{ acks: 0 }, { acks: 'none', idempotent: false }],
    [
      { acks: 'all', compression_type: 'lz4' },
      { compression: 'lz4', idempotent: true }
    ],
    [{ 'linger.ms': '7' }, { lingerMs: 7 }],
    [{ MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION: 1 }, { requestsInFlight: 1 }]
  ]
  for (const [config, expected] of cases) t.match(producer(config).settings, expected, JSON.stringify(config))
  t.match(producer({ linger_ms: 1 }, 'high-throughput').settings, { lingerMs: 1, compression: 'lz4' })
})

t.test('parameters of Kafka’s consumer', async (t) => {
  const cases: [config: object | string, profile: Consumer['KOPS_CONSUMER_PROFILE'], expected: object][] = [
    ['', '', { minBytes: 1024, maxWaitMs: 500, sessionTimeoutMs: 30_000, heartbeatIntervalMs: 3000 }],
    ['', 'high-throughput', { minBytes: 65_536, maxWaitMs: 500 }],
    ['', 'low-latency', { minBytes: 1, maxWaitMs: 10 }],
    [{ auto_offset_reset: 'latest' }, '', { offsetReset: 'latest' }],
    [{ enable_auto_commit: false, session_timeout_ms: 45_000 }, '', { sessionTimeoutMs: 45_000 }],
    [{ 'session.timeout.ms': 45_000, 'heartbeat.interval.ms': 3000 }, '', { sessionTimeoutMs: 45_000 }],
    [{ fetch_min_bytes: 65_536 }, 'low-latency', { minBytes: 65_536, maxWaitMs: 10 }]
  ]
  for (const [config, profile, expected] of cases) t.match(consumer(config, profile).settings, expected)
  const own = { minBytes: 1, maxWaitMs: 500, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 2000 }
  const nothing: Consumer = { KOPS_CONSUMER_PROFILE: '', KOPS_CONSUMER_CONFIG: '' }
  t.strictSame(consumerSettingsOf(nothing, own).settings, own, 'without settings, as the application has it')
})

t.test('what has no counterpart is said, and nothing else is', async (t) => {
  t.strictSame(producer(lowLatency).warnings, [])
  t.match(producer({ retries: 3 }).warnings, [/KOPS_PRODUCER_CONFIG: retries has no effect: .*delivery.timeout.ms/])
  t.match(producer({ max_request_size: 1 }).warnings, [/max_request_size has no effect/])
  t.match(consumer({ max_poll_records: 5000, receive_buffer_bytes: 262_144 }).warnings, [
    /max_poll_records has no effect/,
    /receive_buffer_bytes has no effect/
  ])
  const none = consumer({ fetch_min_bytes: 1, fetch_max_wait_ms: 0 })
  t.match(none, { settings: { maxWaitMs: 10 }, warnings: [/fetch.max.wait.ms: 10 is the least/] })
})

t.test('what is wrong is refused by the names of the setting and the parameter', async (t) => {
  const producing: [config: object | string, message: RegExp][] = [
    [{ batch_sise: 1 }, /^KOPS_PRODUCER_CONFIG: batch_sise is unknown/],
    [{ batch_size: 'many' }, /^KOPS_PRODUCER_CONFIG: batch_size must be integer$/],
    [{ batch_size: 0, linger_ms: -1 }, /batch_size must be >= 1; linger_ms must be >= 0$/],
    [{ compression_type: 'brotli' }, /compression_type must be one of none, gzip, snappy, lz4, zstd$/],
    [{ acks: 'some' }, /acks must be one of all, leader, none$/],
    [{ linger_ms: 1, 'linger.ms': 2 }, /linger_ms and linger.ms are the same parameter$/],
    [{ acks: 1, enable_idempotence: true }, /enable.idempotence needs acks=all$/],
    [{ bootstrap_servers: 'a:1' }, /bootstrap_servers has a setting of its own: KOPS_BOOTSTRAP_SERVERS$/],
    [{ request_timeout_ms: 20_000, delivery_timeout_ms: 10_000 }, /delivery.timeout.ms must be at least/],
    ['[1]', /must be an object in JSON$/]
  ]
  for (const [config, message] of producing) t.throws(() => producer(config), { message }, JSON.stringify(config))
  const consuming: [config: object, message: RegExp][] = [
    [{ enable_auto_commit: true }, /^KOPS_CONSUMER_CONFIG: enable_auto_commit must be false: /],
    [{ auto_offset_reset: 'none' }, /auto_offset_reset must be one of earliest, latest$/],
    [{ group_id: 'a' }, /group_id is the application’s own setting$/],
    [{ session_timeout_ms: 2000 }, /heartbeat.interval.ms must be less than session.timeout.ms, 2000$/],
    [{ linger_ms: 1 }, /linger_ms is unknown/]
  ]
  for (const [config, message] of consuming) t.throws(() => consumer(config), { message }, JSON.stringify(config))
})

t.test('both come from variables with two underscores, too', async (t) => {
  const schema = Type.Object({ ...producerConfigProperties, ...consumerConfigProperties })
  const config = loadSettings(
    schema,
    {
      STREAMING_KAFKA__PRODUCER_CONFIG: '{"acks":"all","compression_type":"lz4"}',
      STREAMING_KAFKA__CONSUMER_CONFIG: '{"auto_offset_reset":"latest"}'
    },
    'admin-service'
  )
  t.match(producerSettingsOf(config).settings, { acks: 'all', compression: 'lz4' })
  t.match(consumerSettingsOf(config).settings, { offsetReset: 'latest' })
})
