import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { DrillStep } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { loadGameDay } from '#shared/gamedays/load-gameday.ts'
import { parseWithLines, readText } from '#shared/yaml/read-yaml.ts'
import { toYaml } from '#shared/yaml/write-yaml.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { experimentOf } from '../chaostoolkit/export.ts'
import { gameDayOfExperiment } from '../chaostoolkit/import.ts'
import { gameDayOf, journalOf } from '../chaostoolkit/journal.ts'
import { tokenFromEnvironment } from '../config.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { type DrillOptions, drillRequest } from '../drills/drill-request.ts'
import type { DrillClient } from '../drills/follow-job.ts'
import { given } from '../given.ts'
import { namedFile } from '../named-file.ts'
import { examples } from '../options.ts'
import { type Output, UsageError } from '../output.ts'
import { describesDrill } from './drill-run.ts'

const jobId = /^\d{8}T\d{6}-[0-9a-f]{6}$/

/** `kops drill export` and `import`: experiments of chaostoolkit. */
export function addDrillExchangeCommands(drill: Command, context: CommandContext): void {
  const { output } = context
  const workloads = join(context.projectRoot, 'workloads')
  examples(
    drill
      .command('export')
      .description('a drill or a game day as an experiment of chaostoolkit, JSON')
      .argument('<id-or-file>', 'of a drill or a game day; a file of one, or its name in gamedays/')
      .option('--journal', 'what became of it, as a journal of chaostoolkit')
      .option('-o, --output <file>', 'write to this file'),
    'drill export first -o experiment.json',
    'drill export 20260131T123456-9f3a1c --journal'
  ).action(async (name: string, { journal, output: to }: { journal?: boolean; output?: string }) => {
    if (!jobId.test(name)) {
      if (journal) throw new UsageError('a journal is of what was carried out: --journal needs an id')
      const file = await namedFile(join(context.projectRoot, 'gamedays'), name, 'game day')
      const { plan } = await loadGameDay(file, workloads)
      return write(output, to, json(experimentOf(plan, { authorized: tokenFromEnvironment() !== undefined })))
    }
    const record = await gameDayWith(await clientFor(context), name)
    const authorized = tokenFromEnvironment() !== undefined
    await write(
      output,
      to,
      json(journal ? journalOf(record, packageJson.version) : experimentOf(record.plan, { authorized }))
    )
  })

  examples(
    drill
      .command('import')
      .description('an experiment of chaostoolkit whose activities are those of kops, as a game day')
      .argument('<file>', 'JSON or YAML')
      .option('-o, --output <file>', 'write to this file'),
    'drill import experiment.json -o gamedays/mine.yaml'
  ).action(async (file: string, { output: to }: { output?: string }) => {
    const document = { path: file, what: 'the experiment' }
    const { value, lineOf } = parseWithLines(await readText(document), document)
    const plan = await gameDayOfExperiment(
      value,
      { ...document, lineOf },
      { drillOf: (words) => drillOf(words, workloads) }
    )
    await write(output, to, toYaml(plan))
  })
}

/** A game day, or a drill as one. @throws KopsError job_not_found */
async function gameDayWith(client: DrillClient, id: string): Promise<GameDay> {
  try {
    return await client.call(endpoints.gameDay, { params: { id } })
  } catch (error) {
    if (!isKopsError(error, 'job_not_found')) throw error
    return gameDayOf(await client.call(endpoints.drill, { params: { id } }))
  }
}

/** The drill of a command line after `kops drill`, in its long form or its short one. @throws Error if it is none */
async function drillOf(words: string[], workloads: string): Promise<DrillStep> {
  let found: { kind: string; options: DrillOptions } | undefined
  const silent = { writeErr() {}, writeOut() {} }
  const program = new Command().exitOverride().configureOutput(silent)
  describesDrill(program.command('run').exitOverride().configureOutput(silent).argument('<kind>'))
    .option('--json')
    .action((kind: string, { json: _, ...options }: DrillOptions & { json?: boolean }) => {
      found = { kind, options }
    })
  const [kind = '', node, ...rest] = words
  const long = kind === 'run' ? words : ['run', kind, ...(node === undefined ? [] : ['--node', node]), ...rest]
  await program.parseAsync(long, { from: 'user' }).catch((error: Error) => {
    throw new Error(`is not a drill: kops drill ${words.join(' ')} (${error.message})`)
  })
  if (!found) throw new Error(`is not a drill: kops drill ${words.join(' ')}`)
  return given(await drillRequest(found.kind, found.options, workloads))
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

async function write(output: Output, file: string | undefined, text: string): Promise<void> {
  if (file === undefined) return output.print(text.trimEnd())
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be written: ${error.code ?? 'unknown error'}`)
  })
  output.error(`It is in ${file}.`)
}
