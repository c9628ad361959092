import { type Command, Option } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { LossKind, WhatIf, WhatIfQuery, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { examples, reads, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { printRestart, printScenario, printWhatIf } from '../print/what-if.ts'

interface WhatIfOptions extends ReadOptions {
  how?: LossKind
  rack?: string
  limit?: number
}

/** `kops what-if`, through health-service. */
export function addWhatIfCommand(whatIf: Command, context: CommandContext): void {
  const { output } = context
  examples(
    reads(
      whatIf
        .argument('[node]', 'a broker (kafka-2, 2), a ZooKeeper node or a controller; default: all, without details')
        .option('--rack <rack>', 'all brokers of a rack at once')
        .addOption(new Option('--how <how>', 'it dies, is stopped, or hangs').choices(['kill', 'stop', 'pause']))
        .option('--limit <count>', 'partitions and groups to list at most (100)', wholeNumber)
    ),
    'what-if',
    'what-if kafka-2',
    'what-if --rack rack-a --how pause'
  ).action(async (node: string | undefined, { how, rack, limit, ...options }: WhatIfOptions) => {
    if (node !== undefined && rack !== undefined) throw new UsageError('name a node or a rack')
    const client = await clientFor(context)
    const query = given({ node: node && nodeName(node), rack, how, limit })
    const answer = await askOf(client)(query)
    show(output, options, answer, (answer) =>
      answer.detail ? printScenario(output, answer) : printWhatIf(output, answer)
    )
  })
}

/** `kops can-restart`, through health-service. */
export function addCanRestartCommand(canRestart: Command, context: CommandContext): void {
  examples(
    reads(canRestart.argument('<node>', 'a broker (kafka-2, 2), a ZooKeeper node or a controller')),
    'can-restart kafka-2',
    'can-restart zookeeper-1'
  ).action(async (node: string, options: ReadOptions) => {
    const scenario = await restartOf(askOf(await clientFor(context)), node)
    if (!scenario.restart.safe) process.exitCode = exit.verdict
    show(context.output, options, scenario, () => printRestart(context.output, scenario))
  })
}

type Ask = (query: WhatIfQuery) => Promise<WhatIf>

export function askOf(client: Client): Ask {
  return (query) => client.call(endpoints.whatIf, { query })
}

/** What health-service says about a restart of a node. @throws KopsError node_not_found, service_unreachable, ... */
export async function restartOf(ask: Ask, node: string): Promise<WhatIfScenario> {
  const [scenario] = (await ask({ node: nodeName(node), how: 'stop' })).scenarios
  if (!scenario) throw new KopsError('node_not_found', `The cluster has no node ${node}`)
  return scenario
}

function nodeName(node: string): string {
  return /^\d+$/.test(node) ? brokerName(Number(node)) : node
}
