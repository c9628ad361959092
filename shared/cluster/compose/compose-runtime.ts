import type { SecureContext } from 'node:tls'
import Docker from 'dockerode'
import type { NodeState, NodeStatus } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { poll } from '../../poll.ts'
import { type ClusterDefinition, nodeNames, securityOf } from '../definition.ts'
import { commonFaultKinds, unavailableKinds } from '../fault-kinds.ts'
import { type ReachTarget, reachFromAll } from '../reach-script.ts'
import type { NodeRuntime } from '../runtime.ts'
import type { ContainerView } from './container-state.ts'
import { logLines } from './log-frames.ts'
import { createNodeContainers } from './node-containers.ts'
import { createNodeReadiness } from './node-readiness.ts'

export interface ComposeRuntimeOptions {
  /** The Compose project; defaults to the definition's name. */
  project?: string
  /** The engine's socket. */
  socketPath?: string
  /** How long a node may take to answer after its start. */
  readyMs?: number
  /** With what to reach the brokers of a secured cluster. */
  probeContext?: () => Promise<SecureContext | undefined>
}

/** The network's name in docker-compose.cluster.yml. */
export const composeNetwork = 'kafka-network'

const stopSeconds = 30
const pollMs = 200

/**
 * The nodes as containers of one Compose project. It starts and stops existing containers but creates none:
 * docker-compose up and down do that. It has no state of its own. Its probes use the nodes' addresses in the network,
 * so it works in a container of that network, and on a Linux host.
 */
