import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeStatus } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { agentFiles } from '../agent/agent-files.ts'
import { type ClusterDefinition, modeOf } from '../definition.ts'
import { commonFaultKinds } from '../fault-kinds.ts'
import { heapOfProcess } from '../heap.ts'
import { lastLines } from '../last-lines.ts'
import { rotateLogs } from '../log-rotation.ts'
import { createProcessLedger } from '../process-ledger.ts'
import type { NodeRuntime } from '../runtime.ts'
import { ensureCredentials } from '../security/credentials.ts'
import { securityFiles } from '../security/files.ts'
import { createAdmission } from './admission.ts'
import { createClusterNetwork } from './cluster-network.ts'
import { createImpairments, startedOnLoopback } from './impairments.ts'
import { loopbackPrefix } from './network-plan.ts'
import { loadNetwork } from './network-record.ts'
import { nodeFiles } from './node-files.ts'
import { createNodeLauncher } from './node-launcher.ts'
import { missingForNamespaces } from './node-network.ts'
import { clientPort, type NodePlan, planNodes } from './node-plan.ts'
import { createNodeStates } from './node-states.ts'
import { assertPortsFree, claimsOf, findDistribution } from './preflight.ts'

export interface LocalRuntimeOptions {
  stateDir: string
  definition: ClusterDefinition
  /** Contains templates/, and pom.xml and libs/ of each mode; this project's own by default. */
  kafkaDir?: string
}

/** JVMs that start at the same time on a busy machine may take most of this. */
const readyMs = 120_000
const stopMs = 30_000
const statusProbeMs = 1000

/**
 * The nodes as processes of this machine: in their own network namespaces if possible, otherwise on loopback addresses.
 * All of its state is on disk and in the kernel, so a new runtime takes over after the old one was killed.
 */
