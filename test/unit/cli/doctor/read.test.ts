import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectRoot } from '#cli/config.ts'
import { checklist, checks } from '#cli/doctor/checks/index.ts'
import { readReceivers, readSecrets, readSettings, readStrangeVariables } from '#cli/doctor/read/configuration.ts'
import { readingOf, readSources } from '#cli/doctor/read/index.ts'
import { readDisk, readDistribution, readFileLimits, readMachine } from '#cli/doctor/read/machine.ts'
import { readBrokers, readPorts, readService } from '#cli/doctor/read/network.ts'
import { createClient } from '#shared/client/client.ts'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { ownFolder } from '../../own-folder.ts'
import { node } from './fine.ts'

const definition: ClusterDefinition = {
  ...{ id: 'abc123', name: 'c', runtime: 'local', ports: defaultPorts, heap: defaultHeap }
}
const never = new AbortController().signal

t.test('memory and swap are those of the kernel, in bytes', async (t) => {
  const text = 'MemTotal:       4028340 kB\nMemAvailable:   1000 kB\nSwapTotal:      2048 kB\nSwapFree:       1024 kB\n'
  t.match(await readMachine(text), {
    memory: { totalBytes: 4028340 * 1024, availableBytes: 1_024_000 },
    swap: { totalBytes: 2_097_152, usedBytes: 1_048_576 }
  })
  const machine = await readMachine()
  t.ok(machine.memory.totalBytes > machine.memory.availableBytes && machine.memory.availableBytes > 0)
  const disk = await readDisk(projectRoot)
  t.ok(disk.totalBytes > disk.freeBytes && disk.freeBytes > 0)
})

t.test('limits are read of this user and of nodes that run', async (t) => {
  const limits = await readFileLimits([node('kafka-1', { pid: process.pid }), node('kafka-2', { pid: null })])
  t.same(
    limits.map(({ process }) => process),
    ['a process of this user', 'kafka-1']
  )
  t.ok(limits.every(({ limit }) => limit > 0))
})

t.test('the release is that of the jars, or under Compose that of the pom', async (t) => {
  const root = ownFolder(t)
  await mkdir(join(root, 'kafka/libs'), { recursive: true })
  t.same(await readDistribution(root, definition), { kafka: null, zookeeper: null })
  for (const jar of ['kafka_2.13-3.9.1.jar', 'zookeeper-3.8.4.jar']) await writeFile(join(root, 'kafka/libs', jar), '')
  t.same(await readDistribution(root, definition), { kafka: '3.9.1', zookeeper: '3.8.4' })
  await writeFile(join(root, 'kafka/pom.xml'), '<kafka.version>3.9.2</kafka.version>')
  t.same(await readDistribution(root, { ...definition, runtime: 'compose' }), { kafka: '3.9.2', zookeeper: null })
})

t.test('a file with a secret is exposed if everyone can reach and read it', async (t) => {
  const root = ownFolder(t)
  await chmod(root, 0o755)
  const folder = join(root, 'inner')
  await mkdir(folder)
  const file = join(folder, 'tokens')
  await writeFile(file, 'secret')
  for (const [ofFile, ofFolder, exposed] of [
    [0o600, 0o755, false],
    [0o640, 0o755, false],
    [0o644, 0o755, true],
    [0o602, 0o711, true],
    [0o644, 0o700, false]
  ] as const) {
    await chmod(file, ofFile)
    await chmod(folder, ofFolder)
    t.match(
      await readSecrets(root, definition, [file, join(root, 'missing')]),
      [{ path: file, exposed }],
      `${ofFile.toString(8)} in ${ofFolder.toString(8)}`
    )
  }
})

t.test('settings that are not valid are named, those that are missing are not', async (t) => {
  const root = ownFolder(t)
  const none = { token: undefined, ca: undefined }
  t.ok((await readSettings(root, none)).every(({ problem }) => problem === null))
  await writeFile(join(root, 'cluster.json'), '{}')
  await writeFile(join(root, 'alerting.env'), 'KOPS_ALERT_SLAK=x\n', { mode: 0o600 })
  const missing = join(root, 'missing')
  const access = { token: { file: missing }, ca: { file: missing } }
  const problems = (await readSettings(root, access)).map(({ problem }) => problem)
  t.match(problems, [
    /not a cluster definition/,
    /KOPS_ALERT_SLAK is not a setting/,
    /cannot be read/,
    /cannot be read/
  ])
})

t.test('receivers of alerts are those that Alertmanager runs with, without health-service', async (t) => {
  const root = ownFolder(t)
  await t.rejects(readReceivers(root), /was not set up/)
  await mkdir(join(root, 'observability'))
  const file = join(root, 'observability/alertmanager.yml')
  const hooks = 'webhook_configs: [{ url: "http://h/api/alerts/webhook" }]'
  await writeFile(file, `receivers:\n  - name: operators\n  - name: health-service\n    ${hooks}\n`)
  t.same(await readReceivers(root), [])
  await writeFile(
    file,
    'receivers:\n  - { name: operators, slack_configs: [{}] }\n  - { name: operators-critical, slack_configs: [{}], pagerduty_configs: [{}] }\n'
  )
  t.same(await readReceivers(root), ['slack', 'pagerduty'])
})

