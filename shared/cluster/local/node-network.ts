import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { KopsError } from '../../errors/catalog.ts'
import { exists } from '../../files/exists.ts'
import { run, tryRun } from '../command.ts'
import {
  bridgeCommands,
  choosePrefix,
  connectCommand,
  forwardedPorts,
  forwardingText,
  hostAddress,
  linkCommand,
  namespaceCommands,
  networkNames,
  nodeCommands,
  tableText
} from './network-plan.ts'
import type { NodePlan } from './node-plan.ts'

/** The namespaces, links and firewall table of one cluster. Needs root, iproute2 and nftables. */
export interface NodeNetworkControl {
  /** A free range for a cluster that has none yet. @throws KopsError runtime_failed when none is left */
  choosePrefix(): Promise<string>
  /** Whether everything that build() creates exists. */
  isComplete(nodes: NodePlan[]): Promise<boolean>
  /** Makes everything, every link up. What an earlier run left behind has to be swept before. */
  build(prefix: string, nodes: NodePlan[]): Promise<void>
  /**
   * Adds what nodes of a network lack that is complete for others, and leaves those alone. A killed call is repeated: a node
   * counts as there once its link is on the bridge, which comes last.
   */
  extend(nodes: NodePlan[]): Promise<void>
  /** Removes one node. Idempotent. @param nodes those that stay */
  removeNode(name: string, nodes: NodePlan[]): Promise<void>
  /** Removes everything that bears this cluster's name, and processes that still live in its namespaces. Idempotent. */
  sweep(): Promise<void>
  /** Cuts a node off or joins it again, and reads back that it is so. */
  setConnected(node: string, connected: boolean): Promise<void>
  /** Names of nodes that are cut off. Empty when the network is not there. */
  isolated(): Promise<Set<string>>
  /** Host ports that other clusters of kops forward: port to a description. */
  portsOfOthers(): Promise<Map<number, string>>
}

