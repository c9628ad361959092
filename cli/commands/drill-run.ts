import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { DrillKindSchema, type StartDrill } from '#shared/contracts/drill-request.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { ReadOptions } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { type DrillOptions, drillRequest, members } from '../drills/drill-request.ts'
import { concludeDrill, drillJob } from '../drills/follow-drill.ts'
import { runJob } from '../drills/follow-job.ts'
import { showPlan } from '../drills/show-plan.ts'
import { startDrill } from '../drills/start-drill.ts'
import { duration, examples, topicPartitions } from '../options.ts'
import { formatOption } from '../output-format.ts'
import { printGuards } from '../print/drill.ts'

export const drillKindNames: readonly string[] = DrillKindSchema.enum

/** The options that say what a drill does. */
export function describesDrill(command: Command): Command {
  return command
    .option('--node <node>', 'the node to break: kafka-2, zookeeper-1')
    .option('--partition <topic:partition>', 'break its leader, whoever that is then', topicPartitions)
    .option('--group <group>', 'break its coordinator, whoever that is then')
    .option('--duration <time>', 'how long the fault lasts: 20s, 2m', duration)
    .option('--topic <topic>', 'write to an existing topic; default: to one of its own')
    .option('--confirm-topic <topic>', 'the same name: its consumers get the records of the drill')
    .option('--producers <name=value>', 'of the drill: acks=leader; repeat it, or use commas', members)
    .option('--consumers <name=value>', 'a consumer group of the drill: members=3', members)
    .option('--load <workload>', 'run a workload beside it: a file, or a name in workloads/')
    .option('--abort-when <name=value>', 'end it early: offlinePartitions=0, health=DOWN, promql=…', members)
    .option('--queue <time>', 'wait for so long while another drill or a load test is under way: 10m', duration)
    .option('--from <whom>', 'partial-partition: from whom it is cut off: brokers,metadata,clients')
    .option('--direction <which>', 'partial-partition: which packets are lost')
    .option('--slow <name=value>', 'slow-network: what becomes worse, delayMs=200', members)
    .option('--transaction <name=value>', 'hanging-transaction: end=abort, timeoutMs=5000', members)
    .option('--cluster-id <id>', 'refuse another cluster than this one; required with --force')
    .option('--force <reason>', 'override guards that can be overridden')
}

/** `kops drill run`. */
export function addDrillRunCommand(drill: Command, context: CommandContext): void {
  const workloads = join(context.projectRoot, 'workloads')
  examples(
    describesDrill(
      drill
        .command('run')
        .description('run a drill and show what happens; exits with 0 only if it passed')
        .addArgument(new Argument('<kind>', 'kops drill kinds lists them').choices(drillKindNames))
    )
      .option('--dry-run', 'show what plan shows, and start nothing')
      .addOption(formatOption())
      .option('--json', 'print the whole record as JSON at the end, and nothing else')
      .addHelpText('after', exitCodes),
    'drill run broker-stop --node kafka-2',
    'drill run network-partition --node kafka-1 --duration 30s --abort-when health=DOWN'
  ).action(async (kind: string, { json, dryRun, ...options }: DrillOptions & ReadOptions & { dryRun?: boolean }) => {
    const request = await drillRequest(kind, options, workloads)
    if (dryRun) await showPlan(context, request, { json })
    else await runDrill(context, request, { json })
  })
}

export const exitCodes = `
Ctrl-C aborts it, and waits until the fault is healed.
Exit codes: 0 it passed; 1 it was refused; 5 it failed, is inconclusive or was
aborted; 130 Ctrl-C.`

/** Runs a drill, shows it live, and sets the exit code. @throws KopsError if it is refused */
export async function runDrill(context: CommandContext, body: StartDrill, { json }: ReadOptions): Promise<void> {
  const { output } = context
  const client = await clientFor(context)
  const job = drillJob(client, output, Boolean(json))
  const ended = await runJob({
    ...job,
    async start() {
      const drill = await startDrill(client, body).catch((error: unknown) => {
        if (isKopsError(error) && error.guards && !json) printGuards(output, { guards: [...error.guards] })
        throw error
      })
      if (!json) output.error(`Drill ${drill.id}; Ctrl-C aborts it.`)
      return drill
    }
  })
  concludeDrill(output, ended, { json })
}
