import { type Command, InvalidArgumentError } from 'commander'
import { readMatcher } from '#shared/alertmanager/matchers.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { MaintenanceWindow, StartMaintenance } from '#shared/contracts/maintenance.ts'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { changes, duration, examples, reads } from '../options.ts'
import { UsageError } from '../output.ts'
import { described, printEnded, printStarted, until } from '../print/maintenance.ts'

type Matcher = NonNullable<StartMaintenance['matchers']>[number]

interface StartOptions extends ChangeOptions {
  for: number
  reason: string
  node?: string
  match?: Matcher[]
}

/** `kops maintenance …` */
export function addMaintenanceCommands(maintenance: Command, context: CommandContext): void {
  const { output } = context
  examples(
    maintenance,
    'maintenance start --for 30m --reason "rolling restart"',
    'maintenance start --for 2h --reason "new disk" --node kafka-2',
    'maintenance end'
  )

  examples(
    changes(
      maintenance
        .command('start')
        .description('hold back notifications of all or some alerts for a time')
        .requiredOption('--for <time>', 'duration: 30m, 2h; at most 24h', duration)
        .requiredOption('--reason <text>', 'reason, for others and for the audit trail')
        .option('--node <name>', 'only alerts that name this node: kafka-2')
        .option('--match <matcher>', 'only alerts with this label, by =, !=, =~ or !~; may be repeated', matchers)
    ),
    'maintenance start --for 1h --reason "replay" --match alertname=KafkaConsumerLagHigh --match group=indexer'
  ).action(async ({ for: ms, reason, node, match, ...options }: StartOptions) => {
    const client = await clientFor(context)
    const body = { durationSeconds: Math.ceil(ms / 1000), reason, ...given({ node, matchers: match }) }
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.startMaintenance, { query: { dryRun }, body }),
      print: printStarted
    })
  })

  reads(maintenance.command('list').description('list active windows')).action(async (options: ReadOptions) => {
    const client = await clientFor(context)
    const list = await client.call(endpoints.listMaintenance, {})
    show(output, options, list, () => {
      const rows = list.windows.map((window) => [window.id, until(window), ...described(window)])
      printTable(output, ['ID', 'UNTIL', 'WHAT', 'BY', 'REASON'], rows, 'There is no active maintenance window.')
    })
  })

  changes(
    maintenance
      .command('end')
      .description('end a window now; alerts that still fire will notify')
      .argument('[id]', 'id, if several windows are active')
  ).action(async (id: string | undefined, options: ChangeOptions) => {
    const client = await clientFor(context)
    const chosen = id ?? onlyOne((await client.call(endpoints.listMaintenance, {})).windows)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.endMaintenance, { params: { id: chosen }, query: { dryRun } }),
      print: printEnded
    })
  })
}

function matchers(value: string, before: Matcher[] = []): Matcher[] {
  const matcher = readMatcher(value)
  if (!matcher) throw new InvalidArgumentError('Not label=value, label!=value, label=~regex or label!~regex.')
  return [...before, matcher]
}

function onlyOne(windows: MaintenanceWindow[]): string {
  const [window, ...more] = windows
  if (!window) throw new UsageError('there is no active maintenance window')
  if (more.length > 0) {
    const lines = windows.map((each) => `  ${each.id}  ${described(each).join(', ')}`)
    throw new UsageError(`${windows.length} windows are active; give the id of one:\n${lines.join('\n')}`)
  }
  return window.id
}
