import type { Latency, Percentile } from '#shared/contracts/load-latency.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { worst } from '#shared/load-report/consumer-facts.ts'
import { milliseconds } from '#shared/reports/figures.ts'

/** A figure for people; `why` where it is not known. */
export interface Cell {
  text: string
  why?: string
}

/** One of the times that a load test measures. */
export interface TimeRow {
  name: string
  p50: Cell
  p99: Cell
  p999: Cell
  max: Cell
}

/** The times of a run that has ended, those of consumer groups last. What was not measured has no row. */
export function timeRows(result: LoadTestResult): TimeRow[] {
  const { percentiles = [], consumers = [], transactions } = result
  return [
    ...rowOf('Response', percentiles, 'responseTime', result.responseTimeMs),
    ...rowOf('Service', percentiles, 'serviceTime', result.serviceTimeMs),
    ...rowOf('Schedule lag', percentiles, 'scheduleLag', result.scheduleLagMs),
    ...rowOf('Commit', percentiles, 'commit', transactions?.commitMs),
    ...consumers.flatMap(({ group, percentiles: own, endToEndMs, deliveryMs }) => {
      const of = consumers.length === 1 ? '' : `, ${group}`
      return [
        ...rowOf(`End to end${of}`, own, 'endToEnd', endToEndMs),
        ...rowOf(`Delivery${of}`, own, 'delivery', deliveryMs)
      ]
    })
  ]
}

function rowOf(
  name: string,
  all: readonly Percentile[],
  of: Percentile['of'],
  latency: Latency | null | undefined
): TimeRow[] {
  const own = all.filter((each) => each.of === of)
  if (own.length === 0 && !latency) return []
  const cellAt = (percentile: number, otherwise: number | undefined): Cell => {
    const found = own.find((each) => each.percentile === percentile)
    if (found === undefined) return cellOf(otherwise)
    if (found.valueMs !== null) return cellOf(found.valueMs)
    const needed = found.neededSamples === undefined ? '' : ` of ${found.neededSamples} needed`
    return { text: '—', why: `too few samples: ${found.effectiveSamples}${needed}` }
  }
  return [
    {
      name,
      p50: cellAt(50, latency?.p50),
      p99: cellAt(99, latency?.p99),
      p999: cellAt(99.9, latency?.p999),
      max: cellOf(latency?.max)
    }
  ]
}

const atTheEnd: Cell = { text: '—', why: 'known when the run has ended' }

/** The times of one second of a run that goes on. */
export function secondRows(second: LoadTestSecond): TimeRow[] {
  const groups = second.consumers ?? []
  const rows: [name: string, p50: number | null, p99: number | null][] = [
    ['Response', second.responseP50Ms, second.responseP99Ms],
    ['Service', second.serviceP50Ms, second.serviceP99Ms],
    ['Schedule lag', null, second.scheduleLagP99Ms],
    ['Commit', second.transactions?.commitP50Ms ?? null, second.transactions?.commitP99Ms ?? null],
    ['End to end', worst(groups, 'endToEndP50Ms'), worst(groups, 'endToEndP99Ms')]
  ]
  return rows
    .filter(([, p50, p99]) => p50 !== null || p99 !== null)
    .map(([name, p50, p99]) => ({ name, p50: cellOf(p50), p99: cellOf(p99), p999: atTheEnd, max: atTheEnd }))
}

function cellOf(value: number | null | undefined): Cell {
  return value === null || value === undefined
    ? { text: '—', why: 'not measured' }
    : { text: `${milliseconds(value)} ms` }
}

/** So many seconds are the rate of now. */
const recentSeconds = 5

export interface Achieved {
  /** Records per second that were acknowledged: after the warm-up, or of the last seconds of a run that goes on. */
  perSecond: number | null
  /** Of the target; null if there is none, or it changes by itself. */
  share: number | null
}

/** What of its target a run achieves. */
export function achievedOf({ result, workload }: LoadTestRun, seconds: readonly LoadTestSecond[]): Achieved {
  const perSecond = result ? (result.steadyState?.eventsPerSecond ?? result.eventsPerSecond) : recentRate(seconds)
  const { rate } = workload ?? {}
  const target = rate?.kind === 'constant' ? rate.perSecond : null
  return { perSecond, share: perSecond === null || target === null ? null : perSecond / target }
}

function recentRate(seconds: readonly LoadTestSecond[]): number | null {
  const recent = seconds.slice(-recentSeconds)
  if (recent.length === 0) return null
  return recent.reduce((sum, { acknowledged, unconfirmed = 0 }) => sum + acknowledged + unconfirmed, 0) / recent.length
}
