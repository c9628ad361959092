import type { ClusterStatus, NodeStatus } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { Agent } from '../agent-port.ts'
import { type ClusterDefinition, modeOf, nodeNames, securityOf } from '../definition.ts'
import type { NodeRuntime } from '../runtime.ts'
import { assertRemovable } from '../scale/broker-count.ts'
import type { HeldFaults } from './held-faults.ts'
import type { NodeLock } from './node-lock.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** Long enough for a broker to move its leaders and stop. */
const restartLeaseMs = 60_000

export interface ClusterAgentOptions {
  definition: ClusterDefinition
  runtime: NodeRuntime
  heldFaults: HeldFaults
  lock: NodeLock
  findRecords: Agent['findRecords']
}

/** The agent itself, in the process with the runtime; agent/app.ts serves it over a socket. */
export function createClusterAgent({ definition, runtime, heldFaults, lock, findRecords }: ClusterAgentOptions): Agent {
  const { zookeepers, brokers } = nodeNames(definition)
  const all = [...zookeepers, ...brokers]
  const onThisMachine = (ports: number[]) => ports.map((port) => `127.0.0.1:${port}`)
  const startups = new Set<AbortController>()

  function assertKnown(node: string): void {
    if (!all.includes(node)) throw new KopsError('node_not_found', `${node} is not one of ${all.join(', ')}`)
  }

  async function statusOf(node: string): Promise<NodeStatus> {
    const status = (await runtime.status()).find(({ name }) => name === node)
    if (!status) throw new KopsError('node_not_found', `There is no node ${node}`)
    return status
  }

  /** As a fault that ends at once, so that the node starts again whatever happens to this process in between. */
  async function restart(node: string): Promise<void> {
    const { id } = await heldFaults.inject({ kind: 'stop', node, leaseMs: restartLeaseMs })
    await heldFaults.heal(id, 'request')
  }

  /** Ends the cluster: a start-up in progress gives way. */
  async function end(how: 'down' | 'wipe'): Promise<void> {
    for (const startup of startups) startup.abort()
    await lock.run(all, async () => {
      await runtime[how]()
      await heldFaults.settle('down')
    })
  }

  const agent: Agent = {
    async status(): Promise<ClusterStatus> {
      return {
        name: definition.name,
        runtime: runtime.kind,
        mode: modeOf(definition),
        security: securityOf(definition),
        isolation: runtime.isolation,
        faultKinds: [...runtime.faultKinds],
        bootstrapServers: onThisMachine(definition.ports.kafka),
        zookeeperServers: onThisMachine(definition.ports.zookeeper),
        nodes: await runtime.status(),
        faults: heldFaults.open(),
        warnings: await heldFaults.warnings(),
        asOf: new Date().toISOString()
      }
    },

    async up() {
      const startup = new AbortController()
      startups.add(startup)
      try {
        await lock.run(all, async () => {
          if (startup.signal.aborted) throw new KopsError('node_state_conflict', 'The cluster was taken down meanwhile')
          await runtime.up({ signal: startup.signal })
          await heldFaults.settle('request')
        })
      } catch (error) {
        if (!startup.signal.aborted) throw error
        throw new KopsError('node_state_conflict', 'The cluster was taken down while it was starting', { cause: error })
      } finally {
        startups.delete(startup)
      }
      return agent.status()
    },

    down: () => end('down'),
    wipe: () => end('wipe'),

    async node(node, verb) {
      assertKnown(node)
      if (verb === 'restart' && (await statusOf(node)).state === 'running') {
        await restart(node)
        return statusOf(node)
      }
      return lock.run([node], async () => {
        heldFaults.assertFree(node)
        if (verb === 'restart') await runtime.stop(node)
        await runtime[verb === 'restart' ? 'start' : verb](node)
        return statusOf(node)
      })
    },

    remove(node) {
      assertKnown(node)
      return lock.run([node], async () => {
        assertRemovable(definition, node)
        heldFaults.assertFree(node)
        await runtime.remove(node)
      })
    },

    async logs(node, lines) {
      assertKnown(node)
      return { node, lines: await runtime.logs(node, { lines }) }
    },

    async inject(fault) {
      assertKnown(fault.node)
      return heldFaults.inject(fault)
    },
    renew: (id, leaseMs) => heldFaults.renew(id, leaseMs),
    heal: (id) => heldFaults.heal(id, 'request'),
    findRecords,
    fault: (id) => heldFaults.examine(id),
    // Each attempt starts many processes.
    reach: oneAtATime(async () => {
      const asOf = new Date().toISOString()
      return { from: await runtime.reach(), asOf }
    }),

    async close() {
      await heldFaults.close()
      await runtime.close()
    }
  }
  return agent
}
