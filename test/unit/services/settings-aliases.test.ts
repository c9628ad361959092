import t from 'tap'
import { loadConfig as adminConfig, eventConsumerSettings } from '#services/admin/config.ts'
import { loadConfig as healthConfig } from '#services/health/config.ts'
import { loadConfig as loadTestConfig } from '#services/load-test/config.ts'
import { loadWorkerConfig } from '#services/load-test/worker/config.ts'
import { parseKafka } from '#shared/kafka/settings.ts'

t.test('admin-service has the time service’s names', async (t) => {
  t.match(
    adminConfig({
      KAFKA_BROKERS: 'kafka-broker-1:9092,kafka-broker-2:9092',
      KAFKA_TOPIC_EVENTS: 'my-events',
      KAFKA_TOPIC_REQUESTS: 'my-requests',
      KAFKA_CONSUMER_GROUP: 'my-group',
      KAFKA_AUTO_OFFSET_RESET: 'latest'
    }),
    {
      KOPS_BOOTSTRAP_SERVERS: 'kafka-broker-1:9092,kafka-broker-2:9092',
      KOPS_EVENTS_TOPIC: 'my-events',
      KOPS_EVENTS_REQUESTS_TOPIC: 'my-requests',
      KOPS_EVENTS_GROUP: 'my-group',
      KOPS_EVENTS_OFFSET_RESET: 'latest'
    }
  )
})

t.test('every process has the load balancer’s, inside and outside of the brokers’ network', async (t) => {
  const env = { KAFKA_BROKER: 'localhost:9092', KAFKA_INTERNAL_BROKER: 'kafka:29092', ZOOKEEPER_HOST: 'localhost:2181' }
  for (const load of [adminConfig, healthConfig, loadTestConfig]) {
    const config = load(env)
    t.equal(config.KOPS_ZOOKEEPER_SERVERS, 'localhost:2181')
    t.same(parseKafka(config).bootstrapServers, ['localhost:9092'])
  }
  t.same(parseKafka(loadWorkerConfig({ ...env, KOPS_KAFKA_LISTENER: 'internal' })).bootstrapServers, ['kafka:29092'])
  t.throws(() => parseKafka(adminConfig({ KOPS_KAFKA_LISTENER: 'internal' })), {
    message: /^KOPS_INTERNAL_BOOTSTRAP_SERVERS is required/
  })
})

t.test('nested variables reach brokers with TLS and a password', async (t) => {
  const config = healthConfig({
    STREAMING_KAFKA__BOOTSTRAP_SERVERS: '["kafka1:9092","kafka2:9092","kafka3:9092"]',
    STREAMING_KAFKA__SECURITY_PROTOCOL: 'SASL_SSL',
    STREAMING_KAFKA__SASL_MECHANISM: 'PLAIN',
    STREAMING_KAFKA__SASL_USERNAME: 'your-username',
    STREAMING_KAFKA__SASL_PASSWORD: 'your-password'
  })
  const { bootstrapServers, security } = parseKafka(config)
  t.same(bootstrapServers, ['kafka1:9092', 'kafka2:9092', 'kafka3:9092'])
  t.match(security, { sasl: { mechanism: 'PLAIN', username: 'your-username' } })
  t.ok(security?.tls)
  const files = {
    STREAMING_KAFKA__SSL_CA_LOCATION: '/a/ca.pem',
    STREAMING_KAFKA__SSL_CERT_LOCATION: '/a/cert.pem',
    STREAMING_KAFKA__SSL_KEY_LOCATION: '/a/key.pem'
  }
  t.match(healthConfig(files), {
    KOPS_KAFKA_SSL_CA: '/a/ca.pem',
    KOPS_KAFKA_SSL_CERT: '/a/cert.pem',
    KOPS_KAFKA_SSL_KEY: '/a/key.pem'
  })
})

t.test('two names with different values are refused, and so is a wrong value under any name', async (t) => {
  t.throws(() => adminConfig({ KAFKA_BROKERS: 'a:1', KAFKA_BROKER: 'b:1' }), {
    message: /KAFKA_BROKERS and KAFKA_BROKER/
  })
  t.throws(() => adminConfig({ KAFKA_AUTO_OFFSET_RESET: 'never' }), {
    message: 'KAFKA_AUTO_OFFSET_RESET (KOPS_EVENTS_OFFSET_RESET) must be one of earliest, latest'
  })
})

t.test('the consumer of events is tuned by parameters of Kafka’s own', async (t) => {
  const settings = (env: Record<string, string>) => eventConsumerSettings(adminConfig(env))
  t.strictSame(settings({}), { fetch: { minBytes: 1, maxWaitMs: 500 }, fromBeginning: true, warnings: [] })
  const given = '{"auto_offset_reset":"latest","fetch_min_bytes":1024,"max_poll_records":500}'
  t.match(settings({ STREAMING_KAFKA__CONSUMER_CONFIG: given }), {
    fetch: { minBytes: 1024 },
    fromBeginning: false,
    warnings: [/max_poll_records has no effect/]
  })
  t.throws(
    () => settings({ KAFKA_AUTO_OFFSET_RESET: 'latest', KOPS_CONSUMER_CONFIG: '{"auto.offset.reset":"earliest"}' }),
    /KOPS_EVENTS_OFFSET_RESET is latest, and auto.offset.reset of KOPS_CONSUMER_CONFIG is earliest/
  )
})
