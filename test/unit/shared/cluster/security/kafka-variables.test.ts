import t from 'tap'
import { kafkaVariables, namesBrokers } from '#shared/cluster/security/kafka-variables.ts'

t.test('the cluster of this checkout is for what an environment does not name, whichever name it uses', async (t) => {
  const local = '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094'
  const nothing = { definition: undefined, stateDir: '/nowhere' }
  const cases: [env: Record<string, string>, variables: Record<string, string>][] = [
    [{}, { KOPS_BOOTSTRAP_SERVERS: local }],
    [{ KOPS_BOOTSTRAP_SERVERS: '' }, { KOPS_BOOTSTRAP_SERVERS: local }],
    [{ KAFKA_BROKERS: '' }, { KOPS_BOOTSTRAP_SERVERS: local, KAFKA_BROKERS: '' }],
    [{ KOPS_BOOTSTRAP_SERVERS: 'a:1' }, { KOPS_BOOTSTRAP_SERVERS: 'a:1' }],
    [{ KAFKA_BROKERS: 'a:1' }, { KAFKA_BROKERS: 'a:1' }],
    [{ STREAMING_KAFKA__BOOTSTRAP_SERVERS: '["a:1"]' }, { STREAMING_KAFKA__BOOTSTRAP_SERVERS: '["a:1"]' }]
  ]
  for (const [env, variables] of cases) t.strictSame(kafkaVariables(env, nothing), variables)
})

t.test('brokers of the command line go before those of the environment, whichever name it uses', async (t) => {
  const env = { KAFKA_BROKERS: 'a:1', KOPS_BOOTSTRAP_SERVERS: 'b:1' }
  const variables = kafkaVariables(env, { definition: undefined, stateDir: '/nowhere', given: 'c:1' })
  t.strictSame(variables, { KOPS_BOOTSTRAP_SERVERS: 'c:1', KOPS_KAFKA_LISTENER: 'external' })
  t.ok(namesBrokers({ KAFKA_BROKER: 'a:1' }))
  t.notOk(namesBrokers({ KAFKA_BROKERS: '' }))
})
