// Brings its own cluster: the worker of Kafka Connect belongs to one.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { connectFiles, connectName } from '#shared/cluster/connect/files.ts'
import { connectSettings, workerUserOf } from '#shared/cluster/connect/worker.ts'
import { keeperName } from '#shared/cluster/keeper/ensure-keeper.ts'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { kops, kopsJson } from '../../integration/cli/kops.ts'
import { createOwnCluster } from '../../integration/cluster/own-cluster.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { startServiceProcess } from '../../integration/support/service-process.ts'
import { freePorts, portsOfCluster } from '../../integration/support/test-cluster.ts'

t.setTimeout(400_000)

// Those before it are the cluster's.
const port = (await freePorts(portsOfCluster + 1)).at(-1) ?? 0
const { stateDir, definition } = await createOwnCluster(t, (own) => ({ ...own, connect: { port, heap: '256m' } }))
// Folders of temporary files are for their owner alone, and the worker is another user.
await chmod(stateDir, 0o755)
const files = connectFiles(stateDir)
const { ledger, deaths } = keptFiles(stateDir)
const bootstrapServers = definition.ports.kafka.map((each) => `127.0.0.1:${each}`)
const here = (...args: string[]) => kops(['--state-dir', stateDir, ...args])
const isRoot = process.getuid?.() === 0

t.teardown(async () => {
  await here('cluster', 'down')
})

const up = await here('cluster', 'up')
if (up.code !== 0) throw new Error(up.stderr)

const kafka = new kafkajs.Kafka({
  clientId: 'kops-test',
  brokers: bootstrapServers,
  logLevel: kafkajs.logLevel.NOTHING
})
const service = await startServiceProcess(t, 'admin', {
  dataDir: t.testdir(),
  ready: '/readyz',
  env: {
    KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
    KOPS_ZOOKEEPER_SERVERS: definition.ports.zookeeper.map((each) => `127.0.0.1:${each}`).join(','),
    ...connectSettings(definition, stateDir),
    KOPS_CONNECT_INTERVAL_MS: '500'
  }
})
const adminUrl = ['--admin-url', service.url]
const onService = (...args: string[]) => kops([...adminUrl, 'connect', ...args])
const sink = 'audit-logs-to-file'
const written = () => readFile(join(files.data, 'audit-logs.txt'), 'utf8').catch(() => '')
const list = async () => (await kopsJson(endpoints.listConnectors, [...adminUrl, 'connect', 'list'])).connectors
const taskOf = async (name: string) => (await list()).find((each) => each.name === name)?.tasks[0]

/** A change, so that the audit trail has its name. */
const change = (name: string) => service.ask('POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`)
const arrives = (name: string, timeoutMs = 40_000) =>
  eventually(`${name} is in the file`, written, (text) => text.includes(name), timeoutMs)

t.test('the worker runs as its own user, is shown, and answers on loopback only, with its password', async (t) => {
  const status = await here('cluster', 'status')
  t.match(status.stdout, new RegExp(`kafka-connect +running +http://localhost:${port}`))
  const { pid } = await ledger.status(connectName)
  const [, uid] = /^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  t.equal(Number(uid), isRoot ? workerUserOf(definition.id).uid : process.getuid?.())
  const url = `http://127.0.0.1:${port}/connectors`
  t.equal((await fetch(url)).status, 401)
  const password = (await readFile(files.password, 'utf8')).trim()
  const authorization = `Basic ${Buffer.from(`kops:${password}`).toString('base64')}`
  t.same(await (await fetch(url, { headers: { authorization } })).json(), [])
  t.equal((await fetch(`http://127.0.0.1:${port}/admin/loggers`, { headers: { authorization } })).status, 404)
  for (const { address, internal, family } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    if (internal || family !== 'IPv4') continue
    const refused = await new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: 1000 })
      socket.once('connect', () => socket.destroy() && resolve(false)).once('error', () => resolve(true))
      socket.once('timeout', () => socket.destroy() && resolve(true))
    })
    t.equal(refused, true, `${address} refuses connections`)
  }
  const admin = kafka.admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata()
  await admin.disconnect()
  const own = topics.filter(({ name }) => name.startsWith('__connect-'))
  t.same(own.map(({ name }) => name).sort(), ['__connect-configs', '__connect-offsets', '__connect-status'])
  for (const { partitions } of own) t.ok(partitions.every(({ replicas }) => replicas.length === 3))
  t.match(await here('cluster', 'logs', connectName), { code: 0, stdout: /Kafka Connect|Herder started/ })
})

t.test('the example writes the audit trail to a file', async (t) => {
  t.match((await onService('apply', sink, '--dry-run')).stdout, /would create audit-logs-to-file/)
  const applied = await onService('apply', sink)
  t.match(applied, { code: 0, stdout: /created/ }, applied.stderr)
  t.match((await onService('apply', sink)).stdout, /nothing to do/)
  await change('first-change')
  await arrives('first-change')
  t.match(await written(), 'connector.apply', 'what created the connector is in it, too')
  t.match(await list(), [
    { name: sink, state: 'RUNNING', deadLetterTopic: 'audit-logs.dlq', tasks: [{ state: 'RUNNING' }] }
  ])
  const { mode } = await stat(join(files.data, 'audit-logs.txt'))
  t.ok(mode & 0o400)
})

