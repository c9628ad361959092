import t from 'tap'
import { describeError, exitCodeOf, table } from '../../../cli/output.ts'
import { showProgress } from '../../../cli/progress.ts'
import { fieldError, KopsError } from '../../../shared/errors/catalog.ts'

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

t.test('an error of the catalog is told by its title, detail and fields, each once', async (t) => {
  t.equal(
    describeError(fieldError('partitions_invalid', 'partitions', 'must be 1 or more')),
    'The number of partitions is not possible: partitions: must be 1 or more'
  )
  t.equal(
    describeError(
      new KopsError('validation_failed', 'two problems', { errors: [{ field: 'a', message: 'is required' }] })
    ),
    'The request is not valid: two problems\n  a: is required'
  )
  t.equal(describeError(new Error('plain')), 'plain')
})

const exits: [string, unknown, number][] = [
  ['what cannot be reached', new KopsError('agent_unreachable', ''), 69],
  ['what was asked wrongly', new KopsError('node_not_found', ''), 65],
  ['what failed inside', new KopsError('runtime_failed', ''), 70],
  ['what nobody expected', new Error(''), 70]
]
for (const [name, error, code] of exits) {
  t.test(`${name} exits with ${code}`, async (t) => t.equal(exitCodeOf(error), code))
}

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
