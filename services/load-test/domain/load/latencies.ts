import { build, type JsHistogram } from 'hdr-histogram-js'
import type { LatencySpectrum } from '#shared/contracts/load-detail.ts'
import type { Latency } from '#shared/contracts/load-latency.ts'

/** Latencies in a form that crosses threads: the buckets of a histogram that were hit, and the exact extremes. */
export interface LatencyCounts {
  /** The highest value of each bucket in milliseconds, ascending, and how often it was hit. */
  values: Float64Array
  counts: Uint32Array
  /** Milliseconds; min is Infinity and max 0 without any latency. */
  min: number
  max: number
  sum: number
}

/** Many latencies, in milliseconds. */
export interface Latencies {
  /** @param count how many records had this latency; default 1 */
  record(latencyMs: number, count?: number): void
  add(counts: LatencyCounts): void
  /** What was recorded since the last call; forgets it. */
  take(): LatencyCounts
  /**
   * A percentile is the highest value of its bucket, up to a thousandth more than any measured latency; the exact extremes bound
   * it. null without any latency.
   */
  summary(): Latency | null
  /** Percentiles up to the longest latency, evenly spread over the logarithm of 1 / (1 - percentile / 100). */
  spectrum(): LatencySpectrum['responseTime']
}

/** Points of a spectrum for each power of ten. */
const spectrumDensity = 20

export function createLatencies(): Latencies {
  // Microseconds, three significant digits; grows as needed, so that no latency is cut off.
  const histogram = build({
    autoResize: true,
    bitBucketSize: 32,
    numberOfSignificantValueDigits: 3,
    lowestDiscernibleValue: 1
  }) as JsHistogram
  let min = Number.POSITIVE_INFINITY
  let max = 0
  let sum = 0

  const at = (percentile: number) =>
    round(Math.min(max, Math.max(min, histogram.getValueAtPercentile(percentile) / 1000)))

  return {
    record(latencyMs, count = 1) {
      const measured = latencyMs > 0 ? latencyMs : 0
      // Less than a microsecond counts as one: the histogram has no zero.
      const micros = Math.round(measured * 1000)
      histogram.recordValueWithCount(micros > 0 ? micros : 1, count)
      if (measured < min) min = measured
      if (measured > max) max = measured
      sum += measured * count
    },
    add(other) {
      for (const [nth, value] of other.values.entries()) {
        histogram.recordValueWithCount(Math.round(value * 1000), other.counts[nth] ?? 0)
      }
      min = Math.min(min, other.min)
      max = Math.max(max, other.max)
      sum += other.sum
    },
    take() {
      const values: number[] = []
      const counts: number[] = []
      const iterator = histogram.recordedValuesIterator
      iterator.reset()
      while (iterator.hasNext()) {
        const { valueIteratedTo, countAtValueIteratedTo } = iterator.next()
        values.push(valueIteratedTo / 1000)
        counts.push(countAtValueIteratedTo)
      }
      const taken = { values: Float64Array.from(values), counts: Uint32Array.from(counts), min, max, sum }
      histogram.reset()
      min = Number.POSITIVE_INFINITY
      max = 0
      sum = 0
      return taken
    },
    summary() {
      if (histogram.totalCount === 0) return null
      return {
        min: round(min),
        p50: at(50),
        p95: at(95),
        p99: at(99),
        p999: at(99.9),
        max: round(max),
        mean: round(sum / histogram.totalCount)
      }
    },
    spectrum() {
      const records = histogram.totalCount
      if (records === 0) return []
      const points = Math.ceil(Math.log10(records) * spectrumDensity)
      const shares = Array.from({ length: points }, (_, nth) => 10 ** (-nth / spectrumDensity))
      const percentileOf = (share: number) => 100 * (1 - share)
      return [
        ...shares.map((share) => ({
          percentile: percentileOf(share),
          valueMs: share === 1 ? round(min) : at(percentileOf(share))
        })),
        { percentile: percentileOf(1 / records), valueMs: round(max) }
      ]
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Several of them as one. */
export function mergedCounts(all: readonly LatencyCounts[]): LatencyCounts {
  const [only] = all
  if (only && all.length === 1) return only
  const latencies = createLatencies()
  for (const each of all) latencies.add(each)
  return latencies.take()
}
