import type { ClusterDefinition } from '../definition.ts'
import type { NodePlan } from './node-plan.ts'

/** Names of a cluster's kernel objects. All start with `kops-<id>`, by which a sweep finds them. */
export function networkNames(id: string) {
  return {
    /** Contains the bridge: in its own namespace, where no firewall of the machine filters forwarded frames. */
    bridgeNamespace: `kops-${id}-net`,
    nodeNamespace: (node: string) => `kops-${id}-${node}`,
    namespacePrefix: `kops-${id}-`,
    /** The machine's end of its link to the bridge; an interface's name has 15 characters at most. */
    hostLink: `kops-${id}-h`,
    table: `kops_${id}`
  }
}

/** The address of the machine on the bridge. */
export const hostAddress = (prefix: string) => `${prefix}.1`

/**
 * The first three octets of a cluster's node addresses: the first /24 of 10.213.0.0/16, starting from one derived from
 * the id, that overlaps nothing in use.
 * @param inUse addresses and routes of this machine in CIDR notation; ignores `default` and anything but IPv4
 * @returns undefined if all are taken
 */
export function choosePrefix(id: string, inUse: string[]): string | undefined {
  const taken = inUse.map(parseCidr).filter((range) => range !== undefined)
  const start = Number.parseInt(id, 16) % 254
  for (let step = 0; step < 254; step++) {
    const third = ((start + step) % 254) + 1
    const prefix = `10.213.${third}`
    const range = parseCidr(`${prefix}.0/24`)
    if (range && !taken.some((other) => other.first <= range.last && range.first <= other.last)) return prefix
  }
  return undefined
}

/** The loopback addresses of a cluster without namespaces: 127.a.b, from its id. */
export function loopbackPrefix(id: string): string {
  const number = Number.parseInt(id, 16)
  // 127.0.x and 127.1.x are where others have their habits.
  return `127.${64 + (Math.floor(number / 256) % 128)}.${number % 256}`
}

/** First and last address of a range, as numbers. The default route covers everything and is ignored. */
function parseCidr(text: string): { first: number; last: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text)
  if (!match) return undefined
  const [a = 0, b = 0, c = 0, d = 0, length = 32] = match.slice(1).map((part) => Number(part ?? 32))
  if (length === 0) return undefined
  const size = 2 ** (32 - length)
  const address = ((a * 256 + b) * 256 + c) * 256 + d
  const first = Math.floor(address / size) * size
  return { first, last: first + size - 1 }
}

/**
 * The cluster's nftables table in the machine's own namespace, as text for `nft -f -`. Adding it first makes deleting
 * it succeed, so loading the text replaces an existing table in one transaction.
 * - output: connections of this machine to 127.0.0.1:<host port> go to the node.
 * - postrouting: they leave with an address to which the node can answer.
 * - input, forward: a node opens no connection into this machine, and nothing is forwarded to or from the bridge.
 */
export function tableText(id: string, prefix: string, nodes: NodePlan[]): string {
  const { table, hostLink } = networkNames(id)
  const rules = forwardingRules(nodes).map((rule) => `    ${rule}`)
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain output {
    type nat hook output priority -100; policy accept;
${rules.join('\n')}
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 127.0.0.0/8 oifname "${hostLink}" snat to ${hostAddress(prefix)}
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "${hostLink}" ct state established,related accept
    iifname "${hostLink}" drop
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "${hostLink}" drop
    oifname "${hostLink}" drop
  }
}
`
}

/**
 * The ports of these nodes in place of those that the table forwards, as text for `nft -f -`: one transaction. The chain stays,
 * and with it what the kernel knows about open connections.
 */
export function forwardingText(id: string, nodes: NodePlan[]): string {
  const chain = `ip ${networkNames(id).table} output`
  return lines([`flush chain ${chain}`, ...forwardingRules(nodes).map((rule) => `add rule ${chain} ${rule}`)])
}

function forwardingRules(nodes: NodePlan[]): string[] {
  return nodes.flatMap((node) =>
    node.published.map(
      ({ hostPort, port }) => `ip daddr 127.0.0.1 tcp dport ${hostPort} dnat to ${node.address}:${port}`
    )
  )
}

/** Host ports that the tables of other clusters forward, from the output of `nft list ruleset`: port to table. */
export function forwardedPorts(ruleset: string, ownTable: string): Map<number, string> {
  const ports = new Map<number, string>()
  let table = ''
  for (const line of ruleset.split('\n')) {
    table = /^table \S+ (\S+) \{/.exec(line)?.[1] ?? table
    const port = /^\s*ip daddr 127\.0\.0\.1 tcp dport (\d+) dnat to /.exec(line)?.[1]
    if (port !== undefined && table.startsWith('kops_') && table !== ownTable) ports.set(Number(port), table)
  }
  return ports
}

/** Input of `ip -batch -` in the machine's own namespace: the namespaces, the bridge, and a link from it to each node. */
export function namespaceCommands(definition: Pick<ClusterDefinition, 'id'>, nodes: NodePlan[]): string {
  const names = networkNames(definition.id)
  return lines([
    `netns add ${names.bridgeNamespace}`,
    ...nodes.map(({ name }) => `netns add ${names.nodeNamespace(name)}`),
    `link add ${names.hostLink} type veth peer name host netns ${names.bridgeNamespace}`
  ])
}

/** Input of `ip -n <bridge namespace> -batch -`. A node's link on the bridge is named like the node. */
export function bridgeCommands(id: string, nodes: NodePlan[]): string {
  return lines([
    'link set lo up',
    'link add br0 type bridge',
    'link set br0 up',
    'link set host master br0 up',
    ...nodes.flatMap((node) => [linkCommand(id, node), connectCommand(node)])
  ])
}

/** In the bridge's namespace: a node's link, which connectCommand() puts on the bridge. */
export function linkCommand(id: string, { name }: Pick<NodePlan, 'name'>): string {
  return `link add ${name} type veth peer name eth0 netns ${networkNames(id).nodeNamespace(name)}`
}

export function connectCommand({ name }: Pick<NodePlan, 'name'>): string {
  return `link set ${name} master br0 up`
}

/** Input of `ip -n <node's namespace> -batch -`. No default route: a node reaches the others and this machine only. */
export function nodeCommands(node: NodePlan): string {
  return lines(['link set lo up', `addr add ${node.address}/24 dev eth0`, 'link set eth0 up'])
}

function lines(commands: string[]): string {
  return `${commands.join('\n')}\n`
}