export async function createLocalRuntime(options: LocalRuntimeOptions): Promise<NodeRuntime> {
  const { definition } = options
  const stateDir = resolve(options.stateDir)
  const kafkaDir = options.kafkaDir ?? fileURLToPath(new URL('../../../kafka', import.meta.url))
  const ledger = createProcessLedger((name) => nodeFiles(stateDir, name).record)
  const launcher = createNodeLauncher(stateDir, definition, ledger, kafkaDir)
  const missing = await missingForNamespaces(definition.id)
  const admission = createAdmission({ stateDir, definition, kafkaDir, isAlive: (name) => ledger.isAlive(name) })
  const impairments = await createImpairments({ stateDir, definition, ledger, missing })
  // Names, roles and ports on this machine do not depend on addresses: this plan is for looking those up.
  const known = planNodes(definition, { mode: 'loopback', prefix: loopbackPrefix(definition.id) })
  const { find, stateOf, expectState, running, readBack } = createNodeStates(stateDir, known, ledger)

  const network = createClusterNetwork({ stateDir, definition, missing, running, kill: (name) => ledger.kill(name) })

  const rotating = new AbortController()
  const rotated = rotateLogs(
    async () => [agentFiles(stateDir).log, ...known.map(({ name }) => nodeFiles(stateDir, name).log)],
    {
      signal: rotating.signal,
      onProblem: (path, error) => process.emitWarning(`${path} cannot be emptied: ${error}`)
    }
  )

  const isolation = {
    available: missing === undefined,
    mechanism: missing === undefined ? 'network-namespace' : 'none',
    detail: missing ?? 'Each node has its own network namespace on one bridge; isolating a node takes its link down'
  } as const

  const runtime: NodeRuntime = {
    kind: 'local',
    isolation,
    faultKinds: [...commonFaultKinds(isolation), ...impairments.kinds],

    async up({ signal } = {}) {
      await findDistribution(kafkaDir, modeOf(definition))
      await ensureCredentials(stateDir, definition)
      const made = await network.ensure()
      const nodes = planNodes(definition, made)
      const started: NodePlan[] = []
      try {
        for (const name of await network.isolated()) await network.setConnected(name, true)
        for (const { name } of nodes) await impairments.remove(name)
        const states = new Map(await Promise.all(nodes.map(async ({ name }) => [name, await stateOf(name)] as const)))
        const toStart = nodes.filter(({ name }) => states.get(name) === 'stopped' || states.get(name) === 'absent')
        await assertPortsFree(claimsOf(toStart), new Map())
        for (const node of nodes) if (states.get(node.name) === 'paused') await ledger.signal(node.name, 'SIGCONT')
        started.push(...toStart)
        // All at once: a broker keeps asking for ZooKeeper while it starts, so waiting for the quorum would only add to it.
        await Promise.all(toStart.map((node) => launcher.launch(node, nodes, made)))
        await Promise.all(
          nodes.map((node) => {
            const relaunch = () => launcher.launch(node, nodes, made)
            return launcher.waitUntilReady(node, { timeoutMs: readyMs, signal, relaunch })
          })
        )
        await admission.grantKops(nodes)
      } catch (error) {
        await Promise.all(started.map(({ name }) => ledger.kill(name)))
        if ((await running()).length === 0) await network.remove()
        throw error
      }
    },

    async down() {
      // A broker that is cut off cannot hand over its leaders, and a paused one hears nothing.
      for (const name of await network.isolated()) await network.setConnected(name, true)
      // What cannot be removed from the network goes with it.
      for (const { name } of known) await impairments.remove(name).catch(() => {})
      for (const role of ['broker', 'zookeeper'] as const) {
        const group = known.filter((node) => node.role === role)
        await Promise.all(group.map(({ name }) => ledger.stop(name, { graceMs: stopMs })))
      }
      await network.remove()
    },

    async wipe() {
      await runtime.down()
      await rm(join(stateDir, 'nodes'), { recursive: true, force: true })
      await rm(securityFiles(stateDir).folder, { recursive: true, force: true })
    },

    async status() {
      const [isolated, impairmentsOf] = await Promise.all([network.isolated(), impairments.read()])
      return Promise.all(
        known.map(async (node): Promise<NodeStatus> => {
          const [{ pid, startedAt }, state] = await Promise.all([ledger.status(node.name), stateOf(node.name)])
          const heap = pid === null ? undefined : await heapOfProcess(pid)
          // A paused or isolated node cannot answer; a probe would only use up the deadline.
          const canAnswer = state === 'running' && !isolated.has(node.name)
          return {
            name: node.name,
            role: node.role,
            ...(node.role === 'broker' && node.mode === 'kraft' && !node.controller && { votes: false }),
            ...(heap !== undefined && { heap }),
            state,
            isolated: isolated.has(node.name),
            impairments: await impairmentsOf(node.name, pid),
            ready: canAnswer && (await launcher.isReady(node, statusProbeMs)),
            address: `127.0.0.1:${clientPort(node).hostPort}`,
            pid,
            startedAt: startedAt?.toISOString() ?? null
          }
        })
      )
    },

    async logs(name, { lines }) {
      find(name)
      return lastLines(nodeFiles(stateDir, name).log, lines)
    },

    async start(name) {
      const state = await expectState(name, 'started', 'running', 'stopped', 'absent')
      if ((await network.isolated()).has(name)) {
        throw new KopsError('node_state_conflict', `${name} is isolated from the network: heal it first`)
      }
      const made = await network.ensure()
      const nodes = planNodes(definition, made)
      const node = nodes.find((candidate) => candidate.name === name) ?? find(name)
      const relaunch = () => launcher.launch(node, nodes, made)
      if (state !== 'running') {
        await assertPortsFree(claimsOf([node]), new Map())
        await ensureCredentials(stateDir, definition)
        if (state === 'absent' && node.role === 'broker') await admission.admit('grant', node, nodes)
        await relaunch()
      }
      try {
        await launcher.waitUntilReady(node, { timeoutMs: readyMs, relaunch })
      } catch (error) {
        if (state !== 'running') await ledger.kill(name)
        throw error
      }
    },

    async remove(name) {
      await expectState(name, 'removed', 'stopped', 'absent')
      const made = await loadNetwork(stateDir)
      await impairments.remove(name)
      if (made) await admission.admit('revoke', find(name), planNodes(definition, made))
      await network.removeNode(name)
      await rm(securityFiles(stateDir).brokers.keystore(name), { force: true })
      // Last: it shows that the rest is still to be done.
      await rm(nodeFiles(stateDir, name).folder, { recursive: true, force: true })
    },

    async stop(name) {
      await expectState(name, 'stopped', 'running', 'paused', 'stopped', 'absent')
      await ledger.stop(name, { graceMs: stopMs })
    },

    async kill(name) {
      await expectState(name, 'killed', 'running', 'paused', 'stopped', 'absent')
      await ledger.kill(name)
    },

    async pause(name) {
      if ((await expectState(name, 'paused', 'running', 'paused')) === 'paused') return
      await ledger.signal(name, 'SIGSTOP')
      await readBack(name, 'paused')
    },

    async resume(name) {
      if ((await expectState(name, 'resumed', 'running', 'paused')) === 'running') return
      await ledger.signal(name, 'SIGCONT')
      await readBack(name, 'running')
    },

    async isolate(name) {
      if (missing !== undefined) throw new KopsError('fault_unavailable', missing)
      await expectState(name, 'cut off', 'running', 'paused')
      if ((await loadNetwork(stateDir))?.mode !== 'network-namespace') {
        throw new KopsError('fault_unavailable', startedOnLoopback)
      }
      await network.setConnected(name, false)
    },

    async impair(name, fault) {
      await expectState(name, 'impaired', 'running')
      await impairments.put(name, fault)
    },

    async unimpair(name) {
      find(name)
      await impairments.remove(name)
    },

    async reach() {
      const states = await Promise.all(known.map(async ({ name }) => ({ name, state: await stateOf(name) })))
      return impairments.reach(states.filter(({ state }) => state === 'running').map(({ name }) => name))
    },

    async heal(name) {
      find(name)
      if ((await network.isolated()).has(name)) await network.setConnected(name, true)
      await impairments.reconnect(name)
    },

    async close() {
      rotating.abort()
      await rotated
    }
  }

  return runtime
}
