import t from 'tap'
import { loadConsumer, loadKafka, loadProducer } from '#apps/load-balancer/config.ts'

t.test('its clients are tuned by parameters of Kafka’s own, and what has no effect is said', async (t) => {
  const said: string[] = []
  const say = (line: string) => said.push(line)
  t.match(loadConsumer({}, say), { minBytes: 1, maxWaitMs: 250, sessionTimeoutMs: 10_000 })
  t.match(loadProducer({}, say), { acks: 'all', idempotent: true, compression: 'snappy', deliveryTimeoutMs: 30_000 })
  t.strictSame(said, [])
  const env = {
    KAFKA_BROKER: 'b:1',
    STREAMING_KAFKA__CONSUMER_CONFIG: '{"session.timeout.ms":45000,"max_poll_records":500}',
    STREAMING_KAFKA__PRODUCER_CONFIG: '{"acks":"all","retries":5,"compression_type":"lz4"}',
    KOPS_CONSUMER_PROFILE: 'high-throughput'
  }
  t.strictSame(loadKafka(env).bootstrapServers, ['b:1'])
  t.match(loadConsumer(env, say), { minBytes: 65_536, maxWaitMs: 500, sessionTimeoutMs: 45_000 })
  t.match(loadProducer(env, say), { compression: 'lz4' })
  t.match(said, [/max_poll_records has no effect/, /retries has no effect/])
})

t.test('what would lose messages is refused', async (t) => {
  const say = () => undefined
  t.throws(() => loadProducer({ KOPS_PRODUCER_PROFILE: 'low-latency' }, say), /KOPS_PRODUCER_CONFIG: acks must be all/)
  t.throws(() => loadConsumer({ KOPS_CONSUMER_CONFIG: '{"auto_offset_reset":"latest"}' }, say), /must be earliest/)
  t.throws(() => loadConsumer({ KOPS_CONSUMER_CONFIG: '{"enable_auto_commit":true}' }, say), /must be false/)
})
