import type { Cut, Impairment, Slow } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { hostAddress } from './network-plan.ts'
import { controllerPort, internalPort, type NodePlan } from './node-plan.ts'

/** A fault of a node's network, with the fault's id. */
export type NetworkFault = { id: string } & ({ kind: 'cut'; cut: Cut } | { kind: 'slow'; slow: Slow })

/** Every table of a fault has such a name. The node's is in it, so that a reading needs nothing else. */
const tablePattern = /^kops_fault_(cut|slow)_((?:kafka|zookeeper)_[0-9]+)_[0-9a-f_]+$/

export function faultTable(node: string, { kind, id }: Pick<NetworkFault, 'kind' | 'id'>): string {
  return `kops_fault_${kind}_${node}_${id}`.replaceAll('-', '_')
}

/**
 * The nftables table of a fault, as text for `nft -f -` in the namespace of the bridge, where every packet from and to a
 * node passes: lost there as on a wire, also those of connections that exist. Each rule counts, and says of how many it
 * is one, so that a reading notices a missing one.
 * @throws KopsError fault_unavailable if there is nobody to cut the node off from
 */
export function faultTableText(node: NodePlan, nodes: NodePlan[], prefix: string, fault: NetworkFault): string {
  const rules = fault.kind === 'cut' ? cutRules(node, nodes, prefix, fault.cut) : slowRules(node, fault.slow)
  const queued = fault.kind === 'slow' && queueOf(fault.slow) !== undefined
  const lines = rules.map(
    (rule, index) => `${rule} comment "${index + 1} of ${rules.length}${queued ? ' and queues' : ''}"`
  )
  return tableText(faultTable(node.name, fault), lines)
}

/** A table that filters what the bridge forwards, of a cluster's own namespace. */
export function tableText(name: string, rules: string[]): string {
  return `table bridge ${name} {
  chain forward {
    type filter hook forward priority 0; policy accept;
${rules.map((rule) => `    ${rule}`).join('\n')}
  }
}
`
}

function cutRules(node: NodePlan, nodes: NodePlan[], prefix: string, { from, direction }: Cut): string[] {
  return from.flatMap((group) => {
    const { addresses, port } = peersOf(group, node, nodes, prefix)
    if (addresses.length === 0) throw new KopsError('fault_unavailable', `${node.name} has no other ${group}`)
    const set = `{ ${addresses.join(', ')} }`
    // A connection between two nodes has the port at the end that listens, which either may be.
    const ports = port === undefined ? [''] : [` tcp dport ${port}`, ` tcp sport ${port}`]
    const incoming = ports.map((match) => `oifname "${node.name}" ip saddr ${set}${match} counter drop`)
    const outgoing = ports.map((match) => `iifname "${node.name}" ip daddr ${set}${match} counter drop`)
    return [...(direction === 'outgoing' ? [] : incoming), ...(direction === 'incoming' ? [] : outgoing)]
  })
}

/** The other end of what a cut interrupts. Without a port it is everything to and from the addresses. */
function peersOf(
  group: Cut['from'][number],
  { name, role, mode }: NodePlan,
  nodes: NodePlan[],
  prefix: string
): { addresses: string[]; port?: number } {
  const others = (wanted: NodePlan['role'], isOne = (_: NodePlan) => true) =>
    nodes.filter((node) => node.role === wanted && node.name !== name && isOne(node)).map(({ address }) => address)
  if (group === 'clients') return { addresses: [hostAddress(prefix)] }
  if (group === 'metadata') {
    return mode === 'kraft'
      ? { addresses: others('broker', ({ controller }) => controller), port: controllerPort }
      : { addresses: others('zookeeper') }
  }
  return role === 'broker' ? { addresses: others('broker'), port: internalPort } : { addresses: others('broker') }
}

function slowRules({ name }: NodePlan, { lossPercent }: Slow): string[] {
  const ways = [`oifname "${name}"`, `iifname "${name}"`]
  const loss =
    lossPercent === undefined ? [] : [`numgen random mod 1000 < ${Math.round(lossPercent * 10)} counter drop`]
  // What only counts shows how much passed, also where a queue does the slowing.
  return ways.flatMap((way) => [`${way} counter`, ...loss.map((rule) => `${way} ${rule}`)])
}

