import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { type GameDayFile, loadGameDay } from '#shared/gamedays/load-gameday.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import { documentError } from '#shared/yaml/read-yaml.ts'
import { toYaml } from '#shared/yaml/write-yaml.ts'
import { printData, type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { concludeGameDay, gameDayJob } from '../drills/follow-gameday.ts'
import { type DrillClient, runJob } from '../drills/follow-job.ts'
import { shrink, type Trial } from '../drills/shrink.ts'
import { exit } from '../exit-codes.ts'
import { namedFile } from '../named-file.ts'
import { examples, reads, wholeNumber } from '../options.ts'
import { counted, type Output, paint, UsageError } from '../output.ts'
import { printGameDayPlan, printGameDays, printSchedules } from '../print/gameday.ts'
import { exitCodes } from './drill-run.ts'
import { listsJobs } from './job-list.ts'

/** Each drill of a plan reads the whole cluster. */
const planTimeoutMs = 120_000

interface GameDayOptions extends ReadOptions {
  shrink?: boolean
  dryRun?: boolean
  maxRuns: number
  output?: string
}

/** `kops drill gameday`, `gamedays` and `schedules`. */
export function addGameDayCommands(drill: Command, context: CommandContext): void {
  const { output } = context
  examples(
    drill
      .command('gameday')
      .description('carry out the steps of a game day, one after the other, and judge them')
      .argument('<file>', 'a YAML or JSON file, or the name of one in gamedays/')
      .option('--shrink', 'if it fails, run it again with fewer steps, until none can be left out')
      .option('--max-runs <count>', 'how often --shrink runs it again at most', wholeNumber, 12)
      .option('-o, --output <file>', 'write what --shrink found to this file')
      .option('--dry-run', 'show the steps, with guards and prediction of each as the cluster is now; start nothing')
      .option('--json', 'print the whole record as JSON at the end, and nothing else')
      .addHelpText('after', exitCodes),
    'drill gameday first',
    'drill gameday ./mine.yaml --shrink -o smallest.yaml'
  ).action(async (name: string, options: GameDayOptions) => {
    const workloads = join(context.projectRoot, 'workloads')
    const file = await namedFile(join(context.projectRoot, 'gamedays'), name, 'game day')
    const found = await loadGameDay(file, workloads)
    if (options.dryRun) return planGameDay(context, found, options)
    const client = await clientFor(context)
    const ended = await runGameDay(client, output, found, options)
    if (options.shrink && ended.verdict?.result === 'fail' && !process.exitCode) {
      await shrinkGameDay(client, output, ended, options)
    } else concludeGameDay(output, ended, options)
  })

  listsJobs(drill.command('gamedays').description('list game days, newest first'), context, {
    name: 'kops drill gamedays',
    read: (client, query, signal) => client.call(endpoints.listGameDays, { query, signal }),
    print: (page, { gameDays }) => printGameDays(page, gameDays)
  })

  reads(drill.command('schedules').description('schedules of drills and game days: next times, last outcomes')).action(
    async (options: ReadOptions) => {
      const client = await clientFor(context)
      const schedules = await client.call(endpoints.drillSchedules, {})
      show(output, options, schedules, () => printSchedules(output, schedules))
    }
  )
}

/** Shows what a game day would do now. The exit code is 1 if something would be refused. */
async function planGameDay(context: CommandContext, file: GameDayFile, options: ReadOptions): Promise<void> {
  const { output } = context
  const client = await clientFor(context)
  const plan = await withLines(file, client.call(endpoints.planGameDay, { body: file.plan, timeoutMs: planTimeoutMs }))
  show(output, options, plan, () => printGameDayPlan(output, plan))
  if (!plan.admitted) process.exitCode = exit.refused
}

/** What a service says of a file. @throws KopsError with file and line of what is wrong */
async function withLines<T>({ document }: GameDayFile, answer: Promise<T>): Promise<T> {
  return answer.catch((error) => {
    if (isKopsError(error, 'validation_failed') && error.errors) throw documentError(error.errors, document)
    throw error
  })
}

/** Runs a game day and shows it live. @throws KopsError if it is refused, with file and line of what is wrong */
async function runGameDay(
  client: DrillClient,
  output: Output,
  file: GameDayFile,
  { json }: ReadOptions
): Promise<GameDay> {
  const job = gameDayJob(client, output, Boolean(json))
  return runJob({
    ...job,
    async start() {
      const call = client.call(endpoints.startGameDay, { body: file.plan, timeoutMs: 60_000 })
      const gameDay = await withLines(file, call)
      if (!('id' in gameDay))
        throw new KopsError('validation_failed', 'dryRun: the game day was planned and not started')
      if (!json) output.error(`Game day ${gameDay.id}; Ctrl-C aborts it.`)
      return gameDay
    }
  })
}

/** Runs a game day that failed again with fewer steps, and prints the smallest that fails. The exit code is that of a failure. */
async function shrinkGameDay(
  client: DrillClient,
  output: Output,
  failed: GameDay,
  { json, maxRuns, output: to }: GameDayOptions
): Promise<void> {
  const { plan, steps } = failed
  // Those after the failure had no part in it.
  const last = steps.findLastIndex(({ state }) => state === 'failed')
  const failing = plan.steps.slice(0, last + 1)
  const interrupted = new AbortController()
  const attempt = async (some: StartGameDay['steps'], run: number): Promise<Trial> => {
    if (interrupted.signal.aborted) return 'unclear'
    output.error(paint('bold', `Run ${run} of at most ${maxRuns}, with ${some.map(stepInWords).join('; ')}`))
    const document = { path: plan.name, what: 'the game day' }
    const ended = await runGameDay(client, output, { plan: { ...plan, steps: some }, document }, { json })
    if (process.exitCode) interrupted.abort()
    const result = ended.verdict?.result
    return result === 'fail' ? 'failed' : result === 'pass' ? 'passed' : 'unclear'
  }
  const found = await shrink(failing, attempt, maxRuns)
  const minimal = found.minimal && !interrupted.signal.aborted
  const smallest = { ...plan, steps: found.steps }
  if (json) printData(output, json, { gameDay: failed, smallest, runs: found.runs, minimal })
  else {
    const whole = minimal ? 'No step of it can be left out.' : 'Fewer steps may fail as well: there were no more runs.'
    output.print('')
    output.print(
      `${paint('red', 'FAIL')}  Still, with ${found.steps.length} of ${plan.steps.length} steps, after ${counted(found.runs, 'more run')}. ${whole}`
    )
    if (to === undefined) output.print(toYaml(smallest).trimEnd())
  }
  if (to !== undefined) await write(output, to, toYaml(smallest))
  process.exitCode ||= exit.verdict
}

async function write(output: Output, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be written: ${error.code ?? 'unknown error'}`)
  })
  output.error(`It is in ${file}.`)
}
