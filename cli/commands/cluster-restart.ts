import type { Command } from 'commander'
import { withAgent } from '#shared/cluster/agent/client.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { NodeStatus } from '#shared/contracts/cluster.ts'
import type { WhatIfScenario } from '#shared/contracts/what-if.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { forces } from '../options.ts'
import { describeError, type Output, UsageError } from '../output.ts'
import { askOf, restartOf } from './what-if.ts'

/** `kops cluster restart`: a node that serves only where `kops can-restart` says yes, or by force. */
export function addRestartCommand(
  cluster: Command,
  context: CommandContext,
  definition: () => Promise<ClusterDefinition>
): void {
  const { output } = context
  forces(
    cluster
      .command('restart')
      .description('stop and start a node; a node that serves only if that is safe now (kops can-restart)')
      .argument('<node>', 'kafka-1..3 or zookeeper-1..3'),
    'restart it although that is not safe, or cannot be judged; needs --reason'
  ).action(async (node: string, { force = false, reason }: Forced) => {
    if (force && reason === undefined) throw new UsageError('--force needs --reason')
    await withAgent(await definition(), async (agent) => {
      const { nodes } = await agent.status()
      const status = nodes.find(({ name }) => name === node)
      if (status && serves(status)) {
        await assertSafe(output, node, force, async () => restartOf(askOf(await clientFor(context)), node))
      }
      await agent.node(node, 'restart', reason)
    })
    output.print(`${node} has restarted.`)
  })
}

/** A node that is down, hangs or is cut off: a restart repairs it, whatever the rest of the cluster is like. */
function serves({ state, ready, isolated }: Pick<NodeStatus, 'state' | 'ready' | 'isolated'>): boolean {
  return state === 'running' && ready && !isolated
}

/**
 * Refuses a restart that is not safe, or that nobody can judge; by force only warns.
 * @throws KopsError cluster_unhealthy with the reasons
 */
export async function assertSafe(
  output: Output,
  node: string,
  force: boolean,
  ask: () => Promise<Pick<WhatIfScenario, 'restart'>>
): Promise<void> {
  const reasons = await ask().then(
    ({ restart }) => (restart.safe ? [] : restart.reasons.map(({ message }) => message)),
    (error: unknown) => [`health-service cannot judge it: ${describeError(error)}`]
  )
  if (reasons.length === 0) return
  const against = [`Restarting ${node} now is not safe`, ...reasons].join('\n')
  if (!force) throw new KopsError('cluster_unhealthy', `${against}\n--force with --reason restarts it all the same`)
  output.error(`warning: ${against}`)
}
