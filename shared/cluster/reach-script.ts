import type { Reachability } from '../contracts/cluster.ts'

/** Where a node's service listens for the other nodes. */
export interface ReachTarget {
  node: string
  service: 'broker' | 'metadata'
  host: string
  port: number
}

type Reached = Reachability['from'][number]['to'][number]

/** For the script, whose attempts end after a second. */
export const reachTimeoutMs = 4000

/** A script for bash that tries all connections at once, each for a second, and prints the numbers of those that opened. */
export function reachScript(targets: readonly ReachTarget[]): string {
  const attempts = targets.map(
    ({ host, port }, index) => `timeout 1 bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>/dev/null && echo ${index} &`
  )
  return `${attempts.join('\n')}\nwait\necho done\n`
}

/** Reads the script's output. @returns undefined if the script did not get to its end */
export function reachedTargets(targets: readonly ReachTarget[], output: string): Reached[] | undefined {
  const lines = output.trim().split('\n')
  if (lines.at(-1) !== 'done') return undefined
  return targets.map(({ node, service }, index) => ({ node, service, reachable: lines.includes(String(index)) }))
}

/**
 * Tries the connections from within each node.
 * @param run runs the script within a node and resolves to its output
 */
export async function reachFromAll(
  nodes: readonly string[],
  targets: readonly ReachTarget[],
  run: (node: string, script: string) => Promise<string>
): Promise<Reachability['from']> {
  return Promise.all(
    nodes.map(async (node) => {
      const others = targets.filter((target) => target.node !== node)
      try {
        const to = reachedTargets(others, await run(node, reachScript(others)))
        return to === undefined ? { node, to: [], detail: 'The attempts did not end in time' } : { node, to }
      } catch (error) {
        return { node, to: [], detail: error instanceof Error ? error.message : String(error) }
      }
    })
  )
}
