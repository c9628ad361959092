import { build } from 'hdr-histogram-js'
import type { Latency, LoadTestResult } from '#shared/contracts/load-test.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'

/** The measurements of one run, batch by batch. */
export interface Measurement {
  readonly acknowledged: number
  readonly failed: number
  add(outcome: BatchOutcome): void
  /** @param durationMs from the first event to the last outcome */
  result(durationMs: number): LoadTestResult
}

export function createMeasurement(): Measurement {
  const latencies = createLatencies()
  const errors = new Map<string, number>()
  let acknowledged = 0
  let failed = 0
  let indeterminate = 0
  let uncompressedBytes = 0
  let compressedBytes = 0

  return {
    get acknowledged() {
      return acknowledged
    },
    get failed() {
      return failed
    },
    add(outcome) {
      if (outcome.status === 'acknowledged') {
        acknowledged += outcome.records
        uncompressedBytes += outcome.uncompressedBytes
        compressedBytes += outcome.compressedBytes
        if (outcome.sentAt !== null) latencies.add(outcome.endedAt - outcome.sentAt)
        return
      }
      failed += outcome.records
      if (outcome.status === 'indeterminate') indeterminate += outcome.records
      const code = outcome.code ?? 'UNKNOWN'
      errors.set(code, (errors.get(code) ?? 0) + outcome.records)
    },
    result(durationMs) {
      return {
        acknowledged,
        failed,
        indeterminate,
        durationMs: round(durationMs),
        eventsPerSecond: durationMs > 0 ? round(acknowledged / (durationMs / 1000)) : 0,
        sendLatencyMs: latencies.summary(),
        uncompressedBytes,
        compressedBytes: acknowledged > 0 ? compressedBytes : null,
        compressionRatio:
          uncompressedBytes > 0 ? Math.round((compressedBytes / uncompressedBytes) * 1000) / 1000 : null,
        errors: Array.from(errors, ([code, count]) => ({ code, count }))
      }
    }
  }
}

/**
 * The latencies of a run, in milliseconds. A percentile is the highest value of its histogram bucket, up to a
 * thousandth more than any measured latency; the exact extremes bound it.
 */
function createLatencies(): { add(latencyMs: number): void; summary(): Latency | null } {
  // Microseconds, three significant digits; grows as needed, so that no latency is cut off.
  const histogram = build({ autoResize: true, numberOfSignificantValueDigits: 3, lowestDiscernibleValue: 1 })
  let min = Number.POSITIVE_INFINITY
  let max = 0
  let sum = 0

  return {
    add(latencyMs) {
      const measured = Math.max(0, latencyMs)
      histogram.recordValue(Math.max(1, Math.round(measured * 1000)))
      min = Math.min(min, measured)
      max = Math.max(max, measured)
      sum += measured
    },
    summary() {
      if (histogram.totalCount === 0) return null
      const at = (percentile: number) =>
        round(Math.min(max, Math.max(min, histogram.getValueAtPercentile(percentile) / 1000)))
      return {
        min: round(min),
        p50: at(50),
        p95: at(95),
        p99: at(99),
        p999: at(99.9),
        max: round(max),
        mean: round(sum / histogram.totalCount)
      }
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
