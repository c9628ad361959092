import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { LoadTestComparison } from '#shared/contracts/load-comparison.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { loadWorkload } from '#shared/workloads/load-workload.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { listenForInterruption } from '../interruption.ts'
import { makeRuns, orderOf, type SideName } from '../load/paired-runs.ts'
import { confirmTopic } from '../load/workload.ts'
import { namedFile } from '../named-file.ts'
import { examples, reads, several, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { printBaselines, printComparison, printHistory } from '../print/load-compare.ts'

const runIds = /^\d{8}T\d{6}-[0-9a-f]{6}(,\d{8}T\d{6}-[0-9a-f]{6})*$/

const exits = `
Runs of b are compared with those of a. A side is a list of run ids, or a
workload, of which runs are made: of two workloads pairs in turn, each first in
half of them. Six pairs are the least that show a difference in one figure,
eight in all.

Exit codes: 0 faster or equivalent; 5 slower, inconclusive, or not comparable.`

interface CompareOptions extends ReadOptions {
  baseline?: string
  saveBaseline?: string
  pairs: number
  varying?: string[]
  yes?: boolean
}

/** `kops load compare`, `kops load history` and `kops load baseline`. */
export function addLoadCompareCommands(load: Command, context: CommandContext): void {
  const { output } = context

  examples(
    reads(
      load
        .command('compare')
        .description('compare runs, or workloads by running them; the exit code says whether b is slower')
        .argument('<a>', 'run ids with commas between, or a workload: a YAML file or a name of workloads/')
        .argument('[b]', 'likewise; with --baseline, the only argument is b')
        .option('--baseline <name>', 'compare with these saved runs')
        .option('--save-baseline <name>', 'save the runs of the only argument instead of comparing')
        .option('--pairs <count>', 'how many pairs of runs to make, or runs of a single workload', pairCount, 8)
        .option('--varying <part>', 'this part of the environment may differ; may be repeated', several)
        .option('--yes', 'skip the confirmation of the topic; required without a terminal')
    ).addHelpText('after', exits),
    'load compare steady ./steady-lz4.yaml',
    'load compare steady --save-baseline release-1-4',
    'load compare steady --baseline release-1-4 --varying client.kops'
  ).action(async (first: string, second: string | undefined, options: CompareOptions) => {
    const named = sidesOf(first, second, options)
    const workloads = await workloadsOf(context, named, options)
    if (!workloads) return
    const client = await clientFor(context)
    const ids = await idsOf(context, client, { named, workloads, options })
    if (!ids) return
    if (options.saveBaseline !== undefined) {
      const params = { name: options.saveBaseline }
      const saved = await client.call(endpoints.saveBaseline, { params, body: { runs: ids.b } })
      return show(output, options, saved, ({ id, runs }) => output.print(`Baseline ${id} has ${runs.length} runs.`))
    }
    const query = given({
      a: ids.a?.join(),
      baseline: options.baseline,
      b: ids.b.join(),
      varying: options.varying?.join()
    })
    const comparison = await client.call(endpoints.compareLoadTests, { query })
    show(output, options, comparison, () => printComparison(output, comparison))
    if (!options.json && Object.keys(workloads).length > 0) output.print(`Again: ${commandOf(query)}`)
    if (!isGoodEnough(comparison)) process.exitCode = exit.verdict
  })

  reads(
    load
      .command('history')
      .description('list the runs of a workload in one environment, oldest first, and mark changes')
      .argument('<workload>', 'its name, or its hash')
  ).action(async (name: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const query = /^[0-9a-f]{16}$/.test(name) ? { workloadHash: name } : { workload: name }
    const history = await client.call(endpoints.loadTestHistory, { query, timeoutMs: 60_000 })
    show(output, options, history, () => printHistory(output, history))
  })

  const baseline = load.command('baseline').description('saved sets of runs: list, delete (save: load compare)')
  reads(baseline.command('list').description('list baselines')).action(async (options: ReadOptions) => {
    const list = await (await clientFor(context)).call(endpoints.listBaselines, {})
    show(output, options, list, () => printBaselines(output, list))
  })
  reads(baseline.command('delete').description('delete a baseline; its runs stay').argument('<name>')).action(
    async (name: string, options: ReadOptions) => {
      const deleted = await (await clientFor(context)).call(endpoints.deleteBaseline, { params: { name } })
      show(output, options, deleted, () => output.print(`Baseline ${name} is deleted.`))
    }
  )
}

/** What the command line names for each side; a side that is a baseline is left out. */
type Named = { a?: string; b: string }

function sidesOf(first: string, second: string | undefined, { baseline, saveBaseline }: CompareOptions): Named {
  if (baseline !== undefined && saveBaseline !== undefined) {
    throw new UsageError('--baseline and --save-baseline exclude each other')
  }
  const alone = baseline !== undefined || saveBaseline !== undefined
  if (alone && second !== undefined) throw new UsageError('with a baseline there is one argument')
  if (alone) return { b: first }
  if (second === undefined) throw new UsageError('there is nothing to compare with: give b, or --baseline')
  return { a: first, b: second }
}

/** The workloads among the sides, their topics confirmed; undefined if that is refused. */
async function workloadsOf(
  context: CommandContext,
  named: Named,
  { yes }: CompareOptions
): Promise<Partial<Record<SideName, Workload>> | undefined> {
  const workloads: Partial<Record<SideName, Workload>> = {}
  for (const side of ['a', 'b'] as const) {
    const name = named[side]
    if (name === undefined || runIds.test(name)) continue
    const workload = await loadWorkload(await namedFile(join(context.projectRoot, 'workloads'), name, 'workload'))
    const topic = await confirmTopic(context, workload.topic, yes)
    if (!topic) return undefined
    workloads[side] = { ...workload, topic }
  }
  return workloads
}

interface Making {
  named: Named
  workloads: Partial<Record<SideName, Workload>>
  options: CompareOptions
}

/** The runs of each side, made where it is a workload; undefined after an interruption. */
async function idsOf(
  { output }: CommandContext,
  client: Client,
  { named, workloads, options }: Making
): Promise<{ a?: string[]; b: string[] } | undefined> {
  const ids = { ...(named.a === undefined ? {} : { a: named.a.split(',') }), b: named.b.split(',') }
  const sides = (['a', 'b'] as const).filter((side) => workloads[side])
  if (sides.length === 0) return ids
  const interruption = listenForInterruption(() => output.error('The load test goes on: kops load list shows it'))
  try {
    const order = orderOf(sides, options.pairs, Math.random)
    const { signal } = interruption
    const made = await makeRuns(output, client, { order, workloads, quiet: Boolean(options.json), signal })
    if (!made) {
      process.exitCode = signal.reason
      output.error('Interrupted: kops load list shows the runs that were made.')
      return undefined
    }
    return { ...ids, ...Object.fromEntries(sides.map((side) => [side, made[side]])) }
  } finally {
    interruption.close()
  }
}

function commandOf({
  a,
  baseline,
  b,
  varying
}: {
  a?: string
  baseline?: string
  b: string
  varying?: string
}): string {
  const sides = a === undefined ? [b, '--baseline', baseline] : [a, b]
  const parts = varying?.split(',').flatMap((part) => ['--varying', part]) ?? []
  return ['kops load compare', ...sides, ...parts].join(' ')
}

/** As many as a comparison needs, and takes. */
function pairCount(value: string): number {
  const pairs = wholeNumber(value)
  if (pairs >= 5 && pairs <= 100) return pairs
  throw new InvalidArgumentError('Not a whole number from 5 to 100.')
}

function isGoodEnough({ verdict }: LoadTestComparison): boolean {
  return verdict === 'faster' || verdict === 'equivalent'
}
