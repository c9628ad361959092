import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { agentLedger } from '../../../shared/cluster/agent/agent-files.ts'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '../../../shared/cluster/definition.ts'
import { keeperName } from '../../../shared/cluster/keeper/ensure-keeper.ts'
import { keptFiles } from '../../../shared/cluster/keeper/kept-files.ts'
import { kops } from '../cli/kops.ts'
import { until } from './own-cluster.ts'

t.setTimeout(240_000)

const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''
const definition = await loadDefinition(stateDir)
if (!definition) throw new Error('there is no cluster: run the integration tests with npm run test:integration')
const { ports } = definition
const files = keptFiles(stateDir)
const agents = agentLedger(stateDir)
const healthUrl = `http://127.0.0.1:${ports.health}`

const deathsOf = async (name: string) => (await files.deaths())[name]?.count ?? 0
const answers = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false
  )

/** Kills a process as kill -9 does: its record stays. */
async function kill(ledger: typeof agents, name: string): Promise<number> {
  const { pid } = await ledger.status(name)
  if (pid === null || !(await ledger.signal(name, 'SIGKILL'))) throw new Error(`${name} does not run`)
  await ledger.waitUntilGone(name, 5000)
  return pid
}

t.test(
  'health-service that is killed answers again, reads the cluster again, and its death is counted and shown',
  async (t) => {
    const before = await deathsOf('health-service')
    await kill(files.ledger, 'health-service')
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
    await kill(files.ledger, name)
    await until(`${name} is ready`, 30_000, () => answers(`http://127.0.0.1:${port}/-/ready`))
  }
})

t.test('a service that dies again and again comes back later and later, and always', async (t) => {
  const gaps: number[] = []
  for (let death = 0; death < 3; death++) {
    await kill(files.ledger, 'load-test-service')
    const at = performance.now()
    await until('it is started again', 20_000, () => files.ledger.isAlive('load-test-service'))
    gaps.push(performance.now() - at)
  }
  t.comment(`started again after ${gaps.map(Math.round).join(', ')} ms`)
  const [first = 0, , third = 0] = gaps
  t.ok(third > 900 && third > first, 'the third waits for a second')
  await until('it answers', 30_000, () => answers(`http://127.0.0.1:${ports.loadTest}/livez`))
})

t.test(
  'a keeper that is killed is back within seconds, leaves the services alone, and goes on keeping them',
  async (t) => {
    const services = async () =>
      Promise.all(['admin-service', 'health-service'].map(async (name) => (await files.ledger.status(name)).pid))
    const running = await services()
    await kill(files.ledger, keeperName)
    await until('there is a keeper', 10_000, () => files.ledger.isAlive(keeperName))
    await delay(500)
    t.same(await services(), running)
    await kill(files.ledger, 'admin-service')
    await until('admin-service answers', 30_000, () => answers(`http://127.0.0.1:${ports.admin}/livez`))
  }
)

t.test(
  "the agent's supervisor that is killed is back within seconds, with the same agent and its faults",
  async (t) => {
    const agent = createAgentClient(agentSocket(definition))
    const { id } = await agent.inject({ kind: 'pause', node: 'kafka-3', leaseMs: 60_000 })
    t.teardown(async () => {
      await agent.heal(id)
      await agent.close()
    })
    const { pid } = await agents.status('agent')
    await kill(agents, 'supervisor')
    await until('there is a supervisor', 10_000, () => agents.isAlive('supervisor'))
    t.equal((await agents.status('agent')).pid, pid)
    t.match(await agent.fault(id), { state: 'active' })

    await kill(agents, 'agent')
    await until('the agent is started again, and heals', 40_000, () =>
      agent.fault(id).then(
        ({ state }) => state === 'healed',
        () => false
      )
    )
    t.ok(await agents.isAlive('supervisor'))
  }
)