t.test('a record that is no JSON goes to the dead letters with its headers, and the sink goes on', async (t) => {
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'audit-logs', messages: [{ key: 'poison', value: 'no {JSON' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'dead-letters' })
  t.teardown(() => consumer.disconnect())
  await eventually(
    'the queue exists',
    async () => {
      const admin = kafka.admin()
      await admin.connect()
      const names = await admin.listTopics()
      await admin.disconnect()
      return names
    },
    (names) => names.includes('audit-logs.dlq')
  )
  await consumer.connect()
  await consumer.subscribe({ topic: 'audit-logs.dlq', fromBeginning: true })
  const letter = await new Promise<kafkajs.KafkaMessage>((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(message) })
  })
  t.equal(String(letter.key), 'poison')
  t.equal(String(letter.value), 'no {JSON')
  const header = (name: string) => String(letter.headers?.[`__connect.errors.${name}`])
  t.equal(header('topic'), 'audit-logs')
  t.equal(header('connector.name'), sink)
  t.match(header('exception.class.name'), 'DataException')
  await change('after-poison')
  await arrives('after-poison')
  t.notMatch(await written(), 'no {JSON')
})

t.test('a task that cannot write its file shows the error, and runs after a restart once that is mended', async (t) => {
  const folder = join(files.data, 'blocked')
  await mkdir(folder)
  await chmod(folder, 0o500)
  const file = join(t.testdir(), 'blocked.json')
  const config = {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    topics: 'audit-logs',
    file: 'blocked/out.txt',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter'
  }
  await writeFile(file, JSON.stringify({ name: 'blocked', config }))
  t.equal((await onService('apply', file)).code, 0)
  await eventually(
    'the task fails',
    () => taskOf('blocked'),
    (task) => task?.state === 'FAILED',
    40_000
  )
  t.match((await onService('list')).stdout, /blocked +sink +RUNNING +0\/1 .*AccessDenied/)
  t.match((await onService('describe', 'blocked')).stdout, /Caused by: .*AccessDeniedException: .*blocked\/out\.txt/)
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text()
  await eventually('the metric shows it', metrics, (text) =>
    text.includes('task_failed{connector="blocked",task="0"} 1')
  )

  await chmod(folder, 0o777)
  t.match((await onService('restart', 'blocked', '--task', '0')).stdout, /task 0 of blocked restarted/)
  await eventually(
    'the task runs',
    () => taskOf('blocked'),
    (task) => task?.state === 'RUNNING',
    40_000
  )
  await eventually('it writes', () => readFile(join(folder, 'out.txt'), 'utf8').catch(() => ''), Boolean, 40_000)
  await eventually('the metric shows it', metrics, (text) =>
    text.includes('task_failed{connector="blocked",task="0"} 0')
  )
  t.match((await onService('restart', 'blocked')).stdout, /nothing to do/)

  await onService('pause', 'blocked')
  await eventually(
    'it is paused',
    () => taskOf('blocked'),
    (task) => task?.state === 'PAUSED'
  )
  await onService('resume', 'blocked')
  await eventually(
    'it runs',
    () => taskOf('blocked'),
    (task) => task?.state === 'RUNNING'
  )
  t.equal((await onService('delete', 'blocked', '--yes')).code, 0)
  t.same(
    (await list()).map(({ name }) => name),
    [sink]
  )
})

t.test('a worker that is killed is started again, its death is counted, and the sink goes on', async (t) => {
  const before = performance.now()
  await ledger.signal(connectName, 'SIGKILL')
  await eventually(
    'no task runs',
    () => list().catch(() => 'away'),
    (answer) => answer === 'away'
  )
  await change('after-death')
  await eventually(
    'the task runs',
    () => taskOf(sink).catch(() => undefined),
    (task) => task?.state === 'RUNNING',
    90_000
  )
  await arrives('after-death', 60_000)
  t.comment(`writes again ${Math.round(performance.now() - before)} ms after its death`)
  t.match((await deaths())[connectName], { count: 1, last: { reason: 'SIGKILL' } })
  t.match((await here('cluster', 'status')).stdout, /kafka-connect +running .*died once/)
})

t.test('a second start leaves the worker alone; down stops it, and its keeper', async (t) => {
  const { pid } = await ledger.status(connectName)
  t.equal((await here('cluster', 'up')).code, 0)
  t.equal((await ledger.status(connectName)).pid, pid, 'nothing has changed, so it is left alone')
  t.equal((await here('cluster', 'down')).code, 0)
  t.equal(await ledger.isAlive(connectName), false)
  await eventually(
    'the keeper ends',
    () => ledger.isAlive(keeperName),
    (alive) => !alive
  )
  t.match((await deaths())[connectName], { count: 1 })
})