export function createComposeRuntime(definition: ClusterDefinition, options: ComposeRuntimeOptions = {}): NodeRuntime {
  const project = options.project ?? definition.name
  const { zookeepers, brokers } = nodeNames(definition)
  const names = [...zookeepers, ...brokers]
  // Longer than the engine takes to stop a container.
  const docker = new Docker({
    socketPath: options.socketPath ?? '/var/run/docker.sock',
    timeout: (stopSeconds + 30) * 1000
  })
  const network = `${project}_${composeNetwork}`
  const containers = createNodeContainers({ docker, project, network, names })
  const { readyMs = 60_000, probeContext } = options
  const { answers, waitUntilReady } = createNodeReadiness({ containers, brokers, readyMs, probeContext })

  async function expectState(name: string, verb: string, ...allowed: NodeState[]): Promise<ContainerView> {
    const view = await containers.view(name)
    const state = view?.state ?? 'absent'
    if (!view || !allowed.includes(state)) {
      const hint = view ? '' : ' (docker-compose up -d creates its container)'
      throw new KopsError('node_state_conflict', `${name} is ${state}: it cannot be ${verb}${hint}`)
    }
    return view
  }

  /** A broker that is cut off cannot hand over its leaders, and a paused one hears nothing. */
  async function undoFaults(views: Map<string, ContainerView | undefined>): Promise<void> {
    await Promise.all(
      Array.from(views, async ([name, view]) => {
        if (view?.isolated) await containers.connect(name)
        if (view?.state === 'paused') await containers.resume(name)
      })
    )
  }

  async function stopGroup(group: string[], views: Map<string, ContainerView | undefined>): Promise<void> {
    await Promise.all(group.filter((name) => views.get(name)).map((name) => containers.stop(name, stopSeconds)))
  }

  const isolation = {
    available: true,
    mechanism: 'docker-network',
    detail: `Isolates a node by disconnecting its container from ${network}`
  } as const

  const runtime: NodeRuntime = {
    kind: 'compose',
    isolation,
    faultKinds: [
      ...commonFaultKinds(isolation),
      ...unavailableKinds(
        ['cut', 'slow', 'disk-full'],
        "The agent's container has the engine's socket only: it may enter neither the network nor the processes of the nodes. The local runtime, as root, can inject this (./setup.sh --runtime local)"
      )
    ],

    async up({ signal } = {}) {
      const views = await containers.views()
      const missing = names.filter((name) => !views.get(name))
      if (missing.length > 0) {
        throw new KopsError(
          'runtime_failed',
          `no container for ${missing.join(', ')}; docker-compose up -d creates them`
        )
      }
      await undoFaults(views)
      // All at once: a broker keeps asking for ZooKeeper while it starts.
      await Promise.all(names.map((name) => containers.start(name)))
      await Promise.all(names.map((name) => waitUntilReady(name, signal)))
    },

    async down() {
      const views = await containers.views()
      await undoFaults(views)
      await stopGroup(brokers, views)
      await stopGroup(zookeepers, views)
    },

    async wipe() {
      await runtime.down()
      const views = await containers.views()
      await Promise.all(
        Array.from(views, async ([name, view]) => {
          if (view) await containers.emptyVolumes(name, view)
        })
      )
    },

    async status() {
      const views = await containers.views()
      return Promise.all(
        names.map(async (name): Promise<NodeStatus> => {
          const view = views.get(name)
          const state = view?.state ?? 'absent'
          const isolated = view?.isolated ?? false
          // A paused or isolated node cannot answer; a probe would only use up the deadline.
          const canAnswer = view !== undefined && state === 'running' && !isolated
          return {
            name,
            role: brokers.includes(name) ? 'broker' : 'zookeeper',
            ...(view?.heap !== undefined && state !== 'stopped' && { heap: view.heap }),
            state,
            isolated,
            ready: canAnswer && (await answers(name, view)),
            address: `127.0.0.1:${view?.hostPort ?? definedPort(definition, name)}`,
            pid: view?.pid ?? null,
            startedAt: view?.startedAt ?? null
          }
        })
      )
    },

    async logs(name, { lines }) {
      containers.assertNode(name)
      return logLines(await containers.logs(name, lines))
    },

    async start(name) {
      const view = await expectState(name, 'started', 'running', 'stopped')
      // The engine does not reconnect a container's network when it starts.
      if (view.isolated) {
        throw new KopsError('node_state_conflict', `${name} is isolated from the network: heal it first`)
      }
      await containers.start(name)
      await waitUntilReady(name)
    },

    async stop(name) {
      await expectState(name, 'stopped', 'running', 'paused', 'stopped')
      await containers.stop(name, stopSeconds)
    },

    async remove(name) {
      const state = (await containers.view(name))?.state ?? 'absent'
      if (state !== 'absent') await expectState(name, 'removed', 'stopped')
      await containers.remove(name)
    },

    async kill(name) {
      await expectState(name, 'killed', 'running', 'paused', 'stopped')
      await containers.kill(name)
      await readBack(name, 'stopped')
    },

    async pause(name) {
      const { state } = await expectState(name, 'paused', 'running', 'paused')
      if (state === 'running') await containers.pause(name)
    },

    async resume(name) {
      const { state } = await expectState(name, 'resumed', 'running', 'paused')
      if (state === 'paused') await containers.resume(name)
    },

    async isolate(name) {
      const { isolated } = await expectState(name, 'cut off', 'running', 'paused')
      if (!isolated) await containers.disconnect(name)
    },

    async impair(_, { kind }) {
      throw new KopsError('fault_unavailable', `The compose runtime cannot inject ${kind}`)
    },

    async unimpair() {},

    async reach() {
      const views = await containers.views()
      const running = names.filter((name) => views.get(name)?.state === 'running')
      const targets = names.map((name): ReachTarget => {
        const isBroker = brokers.includes(name)
        const port = isBroker ? internalPort(definition) : 2181
        return { node: name, service: isBroker ? 'broker' : 'metadata', host: name, port }
      })
      return reachFromAll(running, targets, (name, script) => containers.outputOf(name, ['bash', '-c', script]))
    },

    async heal(name) {
      const view = await containers.view(name)
      if (view?.isolated) await containers.connect(name)
    },

    async close() {}
  }

  async function readBack(name: string, expected: NodeState): Promise<void> {
    const { done, answer } = await poll(
      async () => (await containers.view(name))?.state ?? 'absent',
      (state) => state === expected,
      { timeoutMs: 10_000, pauseMs: pollMs }
    )
    if (!done) throw new KopsError('runtime_failed', `${name} is ${answer}, not ${expected}`)
  }

  return runtime
}

/** Where brokers listen for each other (kafka/entrypoint.sh). */
function internalPort(definition: ClusterDefinition): number {
  return securityOf(definition) === 'plaintext' ? 9092 : 9091
}

function definedPort({ ports }: ClusterDefinition, name: string): number | undefined {
  const [role = '', index = ''] = name.split('-')
  return (role === 'kafka' ? ports.kafka : ports.zookeeper)[Number(index) - 1]
}
