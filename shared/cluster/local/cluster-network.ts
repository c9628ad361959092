import type { ClusterDefinition } from '../definition.ts'
import { loopbackPrefix } from './network-plan.ts'
import { loadNetwork, removeNetwork, saveNetwork } from './network-record.ts'
import { createNodeNetworkControl, type NodeNetworkControl } from './node-network.ts'
import { type NodeNetwork, type NodePlan, planNodes } from './node-plan.ts'
import { assertPortsFree, claimsOf } from './preflight.ts'

export interface ClusterNetworkOptions {
  stateDir: string
  definition: ClusterDefinition
  /** What network namespaces need but is missing; undefined if they can be created. */
  missing: string | undefined
  /** The nodes that run now. */
  running: () => Promise<NodePlan[]>
  kill: (name: string) => Promise<void>
}

/** The network of one cluster's nodes: network namespaces if possible, otherwise loopback addresses. */
export interface ClusterNetwork extends Pick<NodeNetworkControl, 'setConnected'> {
  /** The network that the nodes are in, with what nodes lack that were added to them, or a new one when none of them runs. */
  ensure(): Promise<NodeNetwork>
  /** Removes one node's part. Idempotent. */
  removeNode(name: string): Promise<void>
  /** Removes everything that was created. Idempotent. */
  remove(): Promise<void>
  /** Nodes that are cut off. */
  isolated(): Promise<Set<string>>
}

export function createClusterNetwork({
  stateDir,
  definition,
  missing,
  running,
  kill
}: ClusterNetworkOptions): ClusterNetwork {
  const control = createNodeNetworkControl(definition.id)

  async function remove(): Promise<void> {
    if (missing === undefined) await control.sweep()
    await removeNetwork(stateDir)
  }

  return {
    async ensure() {
      const recorded = await loadNetwork(stateDir)
      const alive = await running()
      const wanted = missing === undefined ? 'network-namespace' : 'loopback'
      if (recorded && (alive.length > 0 || recorded.mode === wanted)) {
        if (recorded.mode === 'loopback') return recorded
        const nodes = planNodes(definition, recorded)
        if (await control.isComplete(nodes)) return recorded
        if (alive.length > 0 && (await control.isComplete(alive))) {
          const added = nodes.filter(({ name }) => !alive.some((node) => node.name === name))
          await assertPortsFree(claimsOf(added), await control.portsOfOthers())
          await control.extend(nodes)
          return recorded
        }
      }
      // Nodes without their network are unreachable, and nothing can restore it around them.
      await Promise.all(alive.map(({ name }) => kill(name)))
      if (missing !== undefined) {
        const loopback: NodeNetwork = { mode: 'loopback', prefix: loopbackPrefix(definition.id) }
        await saveNetwork(stateDir, loopback)
        return loopback
      }
      await control.sweep()
      const network: NodeNetwork = { mode: 'network-namespace', prefix: await control.choosePrefix() }
      const nodes = planNodes(definition, network)
      await assertPortsFree(claimsOf(nodes), await control.portsOfOthers())
      await saveNetwork(stateDir, network)
      try {
        await control.build(network.prefix, nodes)
      } catch (error) {
        await remove()
        throw error
      }
      return network
    },
    async removeNode(name) {
      const recorded = await loadNetwork(stateDir)
      if (recorded?.mode !== 'network-namespace' || missing !== undefined) return
      await control.removeNode(
        name,
        planNodes(definition, recorded).filter((node) => node.name !== name)
      )
    },
    remove,
    async isolated() {
      return missing === undefined ? control.isolated() : new Set()
    },
    setConnected: (name, connected) => control.setConnected(name, connected)
  }
}
