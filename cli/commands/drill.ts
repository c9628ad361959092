import type { Command } from 'commander'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { concludeDrill, drillJob } from '../drills/follow-drill.ts'
import { abortTimeoutMs, watchJob } from '../drills/follow-job.ts'
import { given } from '../given.ts'
import { examples, reads } from '../options.ts'
import { UsageError } from '../output.ts'
import { formatOption } from '../output-format.ts'
import { printDrill, printDrills, printVerdict } from '../print/drill.ts'
import { printGameDayEnd } from '../print/gameday.ts'
import { addDrillExchangeCommands } from './drill-exchange.ts'
import { addGameDayCommands } from './drill-gameday.ts'
import { addDrillPlanCommands } from './drill-plan.ts'
import { addDrillReportCommand } from './drill-report.ts'
import { addDrillRunCommand, drillKindNames, exitCodes, runDrill } from './drill-run.ts'
import { listsJobs } from './job-list.ts'

/** `kops drill …`, and `kops drill <kind> <node>`, which is short for `run`. */
export function addDrillCommand(drill: Command, context: CommandContext): void {
  const { output } = context
  drill
    .argument('[kind]', 'short for: drill run <kind> --node <node>')
    .argument('[node]', 'the node to break: kafka-1')
    .addOption(formatOption())
    .option('--json', 'print the whole record as JSON at the end, and nothing else')
    .addHelpText('after', exitCodes)
  examples(
    drill,
    'drill kinds',
    'drill run broker-stop --node kafka-2',
    'drill gameday first',
    'drill network-partition kafka-1'
  )
  drill.action(async (kind: string | undefined, node: string | undefined, { json }: ReadOptions) => {
    if (kind === undefined) return drill.help({ error: true })
    if (!drillKindNames.includes(kind)) {
      throw new UsageError(`there is neither a command nor a kind of drill ${kind}: kops drill kinds lists the kinds`)
    }
    await runDrill(context, given({ kind, node }) as StartDrill, { json })
  })

  addDrillRunCommand(drill, context)

  listsJobs(drill.command('list').description('list drills, newest first'), context, {
    name: 'kops drill list',
    read: (client, query, signal) => client.call(endpoints.listDrills, { query, signal }),
    print: (page, { drills }) => printDrills(page, drills)
  })

  reads(
    drill
      .command('show')
      .description('show a drill: guards, prediction, timeline, verdict; or a game day')
      .argument('<id>')
  ).action(async (id: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const record = await client.call(endpoints.drill, { params: { id } }).catch((error: unknown) => {
      if (isKopsError(error, 'job_not_found')) return undefined
      throw error
    })
    if (record) return show(output, options, record, () => printDrill(output, record))
    const gameDay = await client.call(endpoints.gameDay, { params: { id } })
    show(output, options, gameDay, () => printGameDayEnd(output, gameDay))
  })

  drill
    .command('watch')
    .description('show a drill as run does, with its exit codes; Ctrl-C leaves it running')
    .argument('<id>')
    .addOption(formatOption())
    .option('--json', 'print the whole record as JSON at the end, and nothing else')
    .action(async (id: string, options: ReadOptions) => {
      const client = await clientFor(context)
      const { line, follow } = drillJob(client, output, Boolean(options.json))
      const ended = await watchJob(line, (signal) => follow(id, signal))
      if (ended) concludeDrill(output, ended, options)
    })

  reads(
    drill
      .command('abort')
      .description('abort a drill or a game day, and wait until its fault is healed')
      .argument('[id]', 'default: what is under way')
  ).action(async (id: string | undefined, options: ReadOptions) => {
    const client = await clientFor(context)
    // The one of a game day ends with it.
    const { gameDays } = await client.call(endpoints.listGameDays, {})
    const gameDay = gameDays.find((each) => (id === undefined ? each.verdict === null : each.id === id))
    if (gameDay) {
      const params = { id: gameDay.id }
      const ended = await client.call(endpoints.abortGameDay, { params, timeoutMs: abortTimeoutMs })
      return show(output, options, ended, () => output.print(`The game day ${ended.name} is aborted.`))
    }
    const of = id ?? (await client.call(endpoints.listDrills, {})).drills.find(({ verdict }) => !verdict)?.id
    if (of === undefined) return output.print('Neither a drill nor a game day is under way.')
    const ended = await client.call(endpoints.cancelDrill, { params: { id: of }, timeoutMs: abortTimeoutMs })
    show(output, options, ended, () => printVerdict(output, ended))
  })

  addDrillPlanCommands(drill, context)
  addGameDayCommands(drill, context)
  addDrillExchangeCommands(drill, context)
  addDrillReportCommand(drill, context)
}
