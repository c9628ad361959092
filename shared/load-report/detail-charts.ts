import type { LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { bytes, grouped, milliseconds } from '../reports/figures.ts'
import { type Axis, type LineChart, ticks } from '../reports/line-chart.ts'

/** So many partitions are a table that somebody reads; of more, the slowest are. */
const mostRows = 32

/** Percentiles over the logarithm of 1 / (1 - q), as HdrHistogram plots them: a tail that rises at once is a stall. */
export function spectrumChart({ spectrum }: LoadTestReport): LineChart | undefined {
  if (!spectrum || spectrum.responseTime.length + spectrum.serviceTime.length === 0) return undefined
  const series = [
    { name: 'response', points: spectrum.responseTime },
    { name: 'service', points: spectrum.serviceTime }
  ].filter(({ points }) => points.length > 0)
  const shown = series.map(({ name, points }) => ({
    name,
    x: points.map(({ percentile }) => placeOf(percentile)),
    values: points.map(({ valueMs }) => valueMs)
  }))
  const most = Math.max(1, ...shown.flatMap(({ x }) => x))
  return {
    id: 'spectrum',
    title: 'Percentile spectrum',
    unit: 'ms',
    x: [],
    series: shown,
    axis: { most, ticks: percents(most), title: 'percentile' }
  }
}

/** Whether partitions differ: one slow leader slows down its partitions only. */
export function partitionCharts(report: LoadTestReport): LineChart[] {
  const { partitions = [] } = report
  if (partitions.length === 0) return []
  const x = partitions.map(({ partition }) => partition)
  const axis = partitionAxis(Math.max(1, ...x))
  const values = (of: (partition: LoadTestPartition) => number | null) => partitions.map(of)
  return [
    {
      // The longest times would flatten the means, which are what differs from leader to leader.
      ...{ id: 'partition-times', title: 'Mean service time by partition', unit: 'ms', x, axis, dots: true },
      series: [{ name: 'mean', values: values(({ meanServiceMs }) => meanServiceMs) }]
    },
    {
      ...{ id: 'partition-rates', title: 'Rate by partition', unit: 'records per second', x, axis, dots: true },
      series: [{ name: 'records', values: values((each) => rateOf(report, each)) }]
    }
  ]
}

/** Heads of `partitionRows`. */
export const partitionHead = ['Partition', 'Records', 'Per second', 'Bytes', 'Errors', 'Mean service ms', 'Longest ms']

/** The partitions of a run, or the slowest of very many. */
export function partitionRows(report: LoadTestReport): { rows: string[][]; leftOut: number } {
  const { partitions = [] } = report
  const slowestFirst = (a: LoadTestPartition, b: LoadTestPartition) =>
    b.failed - a.failed || (b.meanServiceMs ?? 0) - (a.meanServiceMs ?? 0)
  const shown = partitions.length > mostRows ? partitions.toSorted(slowestFirst).slice(0, mostRows) : partitions
  const rows = shown.map((each) => [
    String(each.partition),
    grouped(takenBy(each)),
    perSecond(rateOf(report, each)),
    bytes(each.bytes),
    grouped(each.failed),
    milliseconds(each.meanServiceMs),
    milliseconds(each.maxServiceMs)
  ])
  return { rows, leftOut: partitions.length - shown.length }
}

/** Acknowledged, or with acks=none handed over. */
function takenBy({ acknowledged, unconfirmed = 0 }: LoadTestPartition): number {
  return acknowledged + unconfirmed
}

function rateOf({ run }: LoadTestReport, partition: LoadTestPartition): number | null {
  const durationMs = run.result?.durationMs ?? 0
  return durationMs > 0 ? takenBy(partition) / (durationMs / 1000) : null
}

function perSecond(rate: number | null): string {
  if (rate === null) return '-'
  return rate < 100 ? rate.toFixed(1) : grouped(rate)
}

function placeOf(percentile: number): number {
  return -Math.log10(1 - percentile / 100)
}

/** 0 %, 90 %, 99 %, … as far as there are records. */
function percents(most: number): Axis['ticks'] {
  // The place of 99.999 % is 5 but for its rounding.
  return Array.from({ length: Math.floor(most + 1e-6) + 1 }, (_, nines) => {
    const label = nines < 2 ? ['0', '90'][nines] : `99${nines > 2 ? `.${'9'.repeat(nines - 2)}` : ''}`
    return [nines, `${label} %`]
  })
}

function partitionAxis(most: number): Axis {
  const whole = ticks(most, 8).filter((at) => Number.isInteger(at) && at <= most)
  return { most, ticks: whole.map((at) => [at, String(at)]), title: 'partition' }
}