export function createNodeNetworkControl(id: string): NodeNetworkControl {
  const names = networkNames(id)
  const inBridge = ['-n', names.bridgeNamespace]

  async function namespaces(): Promise<string[]> {
    const all = await run('ip', ['netns', 'list'])
    return all
      .split('\n')
      .map((line) => line.split(' ', 1)[0] ?? '')
      .filter((name) => name.startsWith(names.namespacePrefix))
  }

  /** The links on the bridge, or undefined when there is none. Down is administrative: a link of a stopped node is up. */
  async function bridgeLinks(): Promise<Map<string, boolean> | undefined> {
    const output = await tryRun('ip', [...inBridge, '-j', 'link', 'show', 'master', 'br0'])
    if (output === undefined) return undefined
    const links = JSON.parse(output || '[]') as { ifname: string; flags: string[] }[]
    return new Map(links.map(({ ifname, flags }) => [ifname, flags.includes('UP')]))
  }

  /** A node's end goes with the link. */
  async function removeParts(node: string): Promise<void> {
    await tryRun('ip', [...inBridge, 'link', 'delete', node])
    const namespace = names.nodeNamespace(node)
    if ((await namespaces()).includes(namespace)) await removeNamespace(namespace)
  }

  return {
    async choosePrefix() {
      const [addresses, routes] = await Promise.all([
        run('ip', ['-4', '-j', 'addr', 'show']),
        run('ip', ['-4', '-j', 'route', 'show', 'table', 'all'])
      ])
      const inUse = [
        ...(JSON.parse(addresses || '[]') as { addr_info?: { local: string; prefixlen: number }[] }[]).flatMap((link) =>
          (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`)
        ),
        ...(JSON.parse(routes || '[]') as { dst: string }[]).map(({ dst }) => dst)
      ]
      const prefix = choosePrefix(id, inUse)
      if (prefix === undefined) throw new KopsError('runtime_failed', 'No free /24 is left in 10.213.0.0/16')
      return prefix
    },

    async isComplete(nodes) {
      const [present, links, table, host] = await Promise.all([
        namespaces(),
        bridgeLinks(),
        tryRun('nft', ['list', 'table', 'ip', names.table]),
        tryRun('ip', ['link', 'show', names.hostLink])
      ])
      if (table === undefined || host === undefined || !links?.has('host')) return false
      return nodes.every(({ name }) => present.includes(names.nodeNamespace(name)) && links.has(name))
    },

    async build(prefix, nodes) {
      await run('ip', ['-batch', '-'], { input: namespaceCommands({ id }, nodes) })
      await run('ip', [...inBridge, '-batch', '-'], { input: bridgeCommands(id, nodes) })
      await Promise.all([
        ...nodes.map((node) =>
          run('ip', ['-n', names.nodeNamespace(node.name), '-batch', '-'], { input: nodeCommands(node) })
        ),
        run('ip', ['-batch', '-'], {
          input: `addr add ${hostAddress(prefix)}/24 dev ${names.hostLink}\nlink set ${names.hostLink} up\n`
        })
      ])
      // Lets packets from 127.0.0.1 leave by this link; without it the kernel drops them as martians.
      await writeFile(`/proc/sys/net/ipv4/conf/${names.hostLink}/route_localnet`, '1\n')
      await run('nft', ['-f', '-'], { input: tableText(id, prefix, nodes) })
    },

    async extend(nodes) {
      await run('nft', ['-f', '-'], { input: forwardingText(id, nodes) })
      const links = (await bridgeLinks()) ?? new Map()
      const present = await namespaces()
      for (const node of nodes) {
        const namespace = names.nodeNamespace(node.name)
        if (present.includes(namespace) && links.has(node.name)) continue
        await removeParts(node.name)
        await run('ip', ['netns', 'add', namespace])
        await run('ip', [...inBridge, '-batch', '-'], { input: `${linkCommand(id, node)}\n` })
        await run('ip', ['-n', namespace, '-batch', '-'], { input: nodeCommands(node) })
        await run('ip', [...inBridge, '-batch', '-'], { input: `${connectCommand(node)}\n` })
      }
    },

    async removeNode(name, nodes) {
      if (!(await exists(`/run/netns/${names.bridgeNamespace}`))) return
      await run('nft', ['-f', '-'], { input: forwardingText(id, nodes) })
      await removeParts(name)
    },

    async sweep() {
      await tryRun('nft', ['delete', 'table', 'ip', names.table])
      await tryRun('ip', ['link', 'delete', names.hostLink])
      for (const namespace of await namespaces()) await removeNamespace(namespace)
    },

    async setConnected(node, connected) {
      await run('ip', [...inBridge, 'link', 'set', node, connected ? 'up' : 'down'])
      if ((await bridgeLinks())?.get(node) !== connected) {
        throw new KopsError('runtime_failed', `The link of ${node} did not go ${connected ? 'up' : 'down'}`)
      }
    },

    async isolated() {
      if (!(await exists(`/run/netns/${names.bridgeNamespace}`))) return new Set()
      const links = await bridgeLinks()
      return new Set([...(links ?? [])].filter(([, up]) => !up).map(([name]) => name))
    },

    async portsOfOthers() {
      const ports = forwardedPorts((await tryRun('nft', ['list', 'ruleset'])) ?? '', names.table)
      return new Map([...ports].map(([port, table]) => [port, `another kops cluster (nftables table ${table})`]))
    }
  }
}

/**
 * Whether this process may create namespaces and firewall tables, tested rather than guessed: root in a container often
 * may not.
 * @returns undefined if it may, otherwise what is missing and how to fix it
 */
export async function missingForNamespaces(id: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) {
    return 'Isolating nodes needs Docker (--runtime compose), or root with iproute2 and nftables'
  }
  const tools = [
    { command: 'ip', version: '-V', package: 'iproute2' },
    { command: 'nft', version: '--version', package: 'nftables' },
    { command: 'nsenter', version: '--version', package: 'util-linux' }
  ]
  const found = await Promise.all(tools.map(({ command, version }) => tryRun(command, [version])))
  const missing = tools.filter((_, index) => found[index] === undefined).map((tool) => tool.package)
  if (missing.length > 0) {
    return `Isolating nodes needs ${missing.join(' and ')}: apt-get install ${missing.join(' ')}`
  }
  const probe = `${networkNames(id).namespacePrefix}probe`
  try {
    await run('nft', ['-c', '-f', '-'], { input: tableText(id, '10.213.0', []) })
    if (!(await exists(`/run/netns/${probe}`))) await run('ip', ['netns', 'add', probe])
    await run('ip', ['netns', 'delete', probe])
    return undefined
  } catch (error) {
    return `This machine does not allow network namespaces or nftables: ${error instanceof Error ? error.message : error}`
  }
}

/** A namespace that is deleted with a process inside is only hidden. */
async function removeNamespace(namespace: string): Promise<void> {
  for (const pid of await pidsIn(namespace)) killIfThere(pid)
  for (let tries = 0; tries < 100 && (await pidsIn(namespace)).length > 0; tries++) await delay(20)
  await run('ip', ['netns', 'delete', namespace])
}

async function pidsIn(namespace: string): Promise<number[]> {
  const output = (await tryRun('ip', ['netns', 'pids', namespace])) ?? ''
  return output.split('\n').filter(Boolean).map(Number)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
