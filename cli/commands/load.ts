import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { htmlReport } from '#shared/load-report/report-html.ts'
import { markdownReport } from '#shared/load-report/report-markdown.ts'
import { isPassed } from '#shared/load-report/run-facts.ts'
import { loadWorkload, readyWorkloads } from '#shared/workloads/load-workload.ts'
import { printData, type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { listenForInterruption } from '../interruption.ts'
import { followRun, stopRun } from '../load/follow-run.ts'
import { type JavaControl, prepareJavaControl } from '../load/java-control.ts'
import { startRun } from '../load/start-run.ts'
import { type Changes, changed, confirmTopic, rateOption } from '../load/workload.ts'
import { namedFile } from '../named-file.ts'
import { duration, examples, reads, several, wholeNumber } from '../options.ts'
import type { Output } from '../output.ts'
import { formatOption } from '../output-format.ts'
import { printControl, printRun, printRuns, printWorkload } from '../print/load.ts'
import { writeReport } from '../reports/write-report.ts'
import { listsJobs } from './job-list.ts'
import { addLoadCompareCommands } from './load-compare.ts'
import { addLoadWorkerCommand } from './load-worker.ts'

const renderers = {
  markdown: markdownReport,
  html: htmlReport,
  json: (report: object) => `${JSON.stringify(report, null, 2)}\n`
}
type Format = keyof typeof renderers

/** `kops load …` */
export function addLoadCommands(load: Command, context: CommandContext): void {
  const { output } = context
  const workloads = join(context.projectRoot, 'workloads')
  examples(
    load,
    'load workloads',
    'load run steady --rate 5000 --duration 60s --threshold "p99 < 20ms"',
    'load list',
    'load report 20260131T123456-9f3a1c --format html -o report.html'
  )

  examples(
    load
      .command('run')
      .description('run a workload and show each second; exits with 0 if it completed and met its thresholds')
      .argument('<workload>', 'a YAML file, or the name of one in workloads/')
      .option('--rate <rate>', 'records per second, or closed: as fast as the cluster acknowledges', rateOption)
      .option('--duration <time>', 'duration: 60s, 15m; in place of the end that the workload has', duration)
      .option('--records <count>', 'number of records, likewise', wholeNumber)
      .option('--topic <topic>', 'write to this topic, after confirmation unless it is log-events')
      .option('--producers <count>', 'number of producers, each with connections of its own', wholeNumber)
      .option('--workers <count>', 'have so many load workers make the load: kops load worker', wholeNumber)
      .option('--members <count>', 'members of each consumer group; without one, of a temporary group', wholeNumber)
      .addOption(
        new Option('--profile <profile>', 'settings of the producers').choices([
          'high-throughput',
          'low-latency',
          'durable'
        ])
      )
      .option('--threshold <rule>', 'fail unless the result meets it: "p99 < 20ms"; may be repeated', several)
      .option('--verify', 'read every record back after the run, and account for each')
      .addOption(
        new Option('--control <client>', "run Kafka's own producer beside it, as a second witness").choices(['java'])
      )
      .option('--dry-run', 'show the workload with these options, without running it')
      .option('--yes', 'skip the confirmation of topic and groups; required without a terminal')
      .addOption(formatOption())
      .option('--json', 'print the report as JSON at the end, and nothing else'),
    'load run steady --rate 5000 --duration 60s',
    'load run ./mine.yaml --threshold "p99 < 20ms" --threshold "errors = 0"'
  ).action(async (name: string, options: RunOptions) => {
    const workload = changed(await loadWorkload(await namedFile(workloads, name, 'workload')), options)
    if (options.dryRun) return output.print(JSON.stringify(workload, null, 2))
    const control = options.control && (await prepareJavaControl(context, workload))
    const topic = await confirmTopic(context, workload.topic, options.yes)
    if (topic === undefined) return
    const client = await clientFor(context)
    const say = (line: string) => {
      if (!options.json) output.error(line)
    }
    let started: LoadTestRun | undefined
    const interruption = listenForInterruption(() => {
      const how = started === undefined ? 'kops load list shows it' : `kops load stop ${started.id}`
      output.error(`The load test goes on: ${how}`)
    })
    interruption.signal.addEventListener('abort', () => say('Stopping; another Ctrl-C leaves it running.'))
    try {
      say(`Preparing ${workload.name} ...`)
      started = await startRun(context, client, { ...workload, topic }, options.yes)
      if (!started) return
      say(`Run ${started.id} writes to ${started.topic}; Ctrl-C stops it.`)
      const following = { quiet: Boolean(options.json), signal: interruption.signal }
      await beside(control, client, started)
      const followed = await followRun(output, client, started.id, following)
      // Its topic goes with the run.
      await control?.stop()
      const run = followed ?? (await stopRun(client, started.id))
      await conclude(output, client, run, options, control)
    } finally {
      await control?.stop()
      if (interruption.signal.aborted) process.exitCode = interruption.signal.reason
      interruption.close()
    }
  })

  load
    .command('watch')
    .description('show each second of a run, and its result like run does; Ctrl-C leaves it running')
    .argument('<id>')
    .addOption(formatOption())
    .option('--json', 'print the report as JSON at the end, and nothing else')
    .action(async (id: string, options: ReadOptions) => {
      const client = await clientFor(context)
      const interruption = listenForInterruption(() => {})
      try {
        if (!options.json) output.error('Ctrl-C ends watching, and leaves the run as it is.')
        const following = { quiet: Boolean(options.json), signal: interruption.signal }
        const run = await followRun(output, client, id, following)
        if (run) await conclude(output, client, run, options)
        else process.exitCode = interruption.signal.reason
      } finally {
        interruption.close()
      }
    })

  listsJobs(load.command('list').description('list runs, newest first'), context, {
    name: 'kops load list',
    read: (client, query, signal) => client.call(endpoints.listLoadTests, { query, signal }),
    print: (page, { runs }) => printRuns(page, runs)
  })

  reads(load.command('show').description('show a run and what it measured').argument('<id>')).action(
    async (id: string, options: ReadOptions) => {
      const client = await clientFor(context)
      const run = await client.call(endpoints.loadTest, { params: { id } })
      show(output, options, run, () => printRun(output, run))
    }
  )

  reads(load.command('stop').description('stop a run; keeps what it measured').argument('<id>')).action(
    async (id: string, options: ReadOptions) => {
      const client = await clientFor(context)
      const run = await client.call(endpoints.cancelLoadTest, { params: { id }, timeoutMs: 60_000 })
      show(output, options, run, () => printRun(output, run))
    }
  )

  examples(
    load
      .command('report')
      .description('write the report of a run, for people or programs')
      .argument('<id>')
      .addOption(
        new Option('--format <format>', 'markdown: for a pull request; html: one file with plots; json: every second')
          .choices(Object.keys(renderers))
          .default('markdown')
      )
      .option('-o, --output <file>', 'write to this file'),
    'load report 20260131T123456-9f3a1c --format html -o report.html'
  ).action(async (id: string, { format, output: file }: { format: Format; output?: string }) => {
    const client = await clientFor(context)
    const report = await client.call(endpoints.loadTestReport, { params: { id }, timeoutMs: 60_000 })
    const text = renderers[format](report)
    if (file === undefined) return output.print(text.trimEnd())
    await writeReport(output, file, text)
  })

  addLoadCompareCommands(load, context)
  addLoadWorkerCommand(load, context)

  reads(load.command('workloads').description('list the workloads that run takes by name')).action(
    async ({ json }: ReadOptions) => {
      const all = (await readyWorkloads(workloads)).map(({ name, workload, question }) => ({
        name,
        workload,
        comment: question
      }))
      if (json) printData(output, json, all)
      else for (const each of all) printWorkload(output, each)
    }
  )
}

interface RunOptions extends Changes, ReadOptions {
  control?: 'java'
  dryRun?: boolean
  yes?: boolean
}

/** Starts the second witness of a run, which does not go on without it. */
async function beside(control: JavaControl | undefined, client: Client, run: LoadTestRun): Promise<void> {
  try {
    await control?.start(run)
  } catch (error) {
    await stopRun(client, run.id)
    throw error
  }
}

/** Shows the end of a run. Exits with 5 where it completed and is not good enough, with 1 where it did not complete. */
async function conclude(
  output: Output,
  client: Client,
  run: LoadTestRun,
  { json }: ReadOptions,
  control?: JavaControl
): Promise<void> {
  const report =
    json || control
      ? await client.call(endpoints.loadTestReport, { params: { id: run.id }, timeoutMs: 60_000 })
      : undefined
  const witnessed = report && control?.judge(report)
  if (json) printData(output, json, { ...report, ...given({ control: witnessed }) })
  else {
    printRun(output, run)
    if (witnessed) printControl(output, witnessed)
  }
  if (!isPassed(run)) process.exitCode = run.status === 'completed' ? exit.verdict : exit.refused
}
