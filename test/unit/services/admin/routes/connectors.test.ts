import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import {
  type ConnectorDescription,
  ConnectorDescriptionSchema,
  type ConnectorList,
  ConnectorListSchema,
  ConnectorPlanSchema
} from '#shared/contracts/connectors.ts'
import { poll } from '#shared/poll.ts'
import { ownFolder } from '../../../own-folder.ts'
import { buildNowhere } from '../../../services-without-cluster.ts'
import { type FakeConnector, fileTrace, startFakeWorker } from '../fake-worker.ts'

const fileSink = {
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  topics: 'log-events',
  file: 'x.txt'
}

async function build(t: Test, connectors: Record<string, FakeConnector> = {}) {
  const worker = await startFakeWorker(t, connectors)
  const audited: Record<string, unknown>[] = []
  const app = await buildNowhere(
    t,
    'admin',
    { KOPS_CONNECT_URL: worker.url, KOPS_CONNECT_INTERVAL_MS: '200' },
    { auditTrail: { record: async (event) => void audited.push({ ...event }) } }
  )
  const send = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, config?: object) =>
    app.inject({ method, url: `/api/connectors${path}`, ...(config && { payload: { config } }) })
  return { app, worker, audited, connectors, send }
}

t.test(
  'connectors are listed by name, with states, the innermost cause of errors and their dead letters',
  async (t) => {
    const failed = { id: 1, state: 'FAILED', worker_id: 'w:1', trace: fileTrace }
    const { send } = await build(t, {
      b: { config: fileSink, tasks: [failed, { id: 0, state: 'RUNNING', worker_id: 'w:1' }] },
      a: { config: { ...fileSink, 'errors.deadletterqueue.topic.name': 'x.dlq' }, state: 'PAUSED' }
    })
    const list = (await send('GET', '')).json<ConnectorList>()
    t.ok(Value.Check(ConnectorListSchema, list))
    t.match(list.connectors, [
      { name: 'a', state: 'PAUSED', error: null, deadLetterTopic: 'x.dlq', tasks: [] },
      {
        name: 'b',
        type: 'sink',
        state: 'RUNNING',
        deadLetterTopic: null,
        tasks: [
          { id: 0, state: 'RUNNING', error: null },
          { id: 1, state: 'FAILED', worker: 'w:1', error: 'java.nio.file.AccessDeniedException: /x' }
        ]
      }
    ])
  }
)

t.test('a connector is described with its whole errors, and without its secrets', async (t) => {
  const { send } = await build(t, {
    a: {
      config: {
        ...fileSink,
        'connection.password': 'hunter2',
        'aws.access.key.id': 'AKIA',
        'api-key': '${file:/s/keys:api}',
        'key.converter': 'x'
      },
      tasks: [{ id: 0, state: 'FAILED', worker_id: 'w:1', trace: fileTrace }]
    }
  })
  const described = (await send('GET', '/a')).json<ConnectorDescription>()
  t.ok(Value.Check(ConnectorDescriptionSchema, described))
  t.equal(described.tasks[0]?.trace, fileTrace)
  t.match(described.config, {
    'connection.password': '***',
    'aws.access.key.id': '***',
    'api-key': '${file:/s/keys:api}',
    'key.converter': 'x'
  })
  t.match((await send('GET', '/b')).json(), { status: 404, code: 'connector_not_found' })
})

