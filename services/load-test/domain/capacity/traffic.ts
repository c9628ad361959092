import type { Traffic } from '#shared/contracts/capacity.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { PrometheusReader, RangeAnswer } from '#shared/prometheus/ports.ts'
import { matchersOf } from '#shared/prometheus/promql.ts'
import { type BusyTime, isBusy } from './busy-times.ts'
import type { Load } from './share.ts'

export interface PrometheusSource {
  /** undefined: there is none. */
  prometheus: PrometheusReader | undefined
  /** Labels of this cluster's series there. */
  labels: readonly [name: string, value: string][]
  deadlineMs: number
}

export interface TrafficQuery {
  now: Date
  /** Brokers that are up; null: not known. */
  brokers: number | null
  /** What kops wrote by itself is not the traffic of anybody. */
  busy: readonly BusyTime[]
  /** Over which rates are taken; eight scrapes of 15 s. */
  windowSeconds?: number
}

interface Point extends Load {
  atMs: number
  /** Brokers that Prometheus knew for the whole window. */
  brokers: number
}

export const noPrometheus = 'no Prometheus is configured (KOPS_PROMETHEUS_URL)'
const dayMs = 86_400_000
const weekMs = 7 * dayMs
const oldestMs = 3_600_000
/** Prometheus answers no more than 11,000. */
const mostPoints = 10_000
/** Clocks of two hosts may differ by so much. */
const slackMs = 5000

/** Reads what producers write, from the brokers' own counters. Never rejects: what is not known is null, with a reason. */
export async function readTraffic(source: PrometheusSource, query: TrafficQuery): Promise<Traffic> {
  const { now, busy, windowSeconds = 120 } = query
  const method =
    `counters of the brokers' exporters (BytesInPerSec, MessagesInPerSec) in Prometheus, as rates over ${windowSeconds} s, ` +
    'of all topics, without replication; times in which load tests or drills of this service ran are left out'
  const nothing = { now: null, peakDay: null, peakWeek: null, leftOutMinutes: 0, method }
  const { prometheus } = source
  if (!prometheus) return { ...nothing, unknown: noPrometheus }
  let points: Point[]
  try {
    points = await readPoints({ ...source, prometheus }, now, windowSeconds)
  } catch (error) {
    return { ...nothing, unknown: messageOf(error) }
  }
  const isClean = ({ atMs }: Point) =>
    !isBusy({ from: atMs - windowSeconds * 1000 - slackMs, to: atMs + slackMs }, busy)
  const clean = points.filter(isClean)
  const current = clean
    .filter(({ atMs }) => atMs >= now.getTime() - oldestMs)
    .findLast((point) => isWhole(point, query))
  return {
    now: current ? { ...loadOf(current), at: new Date(current.atMs).toISOString() } : null,
    peakDay: peakOf(clean.filter(({ atMs }) => atMs >= now.getTime() - dayMs)),
    peakWeek: peakOf(clean),
    leftOutMinutes: Math.round(((points.length - clean.length) * windowSeconds) / 60),
    unknown: current ? null : whyNone(points, clean, query, windowSeconds),
    method
  }
}

/** The sum over some brokers is not the traffic. */
function isWhole(point: Point, { brokers }: TrafficQuery): boolean {
  return point.brokers > 0 && point.brokers >= (brokers ?? 0)
}

function whyNone(points: readonly Point[], clean: readonly Point[], { brokers, now }: TrafficQuery, window: number) {
  const recent = (all: readonly Point[]) => all.filter(({ atMs }) => atMs >= now.getTime() - oldestMs)
  if (points.length === 0) return "Prometheus has no figures of the brokers' exporters"
  if (recent(points).length === 0) return "Prometheus has no figures of the brokers' exporters of the last hour"
  if (recent(clean).length === 0) return 'load tests or drills ran for the whole time of which Prometheus has figures'
  const most = Math.max(...recent(clean).map((point) => point.brokers))
  if (most === 0) return `Prometheus has known the brokers for less than ${window} s without a load test`
  return `Prometheus has figures of ${most} of ${brokers} brokers`
}

async function readPoints(
  { prometheus, labels, deadlineMs }: PrometheusSource & { prometheus: PrometheusReader },
  now: Date,
  windowSeconds: number
): Promise<Point[]> {
  const selector = `{${matchersOf([...labels, ['job', 'kafka']])}}`
  const metric = (name: string) => `kafka_server_brokertopicmetrics_${name}_total${selector}`
  const spanMs = Math.min(weekMs, mostPoints * windowSeconds * 1000)
  const range = { from: new Date(now.getTime() - spanMs), to: now, stepSeconds: windowSeconds }
  const read = async (query: string) => valuesOf(await prometheus.range({ query, ...range }, { deadlineMs }))
  const [bytes, records, brokers] = await Promise.all([
    read(`sum(rate(${metric('bytesin')}[${windowSeconds}s]))`),
    read(`sum(rate(${metric('messagesin')}[${windowSeconds}s]))`),
    // A rate of a counter that is younger than the window is too low.
    read(`count(${metric('bytesin')} offset ${windowSeconds}s)`)
  ])
  return Array.from(bytes, ([seconds, bytesPerSecond]) => ({
    atMs: seconds * 1000,
    bytesPerSecond,
    recordsPerSecond: records.get(seconds) ?? Number.NaN,
    brokers: brokers.get(seconds) ?? 0
  })).filter((point) => Number.isFinite(point.bytesPerSecond) && Number.isFinite(point.recordsPerSecond))
}

/** Of the one series that an aggregation has. */
function valuesOf({ series: [first] }: RangeAnswer): Map<number, number> {
  return new Map(first?.points ?? [])
}

function peakOf(points: readonly Point[]): Traffic['peakDay'] {
  const [first] = points
  if (!first) return null
  const highest = (key: keyof Load) => rounded(Math.max(...points.map((point) => point[key])))
  return {
    bytesPerSecond: highest('bytesPerSecond'),
    recordsPerSecond: highest('recordsPerSecond'),
    since: new Date(first.atMs).toISOString()
  }
}

function loadOf({ bytesPerSecond, recordsPerSecond }: Point): Load {
  return { bytesPerSecond: rounded(bytesPerSecond), recordsPerSecond: rounded(recordsPerSecond) }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
