// Runs alone: it waits until the cluster moves nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { createOn, fill, moveTo, progress, throttlesOf } from '../../integration/admin/replicas.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { bootstrapServers } from '../../integration/support/under-test.ts'

t.setTimeout(120_000)

const slow = 100_000
const projectRoot = join(import.meta.dirname, '../../..')

interface Service {
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>
  /** Like kill -9; resolves once the process is gone. */
  kill(): Promise<void>
}

/** Another admin-service besides the one under test, in its own process. */
async function startService(t: Test, dataDir: string): Promise<Service> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(projectRoot, 'services/admin/server.ts')], {
    cwd: projectRoot,
    stdio: 'ignore',
    env: {
      ...process.env,
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      KOPS_DATA_DIR: dataDir,
      KOPS_PORT: String(port)
    }
  })
  const gone = once(child, 'exit')
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await gone
  }
  t.teardown(kill)
  const askIt: Service['ask'] = async (method, path, body) => {
    const response = await request(`http://127.0.0.1:${port}${path}`, {
      method,
      headersTimeout: 30_000,
      reset: true,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    })
    return { status: response.statusCode, body: (await response.body.json()) as Record<string, unknown> }
  }
  await eventually(
    'the service listens',
    () => askIt('GET', '/api/reassignments').catch(() => undefined),
    (answer) => answer?.status === 200,
    40_000
  )
  return { ask: askIt, kill }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test('a service killed in the middle of a throttled move removes the throttle when it is back', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'killed-service', [
    [1, 2],
    [1, 2]
  ])
  await fill(t, topic, { partitions: 2, megabytes: 16 })
  const dataDir = t.testdir({})
  const first = await startService(t, dataDir)
  const move = { ...moveTo(topic, [1, 3]), throttleBytesPerSec: slow }
  t.match(await first.ask('POST', '/api/reassignments', move), { status: 202, body: { refused: [] } })
  await first.kill()
  t.match(await throttlesOf(kafka, topic), 'follower.replication.throttled.rate=100000')

  // While the move is under way, the throttle stays.
  const second = await startService(t, dataDir)
  const known = await second.ask('GET', '/api/reassignments')
  t.match(known.body['throttle'], { bytesPerSec: slow, topics: [topic] })
  await second.kill()

  // The move ends while the service that set the throttle is not running.
  t.match(await ask('DELETE', `/api/reassignments?topic=${topic}`), { status: 200 })
  await eventually(
    'nothing is under way',
    progress,
    ({ partitions, warnings }) => partitions === 0 && warnings.length === 0
  )
  t.match(await throttlesOf(kafka, topic), 'follower.replication.throttled.rate=100000')
  await startService(t, dataDir)
  await eventually(
    'the throttle is gone',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === '',
    40_000
  )
})
