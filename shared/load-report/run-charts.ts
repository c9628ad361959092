import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { Limit, LineChart, Series } from '../reports/line-chart.ts'
import { worst } from './consumer-facts.ts'

/** As many points as the chart of a report has room for. */
const usualPoints = 600

type Known = (number | null)[]
type Summary = (values: Known) => number | null

/**
 * What happened second by second; empty without the seconds. Charts that would have no value are left out.
 * @param mostPoints for which there is room: the seconds of a longer run are taken together, the mean of rates and the highest of times
 */
export function chartsOf({ seconds, run }: LoadTestReport, mostPoints = usualPoints): LineChart[] {
  if (seconds.length === 0) return []
  const size = Math.ceil(seconds.length / mostPoints)
  const groups = Array.from({ length: Math.ceil(seconds.length / size) }, (_, nth) =>
    seconds.slice(nth * size, (nth + 1) * size)
  )
  const series = (name: string, of: (second: LoadTestSecond) => number | null, summary: Summary): Series => ({
    name,
    values: groups.map((group) => summary(group.map(of)))
  })
  const isUnconfirmed = run.result?.unconfirmed !== undefined
  const ofSeveral = size === 1 ? '' : `, highest of ${size} s`
  const last = seconds.at(-1)?.second ?? 0
  // The last second ends with the run: its count is no rate. Of a run that goes on, all seconds are over.
  const hasPart = run.finishedAt !== null && last > 0
  const whole = (value: (second: LoadTestSecond) => number | null) => (second: LoadTestSecond) =>
    hasPart && second.second === last ? null : value(second)
  const charts: Pick<LineChart, 'id' | 'title' | 'unit' | 'series'>[] = [
    {
      id: 'rate',
      title: 'Rate',
      unit: 'records per second',
      series: [
        series(
          isUnconfirmed ? 'handed over, unconfirmed' : 'acknowledged',
          whole((second) => (isUnconfirmed ? (second.unconfirmed ?? 0) : second.acknowledged)),
          mean
        ),
        series('target', (second) => second.targetPerSecond, mean),
        series('consumed, slowest group', whole(slowest), mean)
      ]
    },
    {
      id: 'times',
      title: `Response and service time${isUnconfirmed ? ', until the network had it' : ''}${ofSeveral}`,
      unit: 'ms',
      series: [
        series('response p50', (second) => second.responseP50Ms, highest),
        series('response p99', (second) => second.responseP99Ms, highest),
        series('service p99', (second) => second.serviceP99Ms, highest)
      ]
    },
    {
      id: 'commit-times',
      title: `Commit time${ofSeveral}`,
      unit: 'ms',
      series: [
        series('commit p50', ({ transactions }) => transactions?.commitP50Ms ?? null, highest),
        series('commit p99', ({ transactions }) => transactions?.commitP99Ms ?? null, highest)
      ]
    },
    {
      id: 'transactions',
      title: 'Transactions',
      unit: 'per second',
      series: [
        series(
          'committed',
          whole(({ transactions }) => transactions?.committed ?? null),
          mean
        ),
        series(
          'aborted',
          whole(({ transactions }) => transactions?.aborted ?? null),
          mean
        )
      ]
    },
    {
      id: 'end-to-end',
      title: `End-to-end latency, slowest group${ofSeveral}`,
      unit: 'ms',
      series: [
        series('e2e p50', ({ consumers = [] }) => worst(consumers, 'endToEndP50Ms'), highest),
        series('e2e p99', ({ consumers = [] }) => worst(consumers, 'endToEndP99Ms'), highest)
      ]
    },
    {
      id: 'consumer-lag',
      title: `Lag of consumers, largest${ofSeveral}`,
      unit: 'records',
      series: [series('lag', ({ consumers = [] }) => worst(consumers, 'lag'), highest)]
    },
    {
      id: 'lag',
      title: `Schedule lag${ofSeveral}`,
      unit: 'ms',
      series: [series('schedule lag p99', (second) => second.scheduleLagP99Ms, highest)]
    },
    {
      id: 'errors',
      title: 'Errors',
      unit: 'records per second',
      series: [series('failed', (second) => second.failed, mean)]
    },
    {
      id: 'limits',
      title: 'Time at work, and with a full buffer or a transaction that ends',
      unit: '%',
      series: [
        series('at work, busiest producer', (second) => second.busy * 100, mean),
        series('waiting', (second) => second.blocked * 100, mean)
      ]
    }
  ]
  const x = groups.map((group) => group[0]?.second ?? 0)
  // That of a search is its soak's.
  const warmUpSeconds = run.result?.search ? 0 : (run.result?.steadyState?.warmUpSeconds ?? 0)
  return charts
    .map((chart) => ({ ...chart, series: chart.series.filter(({ values }) => values.some((value) => value !== null)) }))
    .filter(({ series }) => series.length > 0)
    .map((chart) => ({ ...chart, x, warmUpSeconds, limits: limitsOf(run.workload?.thresholds, chart.id) }))
}

const timed: Record<string, string> = { service: 'times', e2e: 'end-to-end', commit: 'commit-times' }

/** The thresholds that a chart shows what they are about: of times, rate and lag. */
function limitsOf(thresholds: readonly string[] = [], chart: string): Limit[] {
  return thresholds.flatMap((label) => {
    const [, figure = '', number, unit] =
      /^ *([\w.]+?)(?:\.?p[\d.]+)? *[<>]=? *([\d.]+) *(ms|s|\/s|) *$/.exec(label) ?? []
    const isTime = unit === 'ms' || unit === 's'
    const of = isTime
      ? (timed[figure] ?? 'times')
      : figure === 'throughput'
        ? 'rate'
        : figure === 'lag'
          ? 'consumer-lag'
          : ''
    return of === chart ? [{ label: label.trim(), value: Number(number) * (unit === 's' ? 1000 : 1) }] : []
  })
}

function slowest({ consumers = [] }: LoadTestSecond): number | null {
  return consumers.length === 0 ? null : Math.min(...consumers.map(({ consumed }) => consumed))
}

function mean(values: Known): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

function highest(values: Known): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
