import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { withAgent } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import {
  type Cut,
  CutSchema,
  type FaultKind,
  FaultKindSchema,
  type InjectFault,
  type Reachability,
  type Slow
} from '#shared/contracts/cluster.ts'
import { type ReadOptions, show } from '../answer.ts'
import { listenForInterruption } from '../interruption.ts'
import { type Output, paint, table } from '../output.ts'
import { formatOption } from '../output-format.ts'

/** Short: a command that dies leaves its fault for this long at most. */
const leaseMs = 6000

interface FaultOptions {
  for: number
  from?: Cut['from']
  direction?: Cut['direction']
  rate?: number
  loss?: number
  delay?: number
}

/** The parts of the commands that the others of `kops cluster` have too. `wholeNumber` reads a number of an option. */
interface FaultCommandContext {
  definition: () => Promise<ClusterDefinition>
  wholeNumber: (value: string) => number
}

/** `kops cluster fault`: a fault for a while; and `kops cluster reach`, which shows what one of the network does. */
export function addFaultCommand(
  cluster: Command,
  output: Output,
  { definition, wholeNumber }: FaultCommandContext
): void {
  cluster
    .command('fault')
    .description('inject a fault that heals after a time, or when you interrupt the command')
    .argument('<kind>', FaultKindSchema.enum.join(', '), faultKind)
    .argument('<node>', 'kafka-1..3 or zookeeper-1..3')
    .option('--for <seconds>', 'how long it lasts', wholeNumber, 30)
    .option('--from <whom...>', 'cut: from brokers, metadata, clients; several with spaces')
    .addOption(
      new Option('--direction <direction>', 'cut: packets that are lost, both by default').choices(
        CutSchema.properties.direction.enum
      )
    )
    .option('--rate <bytes>', 'slow: the most bytes a second in each direction', Number)
    .option('--loss <percent>', 'slow: the share of packets that is lost', Number)
    .option('--delay <ms>', 'slow: milliseconds added to each direction', Number)
    .action(async (kind: FaultKind, node: string, options: FaultOptions) => {
      const interruption = listenForInterruption(() => {
        output.error(`Not healed yet: ${node} heals within ${leaseMs / 1000} s, when the lease of the fault expires.`)
      })
      try {
        await withAgent(await definition(), async (agent) => {
          const { id } = await agent.inject({ kind, node, leaseMs, ...faultParameters(options) })
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

  cluster
    .command('reach')
    .description('show which nodes can open connections to which others, tried from within each')
    .addOption(formatOption())
    .option('--json', 'as JSON')
    .action(async (options: ReadOptions) => {
      const reachability = await withAgent(await definition(), (agent) => agent.reach())
      show(output, options, reachability, () => output.print(reachTable(reachability)))
    })
}

/** What a fault has besides its kind. Options of another kind are passed on, for the agent to refuse. */
export function faultParameters(options: Omit<FaultOptions, 'for'>): Pick<InjectFault, 'cut' | 'slow'> {
  const { from, direction, rate, loss, delay } = options
  const slow: Slow = {
    ...(rate !== undefined && { bytesPerSecond: rate }),
    ...(loss !== undefined && { lossPercent: loss }),
    ...(delay !== undefined && { delayMs: delay })
  }
  return {
    ...((from || direction) && { cut: { from: from ?? [], direction: direction ?? 'both' } }),
    ...(Object.keys(slow).length > 0 && { slow })
  }
}

/** A row for each node that tries, a column for each service of a node. */
export function reachTable({ from }: Reachability): string {
  const targets = [...new Set(from.flatMap(({ to }) => to.map(({ node, service }) => `${node} ${service}`)))].sort()
  const rows = from.map(({ node, to, detail }) => {
    const reached = new Map(to.map((edge) => [`${edge.node} ${edge.service}`, edge.reachable]))
    const cells = targets.map((target) => {
      const reachable = reached.get(target)
      if (reachable === undefined) return ''
      return reachable ? paint('green', 'yes') : paint('red', 'no')
    })
    return [node, ...cells, detail ?? '']
  })
  return table(['FROM', ...targets, ''], rows)
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
  const kind = FaultKindSchema.enum.find((one) => one === value)
  if (kind) return kind
  throw new InvalidArgumentError(`Not one of ${FaultKindSchema.enum.join(', ')}.`)
}
