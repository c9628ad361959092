import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createComposeRuntime } from '#shared/cluster/compose/compose-runtime.ts'
import { defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'

const project = 'p'

/** An engine with a broker and a ZooKeeper that run and a broker that is paused; what it was asked to run, by container. */
async function fakeEngine(t: Test) {
  const states = { 'kafka-1': 'running', 'kafka-2': 'paused', 'zookeeper-1': 'running' }
  const ran = new Map<string, string[]>()
  const inspected = (name: string) => ({
    ...{ Id: name, Image: 'i', HostConfig: { PortBindings: {} }, Mounts: [] },
    State: {
      ...{ Running: true, Paused: states[name as keyof typeof states] === 'paused' },
      ...{ Pid: 1, StartedAt: '2026-01-31T12:00:00Z' }
    },
    NetworkSettings: { Networks: { [`${project}_kafka-network`]: { IPAddress: '172.20.0.2' } } }
  })
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://engine')
    const [, kind, name = '', verb] = url.pathname.split('/')
    const answer = (value: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (kind === 'containers' && name === 'json') {
      const label = (service: string) => ({ 'com.docker.compose.service': service })
      return answer(Object.keys(states).map((service) => ({ Id: service, Labels: label(service) })))
    }
    if (kind === 'containers' && verb === 'json') return answer(inspected(name))
    if (kind === 'containers' && verb === 'exec') {
      const { Cmd } = (await bodyOf(request)) as { Cmd: string[] }
      ran.set(name, Cmd)
      return answer({ Id: `exec-${name}` }, 201)
    }
    // The ZooKeeper reaches the first of its two targets, the broker its last.
    const text = name === 'exec-kafka-1' ? '1\ndone\n' : '0\ndone\n'
    const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
    return response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' }).end(frame)
  })
  const folder = await mkdtemp(join(tmpdir(), 'kops-engine-'))
  const socketPath = join(folder, 'docker.sock')
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  t.teardown(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })
  return { socketPath, ran }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return JSON.parse(Buffer.concat(chunks).toString())
}

const ports = { ...defaultPorts, kafka: [9092, 9093], jmx: [7071, 7072], zookeeper: [2181] }
const definition = { id: 'abc123', name: project, runtime: 'compose' as const, ports, heap: defaultHeap }

t.test('running containers try the others by name, and those that do not run are not asked', async (t) => {
  const { socketPath, ran } = await fakeEngine(t)
  const runtime = createComposeRuntime(definition, { socketPath })
  t.same(await runtime.reach(), [
    {
      node: 'zookeeper-1',
      to: [
        { node: 'kafka-1', service: 'broker', reachable: true },
        { node: 'kafka-2', service: 'broker', reachable: false }
      ]
    },
    {
      node: 'kafka-1',
      to: [
        { node: 'zookeeper-1', service: 'metadata', reachable: false },
        { node: 'kafka-2', service: 'broker', reachable: true }
      ]
    }
  ])
  t.same([...ran.keys()].sort(), ['kafka-1', 'zookeeper-1'])
  t.match(ran.get('kafka-1'), ['bash', '-c', /tcp\/zookeeper-1\/2181.*tcp\/kafka-2\/9092/s])
})

t.test("the brokers' own listener of a secured cluster is another port", async (t) => {
  const { socketPath, ran } = await fakeEngine(t)
  await createComposeRuntime({ ...definition, security: 'ssl' }, { socketPath }).reach()
  t.match(ran.get('zookeeper-1'), ['bash', '-c', /tcp\/kafka-1\/9091.*tcp\/kafka-2\/9091/s])
})

t.test('faults inside a container are refused with what they need', async (t) => {
  const runtime = createComposeRuntime(definition, {})
  const kinds = Object.fromEntries(runtime.faultKinds.map(({ kind, available }) => [kind, available]))
  t.same(kinds, {
    ...{ stop: true, kill: true, pause: true, isolate: true },
    ...{ cut: false, slow: false, 'disk-full': false, 'disk-slow': false }
  })
  t.match(runtime.faultKinds.find(({ kind }) => kind === 'cut')?.detail, 'local runtime')
  await t.rejects(runtime.impair('kafka-1', { id: 'f', kind: 'disk-full' }), { code: 'fault_unavailable' })
  await runtime.unimpair('kafka-1')
})
