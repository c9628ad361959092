import { type Command, Option } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type History, type HistoryMetric, HistoryMetricSchema } from '#shared/contracts/health-history.ts'
import type { ProbeReading } from '#shared/contracts/probe.ts'
import { milliseconds, rounded } from '#shared/reports/figures.ts'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { duration, examples, instant, reads } from '../options.ts'
import { type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'

/** As many lines as a person reads; a program gets what the service gives. */
const linesShown = 20
const hourMs = 3_600_000

interface HistoryOptions extends ReadOptions {
  from?: string
  to?: string
  /** Milliseconds. */
  step?: number
  group?: string
  topic?: string
  broker?: string
}

/** `kops health history` and `kops health probe`, through health-service. */
export function addHealthHistoryCommands(health: Command, context: CommandContext): void {
  const { output } = context
  examples(
    reads(
      health
        .command('history')
        .description('show one metric of the health over time, from Prometheus')
        .addArgument(health.createArgument('<metric>', 'what was measured').choices(HistoryMetricSchema.enum))
        .addOption(
          new Option('--from <time>', 'start: 2026-01-31T12:00:00Z, or 3h ago; by default an hour').argParser(instantOf)
        )
        .addOption(new Option('--to <time>', 'end; by default now').argParser(instantOf))
        .option('--step <time>', 'time between two points: 15s, 5m', duration)
        .option('--group <group>', 'of this consumer group')
        .option('--topic <topic>', 'of this topic')
        .option('--broker <broker>', 'of this broker: kafka-1')
    ),
    'health history score',
    'health history group_lag --group log-indexer --from 3h --step 5m'
  ).action(async (metric: HistoryMetric, { json, from, to, step, ...of }: HistoryOptions) => {
    const seconds = step === undefined ? (json ? undefined : readableStep(from, to)) : Math.ceil(step / 1000)
    const client = await clientFor(context)
    const query = given({ metric, from, to, step: seconds, ...of })
    const history = await client.call(endpoints.healthHistory, { query })
    show(output, { json }, history, () => printHistory(output, history))
  })

  reads(
    health.command('probe').description('show whether records written to each broker can be read back, and how fast')
  ).action(async (options: ReadOptions) => {
    const probe = await (await clientFor(context)).call(endpoints.probe, {})
    show(output, options, probe, () => printProbe(output, probe))
  })
}

const instantOf = (value: string) => instant(value)

/** Seconds between two points that are as many as a person reads. */
function readableStep(from: string | undefined, to: string | undefined): number {
  const end = to === undefined ? Date.now() : Date.parse(to)
  const start = from === undefined ? end - hourMs : Date.parse(from)
  return Math.max(15, Math.ceil((end - start) / 1000 / (linesShown - 1)))
}

/** A row for each time, a column for each series. */
export function printHistory(output: Output, { metric, unit, times, series }: History): void {
  const titles = series.map(({ labels }) => plain(Object.values(labels).join(' ')) || metric)
  const rows = times.map((time, at) => [time, ...series.map(({ values }) => figure(values[at] ?? null))])
  printTable(
    output,
    [`TIME (${unit})`, ...titles],
    series.length === 0 ? [] : rows,
    'Nothing was recorded in that time.'
  )
}

function figure(value: number | null): string {
  if (value === null) return '-'
  return Math.abs(value) < 1000 && !Number.isInteger(value) ? milliseconds(value) : rounded(value)
}

function printProbe(output: Output, { enabled, brokers }: ProbeReading): void {
  if (!enabled) output.print(paint('dim', 'The probe is off: KOPS_PROBE_INTERVAL_MS of health-service.'))
  printTable(
    output,
    ['BROKER', 'UP', 'LAST MS', 'P50', 'P99', 'RETURNED', 'LOST', 'NOT ACCEPTED', 'LAST ERROR'],
    brokers.map(({ broker, up, lastLatencyMs, p50Ms, p99Ms, returned, lost, notAccepted, lastError }) => [
      plain(broker),
      up === null ? '?' : up ? paint('green', 'yes') : paint('red', 'no'),
      ...[lastLatencyMs, p50Ms, p99Ms].map(milliseconds),
      ...[returned, lost, notAccepted].map(String),
      lastError === null ? '' : plain(lastError.message)
    ]),
    'No broker is probed.'
  )
}
