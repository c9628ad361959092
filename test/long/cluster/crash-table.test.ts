// Brings its own cluster: its agent and services are killed.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { agentFiles, agentLedger } from '#shared/cluster/agent/agent-files.ts'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { drillsSocket } from '#shared/cluster/agent-sockets.ts'
import { ensureAgent } from '#shared/cluster/launch.ts'
import { createLocalRuntime } from '#shared/cluster/local/local-runtime.ts'
import type { InjectFault, NodeStatus } from '#shared/contracts/cluster.ts'
import { createOwnCluster, until } from '../../integration/cluster/own-cluster.ts'
import { gateFiles } from './crash-table/gate-files.ts'
import type { Order, Report } from './crash-table/holder.ts'
import { crashRows, phases, type Row } from './crash-table/rows.ts'

t.setTimeout(900_000)

const node = 'kafka-2'
const leaseMs = 3000
/** From when somebody is left who could act. A broker that was killed runs by then, and answers when it has started. */
const cleanWithinMs = 15_000
const startedWithinMs = 45_000

const gates = await mkdtemp(join(tmpdir(), 'kops-gates-'))
t.teardown(() => rm(gates, { recursive: true }))
// For the agents of this cluster, whoever starts them.
process.env['KOPS_TEST_GATES'] = gates
process.env['NODE_OPTIONS'] = [process.env['NODE_OPTIONS'], `--import=${import.meta.resolve('./crash-table/gates.ts')}`]
  .filter((one) => one !== undefined)
  .join(' ')

const { stateDir, definition, agent } = await createOwnCluster(t)
const { faultKinds } = await agent.status()
const canCut = faultKinds.some(({ kind, available }) => kind === 'cut' && available)
const rows = crashRows().filter(({ fault }) => canCut || fault.kind === 'pause' || fault.kind === 'kill')
await agent.up()
const ledger = agentLedger(stateDir)
/** What the nodes are, without the agent's word for it. */
const runtime = await createLocalRuntime({ stateDir, definition })
t.teardown(() => runtime.close())

const shows = ({ state, isolated, impairments = [] }: NodeStatus) =>
  state !== 'running' || isolated || impairments.length > 0
const stateOfNode = async () => (await runtime.status()).find(({ name }) => name === node)?.state
const recorded = async () => (await openFaultJournal(agentFiles(stateDir).faults).load()).faults
const isAsBefore = async () =>
  (await recorded()).every(({ state }) => state === 'healed') &&
  (await runtime.status()).every((one) => !shows(one) && (one.ready || one.name !== node))

async function startHolder() {
  const script = fileURLToPath(new URL('crash-table/holder.ts', import.meta.url))
  const child: ChildProcess = fork(script, [drillsSocket(definition)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const reports: Report[] = []
  child.on('message', (report: Report) => void reports.push(report))
  const says = (what: Report) => until(`the holder is ${what}`, 20_000, async () => reports.includes(what))
  await says('ready')
  return { child, says, reports, order: (order: Order) => child.send(order) }
}

/** Brings a fault into the phase of a row, and resolves once everything waits there. */
async function reach({ phase, fault, letThrough }: Row, holder: Awaited<ReturnType<typeof startHolder>>) {
  const { gate, heals } = phases[phase]
  const files = gate && gateFiles(gates, gate.at)
  const close = () => (files ? writeFile(files.closed, String(letThrough)) : undefined)
  if (gate?.when === 'before') await close()
  const request: InjectFault = { ...fault, node, leaseMs }
  holder.order({ inject: request })
  if (gate?.when !== 'before') {
    await holder.says('active')
    await close()
    if (heals) holder.order('heal')
  }
  if (files) await until(`the agent waits at ${gate?.at}`, 20_000, async () => existsSync(files.reached))
}

const took: number[] = []
for (const row of rows) {
  const { phase, fault, victims, letThrough } = row
  const half = letThrough > 0 ? `, ${letThrough} steps of it done` : ''
  t.test(`${fault.kind}, ${phase}${half}: kill -9 of ${victims.join(' and ')}`, async (t) => {
    const holder = await startHolder()
    t.teardown(() => holder.child.kill('SIGKILL'))
    await reach(row, holder)
    const { recordedAs, shows: isShown } = phases[phase]
    t.equal((await recorded()).find(({ state }) => state !== 'healed')?.state, recordedAs, 'the record is of the phase')
    const broken = (await runtime.status()).filter(shows).map(({ name }) => name)
    t.same(broken, isShown || letThrough > 0 ? [node] : [], 'the node is as in the phase')

    const pids = await Promise.all(
      victims.map(async (victim) => (victim === 'holder' ? holder.child.pid : (await ledger.status(victim)).pid))
    )
    for (const pid of pids) process.kill(pid ?? 0, 'SIGKILL')
    for (const gate of ['recorded', 'deed', 'record'] as const) {
      const { closed, reached } = gateFiles(gates, gate)
      await Promise.all([rm(closed, { force: true }), rm(reached, { force: true })])
    }
    // With neither left, nobody acts until somebody needs the agent.
    if (victims.includes('agent') && victims.includes('supervisor')) await ensureAgent(stateDir, definition)
    const begun = performance.now()
    // A holder that lives would go on holding what it holds.
    if (!victims.includes('agent') && !victims.includes('holder')) holder.child.kill('SIGKILL')
    if (fault.kind === 'kill') await until('it runs', cleanWithinMs, async () => (await stateOfNode()) === 'running')
    await until('no fault is left', fault.kind === 'kill' ? startedWithinMs : cleanWithinMs, isAsBefore)
    took.push(performance.now() - begun)
    t.pass(`after ${Math.round(took.at(-1) ?? 0)} ms`)
    await until('both processes of the agent are there', 20_000, async () => {
      const alive = await Promise.all([ledger.isAlive('agent'), ledger.isAlive('supervisor')])
      return alive.every(Boolean) && agent.status().then(Boolean, () => false)
    })
  })
}

t.test('the table is whole', async (t) => {
  t.ok(!canCut || rows.length >= 40, `${rows.length} rows`)
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  t.equal(took.length, rows.length, 'each crash was in its phase, and left nothing')
  t.comment(`no fault was left after ${at(0.5)} ms (median) and ${at(1)} ms (longest) in ${took.length} crashes`)
})
