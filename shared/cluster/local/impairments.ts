import type { FaultKindStatus, Impairment, Reachability } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { run } from '../command.ts'
import type { ClusterDefinition } from '../definition.ts'
import type { ProcessLedger } from '../process-ledger.ts'
import { reachFromAll, reachTimeoutMs } from '../reach-script.ts'
import type { Impairing } from '../runtime.ts'
import { diskFaultKind, fillDisk, freeDisk, readDisk } from './disk-fault.ts'
import { createNetworkFaults, networkFaultKinds } from './network-faults.ts'
import { networkNames } from './network-plan.ts'
import { loadNetwork } from './network-record.ts'
import { planNodes, servicesOf } from './node-plan.ts'

export interface ImpairmentsOptions {
  stateDir: string
  definition: ClusterDefinition
  ledger: ProcessLedger
  /** What network namespaces need but is missing; undefined if they can be created. */
  missing: string | undefined
}

/** Faults that leave a node of the local runtime running, and what the nodes can reach. */
export interface Impairments {
  kinds: FaultKindStatus[]
  /** @throws KopsError fault_unavailable, runtime_failed */
  put(node: string, fault: Impairing): Promise<void>
  /** Removes all of a node's. Idempotent. */
  remove(node: string): Promise<void>
  /** Removes those of its network. Idempotent. */
  reconnect(node: string): Promise<void>
  /** Reads the networks at once. @returns the impairments of a node, whose process this is */
  read(): Promise<(node: string, pid: number | null) => Promise<Impairment[]>>
  /** @param running the nodes to try it from */
  reach(running: readonly string[]): Promise<Reachability['from']>
}

export const startedOnLoopback =
  'The cluster was started on loopback; take it down and up again to give each node its own network'

export async function createImpairments(options: ImpairmentsOptions): Promise<Impairments> {
  const { stateDir, definition, ledger, missing } = options
  const network = createNetworkFaults(definition.id)
  const pidOf = async (node: string) => (await ledger.status(node)).pid

  const impairments: Impairments = {
    kinds: [...(await networkFaultKinds(definition.id, missing)), await diskFaultKind()],

    async put(name, { id, kind, cut, slow }) {
      if (kind === 'disk-full') {
        const pid = await pidOf(name)
        if (pid !== null) await fillDisk(pid)
        return
      }
      const made = await loadNetwork(stateDir)
      if (missing !== undefined || made?.mode !== 'network-namespace') {
        throw new KopsError('fault_unavailable', missing ?? startedOnLoopback)
      }
      const nodes = planNodes(definition, made)
      const node = nodes.find((candidate) => candidate.name === name)
      if (node && kind === 'cut' && cut) await network.put(node, nodes, made, { id, kind, cut })
      if (node && kind === 'slow' && slow) await network.put(node, nodes, made, { id, kind, slow })
    },

    async remove(node) {
      await impairments.reconnect(node)
      const pid = await pidOf(node)
      if (pid !== null) await freeDisk(pid)
    },

    async reconnect(node) {
      if (missing === undefined) await network.remove(node)
    },

    async read() {
      const found = missing === undefined ? await network.read() : new Map<string, Impairment>()
      return async (node, pid) => {
        const disk = pid === null ? undefined : await readDisk(pid)
        return [found.get(node), disk].filter((one) => one !== undefined)
      }
    },

    async reach(running) {
      const made = await loadNetwork(stateDir)
      if (!made) return []
      const targets = planNodes(definition, made).flatMap(servicesOf)
      return reachFromAll(running, targets, (node, script) => {
        const namespace = `/run/netns/${networkNames(definition.id).nodeNamespace(node)}`
        const within = made.mode === 'loopback' ? [] : ['nsenter', `--net=${namespace}`, '--']
        const [command = '', ...args] = [...within, 'bash', '-s']
        return run(command, args, { input: script, timeoutMs: reachTimeoutMs })
      })
    }
  }
  return impairments
}