t.test('a variable that nothing reads is named, with the one that was meant', async (t) => {
  const known = [
    'KOPS_TOKEN',
    'KOPS_STATE_DIR',
    'KOPS_POLL_INTERVAL_MS',
    'KOPS_BROKER_HEAP',
    'KOPS_ALERT_EMAIL_TO',
    'KOPS_CA',
    'KOPS_CONTEXT',
    'KOPS_AUDIT',
    'KOPS_TOKENS_FILE'
  ]
  t.same(await readStrangeVariables(projectRoot, known), [])
  t.same(await readStrangeVariables(projectRoot, ['KOPS_TOKN', 'KOPS_ENTIRELY_UNKNOWN']), [
    { name: 'KOPS_TOKN', meant: 'KOPS_TOKEN' },
    { name: 'KOPS_ENTIRELY_UNKNOWN', meant: null }
  ])
})

/** A server on a free port. */
async function serve(t: Test, answer: (path: string) => object | undefined): Promise<{ url: string; port: number }> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? '')
    response.statusCode = body === undefined ? 404 : 200
    response.end(JSON.stringify(body ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

t.test('a service, another program and silence on a port are three different findings', async (t) => {
  const service = await serve(t, (path) => (path === '/livez' ? { status: 'ok' } : { info: { version: '1.2.3' } }))
  const read = (url: string, ask = async (): Promise<unknown> => 'fine') =>
    readService({ name: 'admin-service', url }, ask, { ca: undefined, timeoutMs: 10_000, signal: never })
  t.match(await read(service.url), { state: 'answers', version: '1.2.3', request: 'ok' })
  const refuse = async () => {
    throw new KopsError('forbidden', 'not for viewers')
  }
  t.match(await read(service.url, refuse), { request: { code: 'forbidden', message: 'not for viewers' } })
  const stranger = await serve(t, () => undefined)
  t.match(await read(stranger.url), { state: 'stranger' })
  t.match(await read('http://127.0.0.1:1'), { state: 'silent', detail: /refused/ })
})

t.test('ports say whether they accept connections, and brokers whether they speak Kafka', async (t) => {
  const { port } = await serve(t, () => undefined)
  const ports = { ...defaultPorts, kafka: [port, 1, 1], zookeeper: [1, 1, 1], prometheus: 1, alertmanager: 1 }
  const read = await readPorts({ ...definition, ports }, ['kafka-2'])
  t.match(
    read.find(({ name }) => name === 'kafka-1'),
    { port, accepts: true, listener: new RegExp(`pid ${process.pid}`) }
  )
  t.match(
    read.find(({ name }) => name === 'kafka-2'),
    { accepts: false, listener: null }
  )
  t.same(read.length, 8)
  const brokers = await readBrokers(ownFolder(t), { ...definition, ports: { ...ports, kafka: [port] } })
  t.same(brokers, [{ address: `127.0.0.1:${port}`, answers: false }], 'an HTTP server is no broker')
})

t.test('a reading that fails or takes too long is unknown, with the reason', async (t) => {
  t.same(await readingOf(() => 5, never), { value: 5 })
  const failing = () => Promise.reject(new KopsError('agent_unreachable', 'The agent is away'))
  t.same(await readingOf(failing, never), { unknown: 'The agent is away (agent_unreachable)' })
  t.same(await readingOf(() => Promise.reject(new Error('ENOENT')), never), { unknown: 'ENOENT' })
  const time = new AbortController()
  const reading = readingOf(() => new Promise(() => {}), time.signal)
  time.abort()
  t.same(await reading, { unknown: 'there was no answer in time' })
})

t.test('everything is read within its time, whatever accepts a connection and never answers', async (t) => {
  const hanging = createServer(() => {})
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    hanging.closeAllConnections()
    hanging.close()
  })
  const { port } = hanging.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const urls = { admin: url, health: url, loadTest: url }
  const client = createClient({ urls })
  const place = {
    ...{ projectRoot, stateDir: ownFolder(t), withoutDefinition: 'none', client, stranger: client, ca: undefined },
    definition: { ...definition, ports: { ...defaultPorts, kafka: [port, port, port] } },
    access: { urls, token: undefined, ca: undefined, context: undefined },
    ...{ variables: [], secretFiles: [] }
  }
  const table = [...checks, ...checklist]
  const startedAt = performance.now()
  const readings = await readSources(
    place,
    table.flatMap(({ needs }) => needs),
    1500
  )
  t.ok(performance.now() - startedAt < 5000)
  for (const name of ['health', 'probe', 'topics'] as const) {
    t.match(readings[name], { unknown: /no answer in time|does not answer/ }, name)
  }
  t.match(readings.admin as object, { value: { state: 'silent', detail: /no answer in time/ } })
  t.match(readings.machine, { value: { processors: Number } })
})