t.test(
  'a connector is planned, created, left alone while nothing differs, changed and deleted; the changes are audited',
  async (t) => {
    const { send, connectors, audited } = await build(t)
    const dry = await send('PUT', '/a?dryRun=true', fileSink)
    t.equal(dry.statusCode, 200)
    t.ok(Value.Check(ConnectorPlanSchema, dry.json()))
    t.match(dry.json(), { action: 'create', applied: false, dryRun: true })
    t.same(connectors, {})

    const created = await send('PUT', '/a', { ...fileSink, 'db.password': 'hunter2' })
    t.equal(created.statusCode, 201)
    t.match(created.json(), { action: 'create', applied: true })
    t.equal(connectors['a']?.config['name'], 'a')
    t.match((await send('PUT', '/a', { ...fileSink, 'db.password': 'hunter2' })).json(), {
      action: 'none',
      changes: []
    })
    const changed = await send('PUT', '/a', { ...fileSink, file: 'y.txt' })
    t.match(changed.json(), {
      action: 'update',
      applied: true,
      changes: [
        { name: 'db.password', before: '***', after: null },
        { name: 'file', before: 'x.txt', after: 'y.txt' }
      ]
    })
    t.match((await send('DELETE', '/a?dryRun=true')).json(), { action: 'delete', applied: false })
    t.match((await send('DELETE', '/a')).json(), { action: 'delete', applied: true })
    t.same(connectors, {})
    t.match((await send('DELETE', '/a')).json(), { code: 'connector_not_found' })

    t.same(
      audited.map(({ action, outcome, target }) => `${action} ${outcome} ${target}`),
      [
        ...['requested', 'applied', 'requested', 'applied', 'requested', 'applied'].map(
          (each) => `connector.apply ${each} a`
        ),
        ...['requested', 'applied', 'requested', 'refused'].map((each) => `connector.delete ${each} a`)
      ]
    )
    t.notMatch(JSON.stringify(audited), 'hunter2')
  }
)

t.test('settings that are not valid are refused by their names, and nothing is created', async (t) => {
  const { send, connectors } = await build(t)
  const cases: [config: object, code: string, field: string][] = [
    [{ ...fileSink, topics: '' }, 'validation_failed', 'config.topics'],
    [{ topics: 'x' }, 'validation_failed', 'config.connector.class'],
    [{ ...fileSink, 'connector.class': 'Nonsense' }, 'validation_failed', 'config.connector.class'],
    [{ ...fileSink, name: 'b' }, 'validation_failed', 'config.name'],
    [{ ...fileSink, 'db.password': '***' }, 'validation_failed', 'config.db.password'],
    [{ ...fileSink, 'tasks.max': 1 }, 'validation_failed', 'config.tasks.max'],
    [{ ...fileSink, topic: 'audit-logs' }, 'topic_protected', 'config.topic'],
    [
      { ...fileSink, 'errors.deadletterqueue.topic.name': '__consumer_offsets' },
      'topic_protected',
      'config.errors.deadletterqueue.topic.name'
    ]
  ]
  for (const [config, code, field] of cases) {
    const answer = await send('PUT', '/a', config)
    t.match(answer.json(), { code, errors: [{ field }] }, JSON.stringify(config))
  }
  t.equal((await send('PUT', '/a%2Fb', fileSink)).statusCode, 400, 'a name that is a path')
  t.same(connectors, {})
})

t.test('connectors pause and resume, and what failed restarts: all of it, or one task', async (t) => {
  const task = (id: number) => ({ id, state: 'FAILED', worker_id: 'w:1', trace: 'x' })
  const { send, connectors, worker, audited } = await build(t, {
    a: { config: fileSink, tasks: [task(0), task(1), { id: 2, state: 'RUNNING', worker_id: 'w:1' }] }
  })
  const states = () => connectors['a']?.tasks?.map(({ state }) => state).join(' ')
  t.match((await send('POST', '/a/pause')).json(), { action: 'pause', applied: true })
  t.match((await send('POST', '/a/pause')).json(), { action: 'none', applied: false })
  t.match((await send('POST', '/a/resume')).json(), { action: 'resume', applied: true })
  t.match((await send('POST', '/a/tasks/1/restart?dryRun=true')).json(), { action: 'restart', task: 1, applied: false })
  t.equal(states(), 'FAILED FAILED RUNNING')
  t.match((await send('POST', '/a/tasks/1/restart')).json(), { action: 'restart', task: 1, applied: true })
  t.equal(states(), 'FAILED RUNNING RUNNING')
  t.match((await send('POST', '/a/tasks/7/restart')).json(), { code: 'connector_not_found', detail: /no task 7/ })
  t.match((await send('POST', '/a/restart')).json(), { action: 'restart', task: null, applied: true })
  t.equal(states(), 'RUNNING RUNNING RUNNING')
  t.match((await send('POST', '/a/restart')).json(), { action: 'none' }, 'nothing has failed')
  t.match((await send('POST', '/a/restart?onlyFailed=false')).json(), { action: 'restart', applied: true })
  t.match(worker.received.at(-1)?.query, { includeTasks: 'true', onlyFailed: 'false' })
  const applied = audited.filter(({ outcome }) => outcome === 'applied').map(({ action }) => action)
  t.same([...new Set(applied)], ['connector.pause', 'connector.resume', 'connector.restart-task', 'connector.restart'])
})

