import type { FaultKindStatus, Impairment } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { exists } from '../../files/exists.ts'
import { run, tryRun } from '../command.ts'
import { unavailableKinds } from '../fault-kinds.ts'
import {
  faultQueues,
  faultTableText,
  findTables,
  judgeTable,
  type NetworkFault,
  queueOf,
  tableText
} from './impairment-plan.ts'
import { networkNames } from './network-plan.ts'
import type { NodeNetwork, NodePlan } from './node-plan.ts'

/** Faults of the nodes' networks that leave a part of it working. All of their state is in the kernel. */
export interface NetworkFaults {
  /** @throws KopsError fault_unavailable, runtime_failed */
  put(node: NodePlan, nodes: NodePlan[], network: NodeNetwork, fault: NetworkFault): Promise<void>
  /** Removes all of a node's. Idempotent; also where there is no network any more. */
  remove(node: string): Promise<void>
  /** Those in place, by node. */
  read(): Promise<Map<string, Impairment>>
}

/** @param id of the cluster, which the names of its namespaces carry */
export function createNetworkFaults(id: string): NetworkFaults {
  const names = networkNames(id)
  const inBridge = (args: string[], input = '') => run(...enter(names.bridgeNamespace, ['nft', ...args]), { input })
  const has = (namespace: string) => exists(`/run/netns/${namespace}`)
  const hasNetwork = () => has(names.bridgeNamespace)
  /** Both ends of a node's link. What the bridge's end sends, the node receives. */
  const ends = (node: string) => [
    { namespace: names.bridgeNamespace, device: node },
    { namespace: names.nodeNamespace(node), device: 'eth0' }
  ]

  async function tables() {
    return findTables(await inBridge(['-j', 'list', 'ruleset']))
  }

  /** The queue that a fault set at the root of each device of a namespace, by device. Empty without the namespace. */
  async function queues(namespace: string): Promise<Map<string, string>> {
    if (!(await has(namespace))) return new Map()
    const listed = JSON.parse((await run('tc', ['-n', namespace, '-j', 'qdisc', 'show'])) || '[]') as {
      kind: string
      dev: string
      root?: boolean
    }[]
    return new Map(
      listed.filter(({ kind, root }) => root === true && faultQueues.includes(kind)).map(({ dev, kind }) => [dev, kind])
    )
  }

  return {
    async put(node, nodes, network, fault) {
      // The table first: whatever happens next, it shows that there is something to remove.
      await inBridge(['-f', '-'], faultTableText(node, nodes, network.prefix, fault))
      const queue = fault.kind === 'slow' ? queueOf(fault.slow) : undefined
      if (queue === undefined) return
      for (const { namespace, device } of ends(node.name)) {
        await run('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', ...queue])
      }
    },

    async remove(node) {
      if (!(await hasNetwork())) return
      // The table last, for the same reason.
      for (const { namespace, device } of ends(node).reverse()) {
        if ((await queues(namespace)).has(device))
          await run('tc', ['-n', namespace, 'qdisc', 'del', 'dev', device, 'root'])
      }
      const own = (await tables()).filter((found) => found.node === node)
      await inBridge(['-f', '-'], own.map(({ table }) => `delete table bridge ${table}\n`).join(''))
    },

    async read() {
      const impairments = new Map<string, Impairment>()
      if (!(await hasNetwork())) return impairments
      try {
        const [found, atBridge] = await Promise.all([tables(), queues(names.bridgeNamespace)])
        for (const table of found) {
          const { node } = table
          const atNode = atBridge.has(node) ? await queues(names.nodeNamespace(node)) : new Map<string, string>()
          impairments.set(node, judgeTable(table, [atBridge.get(node), atNode.get('eth0')]))
        }
        return impairments
      } catch (error) {
        // A network that is being removed, with everything in it.
        if ((await tryRun('ip', ['-n', names.bridgeNamespace, 'link'])) === undefined) return new Map()
        throw error
      }
    }
  }
}

/**
 * Which of these faults this machine can inject, tested rather than guessed, in a namespace that is removed again.
 * @param missing what network namespaces need, if they cannot be made
 */
export async function networkFaultKinds(id: string, missing: string | undefined): Promise<FaultKindStatus[]> {
  if (missing !== undefined) return unavailableKinds(['cut', 'slow'], `Each node needs its own network. ${missing}`)
  const place = `${networkNames(id).namespacePrefix}try`
  await tryRun('ip', ['netns', 'add', place])
  try {
    const why = async (args: string[], input = '') => {
      const failed = await run(...enter(place, args), { input }).then(() => undefined, reasonOf)
      return failed
    }
    const rules = await why(['nft', '-f', '-'], tableText('kops_try', ['iifname "lo" numgen random mod 1000 < 1 drop']))
    if (rules !== undefined) {
      return unavailableKinds(['cut', 'slow'], `The kernel needs nftables for bridges (nf_tables_bridge): ${rules}`)
    }
    const onLoopback = (queue: string[]) => why(['tc', 'qdisc', 'replace', 'dev', 'lo', 'root', ...queue])
    const rate = await onLoopback(queueOf({ bytesPerSecond: 1_000_000 }) ?? [])
    const delay = await onLoopback(queueOf({ delayMs: 1 }) ?? [])
    const lacks = [
      ...(rate === undefined
        ? []
        : [{ parameter: 'bytesPerSecond', detail: `It needs the kernel's tbf (sch_tbf): ${rate}` }]),
      ...(delay === undefined
        ? []
        : [{ parameter: 'delayMs', detail: `It needs the kernel's netem (sch_netem): ${delay}` }])
    ]
    return [
      { kind: 'cut', available: true, detail: 'nftables on the bridge between the nodes drops the packets' },
      {
        ...{
          kind: 'slow',
          available: true,
          detail: "Queues on the node's link hold packets back, nftables loses them"
        },
        ...(lacks.length > 0 && { lacks })
      }
    ]
  } finally {
    await tryRun('ip', ['netns', 'delete', place])
  }
}

function enter(namespace: string, [command = '', ...args]: string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${namespace}`, '--', command, ...args]]
}

/** The line that names the error: nft points at the place in further ones. */
function reasonOf(error: unknown): string {
  const text = error instanceof KopsError ? error.message : String(error)
  return /Error: .*/.exec(text)?.[0] ?? text
}
