import { CommanderError } from 'commander'
import t from 'tap'
import { exit, exitCodeOf, exitMeanings } from '#cli/exit-codes.ts'
import { HealthUnknown, UsageError } from '#cli/output.ts'
import { type ErrorCode, errorCatalog, KopsError } from '#shared/errors/catalog.ts'
import { fakeServices, kops } from './kops.ts'

const thrown: [string, unknown, number][] = [
  ['what nobody expected', new Error(''), 1],
  ['what is asked wrongly', new UsageError(''), 2],
  ['what commander finds wrong', new CommanderError(1, 'commander.unknownOption', ''), 2],
  ['help', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  ['unknown health', new HealthUnknown(new KopsError('service_unreachable', '')), 3]
]
for (const [name, error, code] of thrown) {
  t.test(`${name} exits with ${code}`, async (t) => t.equal(exitCodeOf(error), code))
}

/** A command of each kind: it reads, lists, changes, destroys, and asks each of the services. */
const commands: [args: string[], fails?: number][] = [
  [['topics', 'list']],
  [['topics', 'describe', 'orders']],
  [['topics', 'create', 'orders', '-p', '3']],
  [['topics', 'delete', 'orders', '--yes']],
  [['groups', 'describe', 'billing']],
  [['brokers', 'list']],
  [['reassignments', 'list']],
  [['acls', 'list']],
  [['alerts']],
  [['health'], 3],
  [['what-if']],
  [['can-restart', 'kafka-1']],
  [['audit', 'search']],
  [['maintenance', 'list']],
  [['load', 'list']],
  [['load', 'stop', 'x']],
  [['drill', 'list']],
  [['drill', 'plan', 'broker-stop', '--node', 'kafka-1']]
]

const failures: [code: ErrorCode, exit: number][] = [
  ['unauthenticated', 4],
  ['forbidden', 4],
  ['kafka_not_authorized', 4],
  ['topic_protected', 1],
  ['validation_failed', 1],
  ['job_conflict', 1],
  ['internal', 1],
  ['cluster_unreachable', 6],
  ['broker_unreachable', 6]
]

t.test('every command exits with the code of the failure that a service answers', async (t) => {
  for (const [code, expected] of failures) {
    const { status, title } = errorCatalog[code]
    const problem = {
      type: 'about:blank',
      title,
      status,
      detail: 'why',
      code,
      instance: '/',
      retriable: false,
      requestId: 'r-1'
    }
    const { options } = await fakeServices(t, () => ({ status, body: problem }))
    for (const [args, own] of commands) {
      const ran = await kops([...options, ...args])
      t.match(ran, { code: own ?? expected, stdout: '', stderr: new RegExp(code) }, `${args.join(' ')}: ${code}`)
    }
  }
})

t.test('every command exits with 6 where nobody listens, and prints nothing on standard output', async (t) => {
  const away = ['--admin-url', '--health-url', '--loadtest-url'].flatMap((option) => [option, 'http://127.0.0.1:1'])
  for (const [args, own] of commands) {
    const ran = await kops([...away, ...args])
    t.match(ran, { code: own ?? exit.unreachable, stdout: '', stderr: /does not answer/ }, args.join(' '))
  }
})

t.test('every command exits with 2 on an option that it lacks', async (t) => {
  for (const [args] of commands) t.equal((await kops([...args, '--nonsense'])).code, exit.usage, args.join(' '))
})

t.test('each code has one meaning', async (t) => {
  t.strictSame(Object.keys(exitMeanings).map(Number), Object.values(exit))
})