t.test('what keeps a worker from answering has a code of its own', async (t) => {
  const { send, worker } = await build(t, { a: { config: fileSink } })
  const cases: [status: number, code: string, answered: number][] = [
    [409, 'connect_rebalancing', 409],
    [500, 'connect_unreachable', 503],
    [401, 'connect_unreachable', 503],
    [400, 'validation_failed', 400]
  ]
  for (const [status, code, answered] of cases) {
    worker.failing.answer = { status, message: 'why' }
    t.match((await send('GET', '')).json(), { code, status: answered })
  }
  const none = await buildNowhere(t, 'admin')
  t.match((await none.inject('/api/connectors')).json(), {
    status: 409,
    code: 'connect_not_configured',
    detail: /--with connect/
  })
  t.notMatch((await none.inject('/metrics')).body, 'kops_connect')
  const away = await buildNowhere(t, 'admin', { KOPS_CONNECT_URL: 'http://127.0.0.1:1' })
  t.match((await away.inject('/api/connectors')).json(), { status: 503, code: 'connect_unreachable' })
  await t.rejects(buildNowhere(t, 'admin', { KOPS_CONNECT_URL: 'nonsense' }), /KOPS_CONNECT_URL/)
})

t.test('the worker gets the password of the file, which may be replaced', async (t) => {
  const worker = await startFakeWorker(t, {})
  const file = join(await ownFolder(t), 'password')
  await writeFile(file, 'first\n')
  const url = worker.url.replace('http://', 'http://kops@')
  const app = await buildNowhere(t, 'admin', {
    KOPS_CONNECT_URL: url,
    KOPS_CONNECT_PASSWORD_FILE: file,
    KOPS_CONNECT_INTERVAL_MS: '600000'
  })
  for (const password of ['first', 'second']) {
    await writeFile(file, `${password}\n`)
    await app.inject('/api/connectors')
    const expected = `Basic ${Buffer.from(`kops:${password}`).toString('base64')}`
    t.equal(worker.received.at(-1)?.headers.authorization, expected)
  }
})

t.test('metrics show the worker, and which connectors and tasks have failed', async (t) => {
  const { app, connectors, worker } = await build(t, {
    a: { config: fileSink, state: 'FAILED', tasks: [{ id: 0, state: 'FAILED', worker_id: 'w:1' }] },
    b: { config: fileSink, tasks: [{ id: 0, state: 'RUNNING', worker_id: 'w:1' }] }
  })
  const shows = async (...lines: string[]) => {
    const { done, answer } = await poll(
      async () => (await app.inject('/metrics')).body,
      (text) => lines.every((line) => text.includes(`\n${line}\n`)),
      { timeoutMs: 5000, pauseMs: 20 }
    )
    t.ok(done, `${lines.join(', ')} in ${answer.match(/^kops_connect.*$/gm)?.join(', ')}`)
    return answer
  }
  await shows(
    'kops_connect_up 1',
    'kops_connect_connector_failed{connector="a"} 1',
    'kops_connect_connector_failed{connector="b"} 0',
    'kops_connect_task_failed{connector="a",task="0"} 1',
    'kops_connect_task_failed{connector="b",task="0"} 0'
  )
  delete connectors['b']
  worker.failing.answer = { status: 500, message: 'why' }
  t.notMatch(await shows('kops_connect_up 0'), 'connector="a"', 'what could not be read has no series')
})
