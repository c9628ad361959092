// Runs alone: it kills services.
import { rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { agentLedger } from '#shared/cluster/agent/agent-files.ts'
import { drillsSocket } from '#shared/cluster/agent-sockets.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import { keeperName } from '#shared/cluster/keeper/ensure-keeper.ts'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import { ensureAgent } from '#shared/cluster/launch.ts'
import { kops } from '../cli/kops.ts'
import { agentUnderTest, monitoringLogin } from '../support/under-test.ts'
import { until } from './own-cluster.ts'

t.setTimeout(240_000)

const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''
const definition = await loadDefinition(stateDir)
if (!definition) throw new Error('there is no cluster: run the integration tests with npm run test:integration')
const { ports } = definition
const files = keptFiles(stateDir)
const healthUrl = `http://127.0.0.1:${ports.health}`

const deathsOf = async (name: string) => (await files.deaths())[name]?.count ?? 0
const answers = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, { headers }).then(
    ({ ok }) => ok,
    () => false
  )

/** Kills a process as kill -9 does: its record stays. */
async function kill(name: string): Promise<void> {
  if (!(await files.ledger.signal(name, 'SIGKILL'))) throw new Error(`${name} does not run`)
  await files.ledger.waitUntilGone(name, 5000)
}

t.test(
  'health-service that is killed answers again, reads the cluster again, and its death is counted and shown',
  async (t) => {
    const before = await deathsOf('health-service')
    await kill('health-service')
    const at = performance.now()
    t.equal(await answers(`${healthUrl}/livez`), false)
    await until('health-service is started again', 5000, () => files.ledger.isAlive('health-service'))
    await until('health-service answers', 30_000, () => answers(`${healthUrl}/livez`))
    t.comment(`answers after ${Math.round(performance.now() - at)} ms`)
    t.equal(await deathsOf('health-service'), before + 1)

    t.match(await (await fetch(`${healthUrl}/api/health`)).json(), { brokers: [{}, {}, {}] })
    t.equal((await fetch(`${healthUrl}/api/alerts`)).status, 200)
    const metrics = await (await fetch(`${healthUrl}/metrics`)).text()
    t.match(metrics, new RegExp(`kops_service_restarts_total\\{service="health-service"\\} ${before + 1}`))

    const times = before === 0 ? 'once' : `${before + 1} times`
    const status = await kops(['cluster', 'status'])
    t.match(
      status.stdout,
      new RegExp(`health-service +running +http://localhost:${ports.health} +died ${times}, last at .*SIGKILL`)
    )
    const json = JSON.parse((await kops(['cluster', 'status', '--json'])).stdout)
    t.match(json.services, [{ name: 'admin-service' }, { name: 'health-service', deaths: { count: before + 1 } }])
  }
)

const skipMonitoring = (await files.names()).includes('prometheus') ? false : 'Prometheus is not on this machine'

t.test('Prometheus and Alertmanager are kept too', { skip: skipMonitoring }, async () => {
  for (const [name, port] of [
    ['prometheus', ports.prometheus],
    ['alertmanager', ports.alertmanager]
  ] as const) {
    await kill(name)
    await until(`${name} is ready`, 30_000, () => answers(`http://127.0.0.1:${port}/-/ready`, monitoringLogin))
  }
})

t.test('a service that dies again and again comes back later and later, and always', async (t) => {
  const gaps: number[] = []
  for (let death = 0; death < 3; death++) {
    await kill('load-test-service')
    const at = performance.now()
    await until('it is started again', 20_000, () => files.ledger.isAlive('load-test-service'))
    gaps.push(performance.now() - at)
  }
  t.comment(`started again after ${gaps.map(Math.round).join(', ')} ms`)
  const [first = 0, , third = 0] = gaps
  t.ok(third > 900 && third > first, 'the third waits for a second')
  await until('it answers', 30_000, () => answers(`http://127.0.0.1:${ports.loadTest}/livez`))
})

t.test('a killed keeper is back within seconds, leaves the services alone, and keeps supervising them', async (t) => {
  const services = async () =>
    Promise.all(['admin-service', 'health-service'].map(async (name) => (await files.ledger.status(name)).pid))
  const running = await services()
  await kill(keeperName)
  await until('there is a keeper', 10_000, () => files.ledger.isAlive(keeperName))
  await delay(500)
  t.same(await services(), running)
  await kill('admin-service')
  await until('admin-service answers', 30_000, () => answers(`http://127.0.0.1:${ports.admin}/livez`))
})

t.test(
  'a fault ends although both the agent and its supervisor were killed: the keeper brings them back',
  async (t) => {
    const agent = await agentUnderTest()
    t.teardown(() => agent.close())
    const ledger = agentLedger(stateDir)
    await agent.inject({ kind: 'pause', node: 'kafka-3', leaseMs: 3000 })
    await ledger.signal('supervisor', 'SIGKILL')
    await ledger.signal('agent', 'SIGKILL')
    const at = performance.now()
    await until('kafka-3 runs again', 60_000, async () => {
      const status = await agent.status().catch(() => undefined)
      return status?.nodes.some(({ name, state, ready }) => name === 'kafka-3' && state === 'running' && ready) ?? false
    })
    t.comment(`undone after ${Math.round(performance.now() - at)} ms`)
    t.equal(await ledger.isAlive('supervisor'), true)
  }
)

t.test('an agent without a socket for drills, as of an older version, is replaced by one that has it', async (t) => {
  const ledger = agentLedger(stateDir)
  const before = await ledger.status('agent')
  await ensureAgent(stateDir, definition)
  t.equal((await ledger.status('agent')).pid, before.pid, 'one that has it stays')
  await rm(drillsSocket(definition))
  await ensureAgent(stateDir, definition)
  t.not((await ledger.status('agent')).pid, before.pid)
  t.ok((await stat(drillsSocket(definition))).isSocket())
})
