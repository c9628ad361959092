import { type History, type HistoryQuery, mostHistoryPoints } from '#shared/contracts/health-history.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { PrometheusReader, RangeSeries } from '#shared/prometheus/ports.ts'
import { expressions, toPromql } from './expressions.ts'

export interface HistoryOptions {
  /** undefined: there is none. */
  prometheus: PrometheusReader | undefined
  /** Labels of this cluster's series there. */
  labels: readonly [name: string, value: string][]
  now: Date
  deadlineMs: number
}

interface Range {
  from: Date
  to: Date
  stepSeconds: number
}

const defaultRangeMs = 3_600_000
const defaultPoints = 240
/** Scrapes are not more frequent. */
const leastDefaultStep = 15
/** There are few brokers; an answer with more series is truncated, with a warning. */
const mostSeries = 100

/**
 * Reads the recorded history of one metric.
 * @throws KopsError prometheus_not_configured, prometheus_unreachable; validation_failed for times, steps and labels
 * that do not match
 */
export async function readHistory(query: HistoryQuery, options: HistoryOptions): Promise<History> {
  const { prometheus, labels, now, deadlineMs } = options
  const range = rangeOf(query, now)
  const promql = toPromql(query, range.stepSeconds, labels)
  if (!prometheus) {
    throw new KopsError(
      'prometheus_not_configured',
      'Set KOPS_PROMETHEUS_URL to the Prometheus that scrapes this service'
    )
  }
  const answer = await prometheus.range({ query: promql, ...range }, { deadlineMs })
  const times = timesOf(range)
  const told = answer.series.slice(0, mostSeries)
  const warnings = answer.warnings.map((message) => ({ code: 'prometheus_warning', message, target: 'prometheus' }))
  if (told.length < answer.series.length) {
    const message = `${answer.series.length} series were found; the answer has the first ${mostSeries}`
    warnings.push({ code: 'history_cut', message, target: 'series' })
  }
  return {
    metric: query.metric,
    unit: expressions[query.metric].unit,
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    stepSeconds: range.stepSeconds,
    times: times.map((ms) => new Date(ms).toISOString()),
    series: told.map(({ labels, points }) => ({ labels, values: alignedTo(times, points) })),
    asOf: now.toISOString(),
    warnings
  }
}

/** @throws KopsError validation_failed */
function rangeOf({ from, to, step }: HistoryQuery, now: Date): Range {
  const end = to === undefined ? now.getTime() : Date.parse(to)
  const start = from === undefined ? end - defaultRangeMs : Date.parse(from)
  if (start >= end) throw fieldError('validation_failed', 'from', 'must be before to')
  const seconds = (end - start) / 1000
  const stepSeconds = step ?? Math.max(leastDefaultStep, Math.ceil(seconds / defaultPoints))
  const points = Math.floor(seconds / stepSeconds) + 1
  if (points > mostHistoryPoints) {
    const least = Math.ceil(seconds / (mostHistoryPoints - 1))
    throw fieldError(
      'validation_failed',
      'step',
      `makes ${points} points; at most ${mostHistoryPoints}: ${least} s or more`
    )
  }
  return { from: new Date(start), to: new Date(end), stepSeconds }
}

function timesOf({ from, to, stepSeconds }: Range): number[] {
  const count = Math.floor((to.getTime() - from.getTime()) / (stepSeconds * 1000)) + 1
  return Array.from({ length: count }, (_, nth) => from.getTime() + nth * stepSeconds * 1000)
}

/** Prometheus leaves out missing points, and returns NaN for a division by zero. */
function alignedTo(times: readonly number[], points: RangeSeries['points']): (number | null)[] {
  const values = new Map(points.map(([seconds, value]) => [Math.round(seconds * 1000), value]))
  return times.map((ms) => {
    const value = values.get(ms)
    return value === undefined || !Number.isFinite(value) ? null : value
  })
}
