import { join } from 'node:path'
import { stderr } from 'node:process'
import type { Command } from 'commander'
import type { Client } from '#shared/client/client.ts'
import type { CapacityMeasurement, StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { eventLine } from '#shared/load-report/capacity-facts.ts'
import { loadWorkload } from '#shared/workloads/load-workload.ts'
import { type ReadOptions, show } from '../answer.ts'
import { measurementRequest } from '../capacity-request.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { followJobEvents } from '../follow.ts'
import { listenForInterruption } from '../interruption.ts'
import { createRunProgress } from '../load/run-progress.ts'
import { namedFile } from '../named-file.ts'
import { examples, reads } from '../options.ts'
import { describeError, type Output, UsageError } from '../output.ts'
import { printCapacity, printMeasurements } from '../print/capacity.ts'
import { listsJobs } from './job-list.ts'

interface MeasureOptions extends ReadOptions {
  oneBrokerDown?: boolean
  node: string
  yes?: boolean
}

/** Starting the broker, and deleting the topics, may take this long. */
const cancelTimeoutMs = 180_000

/** `kops capacity …` */
export function addCapacityCommands(capacity: Command, context: CommandContext): void {
  const { output } = context
  const workloads = join(context.projectRoot, 'workloads')
  examples(reads(capacity), 'capacity', 'capacity measure', 'capacity measure --one-broker-down', 'capacity --json')
  capacity.action(async (options: ReadOptions) => showCapacity(output, await clientFor(context), options))

  examples(
    reads(
      capacity
        .command('measure')
        .description('search for the highest sustainable rate; exits with 0 if it was found')
        .argument('[workload]', 'a YAML file, or the name of one in workloads/, whose rate is a search', 'search')
        .option('--one-broker-down', 'search again while a broker is stopped')
        .option('--node <node>', 'the broker to stop', 'kafka-3')
        .option('--yes', 'stop it without asking; required without a terminal')
    ),
    'capacity measure',
    'capacity measure --one-broker-down --node kafka-2',
    'capacity measure ./mine.yaml --one-broker-down --yes --json'
  ).action(async (name: string, options: MeasureOptions) => {
    const request = measurementRequest(await loadWorkload(await namedFile(workloads, name, 'workload')))
    const down = options.oneBrokerDown ? await confirmNode(context, options) : {}
    if (!down) return
    const client = await clientFor(context)
    await measure(output, client, { ...request, ...down }, options)
  })

  listsJobs(capacity.command('list').description('list measurements, newest first'), context, {
    name: 'kops capacity list',
    read: (client, query, signal) => client.call(endpoints.listCapacityMeasurements, { query, signal }),
    print: (page, { measurements }) => printMeasurements(page, measurements)
  })

  reads(
    capacity
      .command('stop')
      .description('stop a measurement; starts its broker and keeps what was found')
      .argument('<id>')
  ).action(async (id: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const ended = await client.call(endpoints.cancelCapacity, { params: { id }, timeoutMs: cancelTimeoutMs })
    show(output, options, ended, () => printMeasurements(output, [ended]))
  })
}

/** @returns undefined if that is refused. @throws UsageError if there is no terminal */
async function confirmNode(
  { output, person }: Pick<CommandContext, 'output' | 'person'>,
  { node, yes }: MeasureOptions
): Promise<Pick<StartCapacity, 'oneBrokerDown' | 'node' | 'confirm'> | undefined> {
  if (!yes) {
    const why = `this stops ${node} for some minutes, in which every topic has a replica less`
    if (!person.present) throw new UsageError(`${why}, and there is no terminal for confirmation: --yes confirms`)
    output.error(`T${why.slice(1)}.`)
    if ((await person.ask(`Type ${node} to continue: `)) !== node) {
      output.error('Nothing was started.')
      process.exitCode ??= exit.refused
      return undefined
    }
  }
  return { oneBrokerDown: true, node, confirm: node }
}

async function measure(output: Output, client: Client, body: StartCapacity, { json }: ReadOptions): Promise<void> {
  let id: string | undefined
  const interruption = listenForInterruption(() => {
    const how = id === undefined ? 'kops capacity list shows it' : `kops capacity stop ${id}`
    output.error(`The measurement goes on: ${how}`)
  })
  interruption.signal.addEventListener('abort', () => {
    if (!json) output.error('Stopping; another Ctrl-C leaves it running.')
  })
  try {
    const started = await client.call(endpoints.startCapacity, { body, timeoutMs: 60_000 })
    id = started.id
    if (!json) output.error(`Measurement ${id}; Ctrl-C stops it${started.node ? ` and starts ${started.node}` : ''}.`)
    const following = { quiet: Boolean(json), signal: interruption.signal }
    const ended = (await followMeasurement(output, client, id, following)) ?? (await stop(client, id))
    if (ended.failure !== undefined) output.error(`The measurement has ${ended.status}: ${ended.failure}`)
    if (ended.status !== 'completed') process.exitCode = exit.refused
    await showCapacity(output, client, { json })
  } finally {
    if (interruption.signal.aborted) process.exitCode = interruption.signal.reason
    interruption.close()
  }
}

/** @returns the measurement as it ended; undefined if the signal came first */
async function followMeasurement(
  output: Output,
  client: Client,
  id: string,
  { quiet, signal }: { quiet: boolean; signal: AbortSignal }
): Promise<CapacityMeasurement | undefined> {
  let progress = createRunProgress(output, stderr)
  let run: string | null = null
  let shown = 0
  const lost = (error: unknown) => {
    progress.end()
    output.error(describeError(error))
  }
  try {
    const events = followJobEvents(client, endpoints.watchCapacity, { params: { id }, signal }, lost)
    for await (const { event, data } of events) {
      if (!quiet && data.timeline.length > shown) {
        progress.end()
        for (const entry of data.timeline.slice(shown)) output.error(eventLine(entry, data))
      }
      shown = data.timeline.length
      if (event === 'end') return data
      if (data.run !== run) progress = createRunProgress(output, stderr)
      run = data.run
      if (!quiet && data.progress) progress.show({ progress: data.progress })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    progress.end()
  }
  return undefined
}

/** @returns it as it ended, also if it had ended before */
async function stop(client: Client, id: string): Promise<CapacityMeasurement> {
  try {
    return await client.call(endpoints.cancelCapacity, { params: { id }, timeoutMs: cancelTimeoutMs })
  } catch (error) {
    if (!isKopsError(error, 'job_finished')) throw error
    return client.call(endpoints.capacityMeasurement, { params: { id } })
  }
}

async function showCapacity(output: Output, client: Client, options: ReadOptions): Promise<void> {
  const answer = await client.call(endpoints.capacity, { timeoutMs: 30_000 })
  show(output, options, answer, () => printCapacity(output, answer))
}
