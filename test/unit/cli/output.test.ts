import t from 'tap'
import { describeError, warningLines } from '#cli/output.ts'
import { plain } from '#cli/paint.ts'
import { showProgress } from '#cli/progress.ts'
import { table, wrap } from '#cli/table.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'

t.test('a name is not broken where a neighbour with spaces can give way', async (t) => {
  const rows = [
    ['KafkaZookeeperNodesUnhealthy', 'warning', '4 min', 'Only 2 ZooKeeper nodes of kafka-log-streaming-cluster serve'],
    ['KafkaBrokerDown', 'critical, explained', '4 min', 'kafka-2 does not answer']
  ]
  const lines = table(['ALERT', 'SEVERITY', 'FOR', 'SUMMARY'], rows, 80).split('\n')
  t.ok(lines.some((line) => line.startsWith('KafkaZookeeperNodesUnhealthy ')))
  t.ok(lines.every((line) => line.length <= 80))
})

t.test('a table aligns its columns and ends no line with spaces', async (t) => {
  const lines = table(
    ['NODE', 'STATE'],
    [
      ['kafka-1', 'running'],
      ['zookeeper-1', 'paused']
    ]
  ).split('\n')
  t.strictSame(lines.slice(1), ['kafka-1      running', 'zookeeper-1  paused'])
})

t.test('numbers are right-aligned; a table wider than the terminal is wrapped, and nothing is lost', async (t) => {
  const rows = [
    ['short', '5', 'a reason of several words that goes on'],
    ['long', '1200', '']
  ]
  t.strictSame(table(['NAME', 'COUNT', ''], rows, undefined).split('\n').slice(1), [
    'short      5  a reason of several words that goes on',
    'long    1200'
  ])
  const narrow = table(['NAME', 'COUNT', ''], rows, 36).split('\n')
  t.ok(narrow.every((line) => line.length <= 36))
  t.match(narrow.join(' ').replace(/ +/g, ' '), 'a reason of several words that goes on')
  t.equal(wrap('bench-create-topics', 14), 'bench-create-\ntopics')
})

t.test('text of others cannot steer the terminal', async (t) => {
  t.equal(plain('a\u001b[2J\n\u202eb'), 'a\\u001b[2J\\n\\u202eb')
  t.equal(plain('żółw 👍'), 'żółw 👍')
})

t.test(
  'an error of the catalog is printed with its title, detail and fields, each once, and its identifiers',
  async (t) => {
    t.equal(
      describeError(fieldError('partitions_invalid', 'partitions', 'must be 1 or more')),
      'The number of partitions is not possible: partitions: must be 1 or more\n  (partitions_invalid)'
    )
    t.equal(
      describeError(
        new KopsError('validation_failed', 'two problems', {
          errors: [{ field: 'a', message: 'is required' }],
          kafkaError: 'INVALID_REQUEST',
          requestId: 'r-1'
        })
      ),
      'The request is not valid: two problems\n  a: is required\n  (validation_failed, INVALID_REQUEST, request r-1)'
    )
    t.equal(describeError(new Error('plain')), 'plain')
    t.equal(
      describeError(new KopsError('runtime_failed', 'its log ends:\none\n\u001b[2Jtwo\n')),
      'The runtime failed: its log ends:\n  | one\n  | \\u001b[2Jtwo\n  (runtime_failed)'
    )
  }
)

t.test('progress shows each step when it begins and, with its time, when it ends', async (t) => {
  const lines: string[] = []
  let now = 0
  const progress = showProgress({ print: (line) => lines.push(line), error: () => {} }, () => now)
  progress({ step: 'brokers', state: 'started' })
  now = 1500
  progress({ step: 'brokers', state: 'done', detail: '3 of 3' })
  progress({ step: 'Prometheus', state: 'skipped', detail: 'not found' })
  t.strictSame(lines, ['... brokers', 'ok  brokers  1.5 s  3 of 3', '-   Prometheus  not found'])
})

t.test('a warning names its target, and equal warnings appear once', async (t) => {
  const of = (target: string, message: string, code = 'kafka_timeout') => ({ code, message, target })
  t.strictSame(
    warningLines([
      of('kafka-2', 'kafka-2: no answer lately'),
      of('kafka-2', 'kafka-2: no answer within 900 ms'),
      of('orders-0', 'There is no leader'),
      of('orders-1', 'There is no leader'),
      of('orders-2', 'There is no leader'),
      of('orders-3', 'There is no leader'),
      of('orders', 'orders is new'),
      { code: 'internal', message: 'nothing in particular' }
    ]),
    [
      'kafka-2 does not answer: data that only it has is missing',
      'orders-0, orders-1, orders-2 and 1 more: There is no leader',
      'orders is new',
      'nothing in particular'
    ]
  )
})
