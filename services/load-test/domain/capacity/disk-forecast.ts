import type { DiskForecast } from '#shared/contracts/capacity.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { LogDirReading } from '#shared/kafka/brokers/port.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { matchersOf } from '#shared/prometheus/promql.ts'
import { type BusyTime, isBusy } from './busy-times.ts'
import { noPrometheus, type PrometheusSource } from './traffic.ts'

/** Free bytes at a time, in milliseconds since the epoch. */
export interface DiskPoint {
  atMs: number
  usableBytes: number
}

const dayMs = 86_400_000
const windowMs = 14 * dayMs
const stepSeconds = 1800
const leastSpanMs = dayMs / 4
const leastPoints = 12
const farthestMs = 3650 * dayMs
/** Kafka deletes the files of a topic a minute after the topic, and logs of load tests after their run. */
const afterRunMs = 300_000

export const diskMethod =
  'free bytes of each log directory now, from the brokers; growth as a line by least squares through those of the last 14 days ' +
  'in Prometheus (every 30 min, kops_broker_log_dir_usable_bytes), without times of load tests, if it also grows in the later ' +
  'half; at least 6 h'

/** The growth of a disk, and when it is full if it continues. Pure. */
export function forecast(
  points: readonly DiskPoint[],
  { usableBytes, now }: { usableBytes: number | null; now: Date }
): Pick<DiskForecast, 'growthBytesPerDay' | 'fullAt' | 'from' | 'points' | 'unknown'> {
  const [first, last] = [points.at(0), points.at(-1)]
  const from = first ? new Date(first.atMs).toISOString() : null
  const basis = { from, points: points.length, fullAt: null }
  const spanMs = first && last ? last.atMs - first.atMs : 0
  if (points.length < leastPoints || spanMs < leastSpanMs) {
    const hours = (spanMs / 3_600_000).toFixed(1)
    return { ...basis, growthBytesPerDay: null, unknown: `a forecast needs figures of 6 h; Prometheus has ${hours} h` }
  }
  const growth = growthOf(points)
  const grown = { ...basis, growthBytesPerDay: Math.round(growth) }
  if (growth <= 0) return { ...grown, unknown: 'it does not fill: the free space has not become less' }
  if (growthOf(points.slice(Math.floor(points.length / 2))) <= 0) {
    return { ...grown, unknown: 'its growth has ended: the free space has not become less in the later half' }
  }
  if (usableBytes === null) return { ...grown, unknown: 'the broker does not report its free space' }
  const leftMs = (usableBytes / growth) * dayMs
  if (leftMs > farthestMs) return { ...grown, unknown: 'not within ten years at this growth' }
  return { ...grown, fullAt: new Date(now.getTime() + leftMs).toISOString(), unknown: null }
}

/**
 * When each disk is full. Never rejects: what is not known is null, with a reason.
 * @param dirs the log directories now, as brokers report them
 */
export async function readDiskForecasts(
  { prometheus, labels, deadlineMs }: PrometheusSource,
  { dirs, now, busy }: { dirs: readonly LogDirReading[]; now: Date; busy: readonly BusyTime[] }
): Promise<DiskForecast[]> {
  let histories: Map<string, DiskPoint[]> | string = noPrometheus
  if (prometheus) {
    const query = `min by (broker, dir) (kops_broker_log_dir_usable_bytes{${matchersOf(labels)}})`
    const range = { from: new Date(now.getTime() - windowMs), to: now, stepSeconds }
    histories = await prometheus
      .range({ query, ...range }, { deadlineMs })
      .then(
        ({ series }) =>
          new Map(
            series.map(({ labels, points }) => [
              keyOf(labels['broker'] ?? '', labels['dir'] ?? ''),
              points
                .map(([seconds, usableBytes]) => ({ atMs: seconds * 1000, usableBytes }))
                .filter(
                  ({ atMs, usableBytes }) =>
                    Number.isFinite(usableBytes) && !isBusy({ from: atMs - afterRunMs, to: atMs }, busy)
                )
            ])
          ),
        messageOf
      )
  }
  return dirs
    .map((reading) => {
      const { dir, totalBytes, usableBytes, online } = reading
      const broker = brokerName(reading.broker)
      const disk = { broker, dir, totalBytes, usableBytes }
      const none = { growthBytesPerDay: null, fullAt: null, from: null, points: 0 }
      if (!online) return { ...disk, ...none, unknown: 'the broker has taken the directory offline' }
      if (typeof histories === 'string') return { ...disk, ...none, unknown: histories }
      return { ...disk, ...forecast(histories.get(keyOf(broker, dir)) ?? [], { usableBytes, now }) }
    })
    .sort((a, b) => fullMs(a) - fullMs(b) || a.broker.localeCompare(b.broker))
}

/** By least squares: bytes a day by which the free space becomes less. */
function growthOf(points: readonly DiskPoint[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const days = points.map(({ atMs }) => atMs / dayMs)
  const [meanDay, meanBytes] = [mean(days), mean(points.map(({ usableBytes }) => usableBytes))]
  let products = 0
  let squares = 0
  for (const [nth, { usableBytes }] of points.entries()) {
    const off = (days[nth] ?? 0) - meanDay
    products += off * (usableBytes - meanBytes)
    squares += off * off
  }
  return squares === 0 ? 0 : -products / squares
}

function fullMs({ fullAt }: Pick<DiskForecast, 'fullAt'>): number {
  return fullAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(fullAt)
}

function keyOf(broker: string, dir: string): string {
  return `${broker} ${dir}`
}
