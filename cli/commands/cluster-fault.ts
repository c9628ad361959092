import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { withAgent } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { FaultKind } from '#shared/contracts/cluster.ts'
import { listenForInterruption } from '../interruption.ts'
import type { Output } from '../output.ts'

/** Short: a command that dies leaves its fault for this long at most. */
const leaseMs = 6000

/** `kops cluster fault`: a fault for a while. @param wholeNumber reads --for */
export function addFaultCommand(
  cluster: Command,
  output: Output,
  { definition, wholeNumber }: { definition: () => Promise<ClusterDefinition>; wholeNumber: (value: string) => number }
): void {
  cluster
    .command('fault')
    .description('inject a fault that heals after a time, or when you interrupt the command')
    .argument('<kind>', 'stop, kill, pause or isolate', faultKind)
    .argument('<node>', 'kafka-1..3 or zookeeper-1..3')
    .option('--for <seconds>', 'how long it lasts', wholeNumber, 30)
    .action(async (kind: FaultKind, node: string, options: { for: number }) => {
      const interruption = listenForInterruption(() => {
        output.error(`Not healed yet: ${node} heals within ${leaseMs / 1000} s, when the lease of the fault expires.`)
      })
      try {
        await withAgent(await definition(), async (agent) => {
          const { id } = await agent.inject({ kind, node, leaseMs })
          if (!interruption.signal.aborted) {
            output.print(`${kind} on ${node} for ${options.for} s; press Ctrl-C to heal it earlier.`)
            await hold(agent, id, options.for * 1000, interruption.signal)
          }
          if (interruption.signal.aborted) output.error(`Interrupted: healing ${node} ...`)
          const healed = await agent.heal(id)
          output.print(`${node} healed at ${healed.healedAt}.`)
        })
        if (interruption.signal.aborted) process.exitCode = Number(interruption.signal.reason)
      } finally {
        interruption.close()
      }
    })
}

/** Renews the lease until the time is over or the signal comes. */
async function hold(agent: Agent, id: string, forMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + forMs
  for (let leftMs = forMs; leftMs > 0; leftMs = end - performance.now()) {
    await sleep(Math.min(leaseMs / 3, leftMs), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    await agent.renew(id, leaseMs)
  }
}

function faultKind(value: string): FaultKind {
  if (value === 'stop' || value === 'kill' || value === 'pause' || value === 'isolate') return value
  throw new InvalidArgumentError('Not one of stop, kill, pause, isolate.')
}
