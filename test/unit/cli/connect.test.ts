import { join } from 'node:path'
import t from 'tap'
import { assertPossible, defineCluster } from '#cli/definition.ts'
import { loadConnector } from '#shared/connect/load-connector.ts'
import { fakeServices, kops, type Received } from './kops.ts'

const examples = join(import.meta.dirname, '../../../connectors')
const error = 'java.nio.file.AccessDeniedException: /x'
const connector = {
  name: 'a',
  type: 'sink',
  class: 'FileSink',
  state: 'RUNNING',
  worker: 'w:1',
  error: null,
  deadLetterTopic: 'a.dlq',
  tasks: [{ id: 0, state: 'FAILED', worker: 'w:1', error }]
}
const plan = { dryRun: false, connector: 'a', action: 'restart', applied: true, task: null, changes: [], warnings: [] }

t.test('connectors are shown with their tasks, dead letters and the error of the first that failed', async (t) => {
  const { url } = await fakeServices(t, () => ({ body: { connectors: [connector] } }))
  const { stdout } = await kops(['--admin-url', url, 'connect', 'list'])
  t.match(stdout, /CONNECTOR +TYPE +STATE +TASKS +DEAD LETTERS +ERROR/)
  t.match(stdout, /a +sink +RUNNING +0\/1 +a\.dlq +java\.nio\.file\.AccessDeniedException: \/x/)
})

t.test('a description has the whole error, line by line, and the settings', async (t) => {
  const described = {
    ...connector,
    trace: null,
    tasks: [{ ...connector.tasks[0], trace: `outer\n\tat X\nCaused by: ${error}\n` }],
    config: { topics: 'x', file: 'f' }
  }
  const { url } = await fakeServices(t, () => ({ body: described }))
  const { stdout } = await kops(['--admin-url', url, 'connect', 'describe', 'a'])
  t.match(stdout, /a \(sink, FileSink\): RUNNING on w:1/)
  t.match(stdout, /Task 0:\n {2}outer\n {4}at X\n {2}Caused by: java/)
  t.match(stdout, /file +f\n.*topics +x/s)
})

t.test('each change sends one request, and reports what it did', async (t) => {
  const { url, received } = await fakeServices(t, ({ query }) => ({
    body: { ...plan, dryRun: query['dryRun'] === 'true' }
  }))
  const cases: [args: string[], sent: string, said: RegExp][] = [
    [['restart', 'a'], 'POST /api/connectors/a/restart onlyFailed=true', /^a restarted$/],
    [['restart', 'a', '--all'], 'POST /api/connectors/a/restart onlyFailed=false', /^a restarted$/],
    [['restart', 'a', '--task', '2'], 'POST /api/connectors/a/tasks/2/restart ', /^a restarted$/],
    [['pause', 'a', '--dry-run'], 'POST /api/connectors/a/pause ', /^would restart a$/],
    [['resume', 'a'], 'POST /api/connectors/a/resume ', /^a restarted$/],
    [['delete', 'a', '--yes'], 'DELETE /api/connectors/a ', /^a restarted$/]
  ]
  for (const [args, sent, said] of cases) {
    received.length = 0
    const { code, stdout, stderr } = await kops(['--admin-url', url, 'connect', ...args])
    t.equal(code, 0, stderr)
    t.match(stdout, said, args.join(' '))
    const [{ method, path, query }] = received as [Received]
    const { dryRun: _, ...others } = query
    t.equal(`${method} ${path} ${new URLSearchParams(others)}`, sent)
  }
  t.equal((await kops(['--admin-url', url, 'connect', 'restart', 'a', '--all', '--task', '1'])).code, 2)
})

t.test('apply sends what a file has, and shows what differs', async (t) => {
  const changes = [{ name: 'file', before: 'x', after: 'y' }]
  const { url, received } = await fakeServices(t, () => ({ body: { ...plan, action: 'update', changes } }))
  const { stdout } = await kops(['--admin-url', url, 'connect', 'apply', 'audit-logs-to-file'])
  t.match(received, [
    { method: 'PUT', path: '/api/connectors/audit-logs-to-file', body: { config: { 'tasks.max': '1' } } }
  ])
  t.match(stdout, /^a updated\n.*file +x +y/s)
})

t.test('a file that is no connector is refused with its line', async (t) => {
  const folder = t.testdir({
    'number.yaml': 'name: a\nconfig:\n  topics: x\n  tasks.max: 1\n',
    'nameless.json': '{"config": {"topics": "x"}}',
    'path.yaml': 'name: ../a\nconfig: {}\n'
  })
  const cases: [file: string, message: RegExp][] = [
    ['number.yaml', /number\.yaml:\d+: config\.tasks\.max must be string \(quote it\)/],
    ['nameless.json', /name is required/],
    ['path.yaml', /path\.yaml:1: name must be: a name of letters/],
    ['none.yaml', /cannot be read/]
  ]
  for (const [file, message] of cases)
    await t.rejects(loadConnector(join(folder, file)), { code: 'validation_failed', message })
})

t.test('the example writes what it cannot read to a queue of dead letters, with the headers of Connect', async (t) => {
  t.match(await loadConnector(join(examples, 'audit-logs-to-file.yaml')), {
    name: 'audit-logs-to-file',
    config: {
      topics: 'audit-logs',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'audit-logs.dlq',
      'errors.deadletterqueue.context.headers.enable': 'true'
    }
  })
})

t.test('a cluster keeps Kafka Connect until it is taken away, and a secured one gets none', async (t) => {
  const define = (...[choice, before]: [Parameters<typeof defineCluster>[1], Parameters<typeof defineCluster>[2]?]) =>
    defineCluster('/s', choice, before, false)
  const without = define({})
  t.equal(without.connect, undefined)
  const having = define({ with: ['connect'] }, without)
  t.same(having.connect, { port: 8084, heap: '256m' })
  t.same(define({}, having).connect, having.connect)
  t.equal(define({ without: ['connect'] }, having).connect, undefined)
  const refused: Parameters<typeof defineCluster>[1] = { security: 'ssl', with: ['connect'] }
  t.throws(() => assertPossible(refused), { code: 'validation_failed', message: /--with: Kafka Connect requires/ })
  t.throws(() => define({ with: ['connect'] }, define({ security: 'sasl_ssl' })), { message: /--with/ })
  t.throws(() => assertPossible({ with: ['connect'], without: ['connect'] }), { message: /--without/ })
})