/**
 * The queue (qdisc) that holds packets back, as arguments of `tc qdisc replace dev X root`. A token bucket unless there
 * is a delay: netem alone delays, and limits the rate too. undefined if packets are only lost.
 */
export function queueOf({ bytesPerSecond, delayMs }: Slow): string[] | undefined {
  const rate = bytesPerSecond === undefined ? [] : ['rate', `${bytesPerSecond * 8}bit`]
  if (delayMs !== undefined) return ['netem', 'delay', `${delayMs}ms`, ...rate, 'limit', '100000']
  if (bytesPerSecond === undefined) return undefined
  // At least a full packet, and what is due between two ticks of the kernel's clock (100 Hz at the slowest).
  const burst = Math.max(16_384, Math.ceil(bytesPerSecond / 100))
  return ['tbf', ...rate, 'burst', String(burst), 'latency', '400ms']
}

/** Kinds of queues that only faults set. */
export const faultQueues = ['tbf', 'netem']

interface ListedRule {
  family: string
  table: string
  comment?: string
  expr: { counter?: { packets: number; bytes: number }; drop?: null }[]
}

/** A table of a fault as the kernel has it. */
export interface FoundTable {
  node: string
  kind: 'cut' | 'slow'
  table: string
  rules: number
  /** As its rules say; 0 if none is left. */
  expectedRules: number
  expectsQueues: boolean
  dropped: number
  passedBytes: number
}

/** Reads the tables of faults in `nft -j list ruleset`. */
export function findTables(listing: string): FoundTable[] {
  const { nftables } = JSON.parse(listing) as {
    nftables: { table?: { family: string; name: string }; rule?: ListedRule }[]
  }
  const rules = nftables.flatMap(({ rule }) => (rule?.family === 'bridge' ? [rule] : []))
  return nftables.flatMap(({ table }): FoundTable[] => {
    const [, kind, node] = tablePattern.exec(table?.family === 'bridge' ? table.name : '') ?? []
    if (table === undefined || kind === undefined || node === undefined) return []
    const own = rules.filter((rule) => rule.table === table.name)
    const [, total = '0', queues] = /^\d+ of (\d+)( and queues)?$/.exec(own[0]?.comment ?? '') ?? []
    const counted = own.map(({ expr }) => ({
      drops: expr.some((part) => 'drop' in part),
      ...(expr.find(({ counter }) => counter)?.counter ?? { packets: 0, bytes: 0 })
    }))
    const sum = (drops: boolean, of: 'packets' | 'bytes') =>
      counted.filter((rule) => rule.drops === drops).reduce((total, rule) => total + rule[of], 0)
    return [
      {
        ...{ node: node.replace('_', '-'), kind: kind === 'cut' ? 'cut' : 'slow', table: table.name },
        ...{ rules: own.length, expectedRules: Number(total), expectsQueues: queues !== undefined },
        ...{ dropped: sum(true, 'packets'), passedBytes: sum(false, 'bytes') }
      }
    ]
  })
}

/**
 * The impairment that a table and the queues on both ends of the node's link are.
 * @param queues kinds of queue, of the link's end at the bridge and of that at the node; undefined for the kernel's own
 */
export function judgeTable(found: FoundTable, queues: readonly (string | undefined)[]): Impairment {
  const { kind, rules, expectedRules, expectsQueues, dropped, passedBytes } = found
  const held = queues.filter((queue) => queue !== undefined)
  const whole = rules > 0 && rules === expectedRules && (!expectsQueues || held.length === 2)
  const parts = [
    `${rules} of ${expectedRules} rules are in place and have dropped ${dropped} packets`,
    ...(expectsQueues || held.length > 0 ? [`${held.length} of 2 queues (${held.join(', ')})`] : []),
    ...(kind === 'slow' ? [`${passedBytes} bytes arrived`] : [])
  ]
  return { kind, whole, detail: parts.join('; ') }
}
