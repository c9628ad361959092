import t from 'tap'
import { kafkaToolArguments } from '#shared/cluster/kafka-tools.ts'

const where = { projectRoot: '/kops', bootstrapServers: ['127.0.0.1:9092', '127.0.0.1:9093'] }

t.test("a tool is pointed at the cluster's brokers", async (t) => {
  const args = kafkaToolArguments('topics', ['--list'], where)
  t.equal(args.at(-4), 'org.apache.kafka.tools.TopicCommand')
  t.strictSame(args.slice(-3), ['--bootstrap-server', '127.0.0.1:9092,127.0.0.1:9093', '--list'])
})

t.test('brokers that the caller names stay', async (t) => {
  for (const given of [['--bootstrap-server', 'other:9092'], ['--bootstrap-server=other:9092']]) {
    t.strictSame(kafkaToolArguments('topics', given, where).slice(-given.length - 1), [
      'org.apache.kafka.tools.TopicCommand',
      ...given
    ])
  }
})

t.test('a tool that takes no brokers gets none', async (t) => {
  t.strictSame(kafkaToolArguments('dump-log', ['--files', 'x.log'], where).slice(-3), [
    'kafka.tools.DumpLogSegments',
    '--files',
    'x.log'
  ])
})

t.test('a KRaft cluster gets its own Kafka’s tools, by their names there', async (t) => {
  const args = kafkaToolArguments('acls', ['--list'], { ...where, mode: 'kraft' })
  t.ok(args.some((arg) => arg.endsWith('kafka/kraft/libs/*')))
  t.ok(args.includes('org.apache.kafka.tools.AclCommand'))
  t.ok(args.some((arg) => arg.startsWith('-Dlog4j2.configurationFile=')))
})

t.test(
  'each tool takes the settings for a secured cluster by its own option, unless the caller names some',
  async (t) => {
    const secured = { ...where, commandConfig: '/s/client.properties' }
    const cases = [
      { tool: 'topics', option: '--command-config' },
      { tool: 'acls', option: '--command-config' },
      { tool: 'console-consumer', option: '--consumer.config' },
      { tool: 'console-producer', option: '--producer.config' },
      { tool: 'producer-perf-test', option: '--producer.config' },
      { tool: 'verifiable-producer', option: '--producer.config' },
      { tool: 'leader-election', option: '--admin.config' }
    ] as const
    for (const { tool, option } of cases) {
      const args = kafkaToolArguments(tool, ['--x'], secured)
      t.strictSame(args.slice(-3), [option, '/s/client.properties', '--x'], tool)
      const own = kafkaToolArguments(tool, [option, 'own.properties'], secured)
      t.notOk(own.includes('/s/client.properties'), tool)
    }
    t.notOk(kafkaToolArguments('topics', ['--bootstrap-server', 'other:9092'], secured).includes('--command-config'))
    t.notOk(kafkaToolArguments('dump-log', [], secured).includes('/s/client.properties'))
    t.notOk(kafkaToolArguments('topics', [], where).includes('--command-config'))
  }
)
