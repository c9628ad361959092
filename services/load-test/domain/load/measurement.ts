import { build } from 'hdr-histogram-js'
import type { LoadTestResult } from '../../../../shared/contracts/load-test.ts'
import type { BatchOutcome } from '../../../../shared/kafka/producing/index.ts'

/** What one run measures, batch by batch. */
export interface Measurement {
  readonly acknowledged: number
  readonly failed: number
  add(outcome: BatchOutcome): void
  /** @param durationMs from the first event to the last outcome */
  result(durationMs: number): LoadTestResult
}

export function createMeasurement(): Measurement {
  // Microseconds; three digits; grows as far as it must, so that no latency is cut off.
  const latency = build({ autoResize: true, numberOfSignificantValueDigits: 3, lowestDiscernibleValue: 1 })
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
        if (outcome.sentAt !== null)
          latency.recordValue(Math.max(1, Math.round((outcome.endedAt - outcome.sentAt) * 1000)))
        return
      }
      failed += outcome.records
      if (outcome.status === 'indeterminate') indeterminate += outcome.records
      const code = outcome.code ?? 'UNKNOWN'
      errors.set(code, (errors.get(code) ?? 0) + outcome.records)
    },
    result(durationMs) {
      const milliseconds = (percentile: number) => round(latency.getValueAtPercentile(percentile) / 1000)
      return {
        acknowledged,
        failed,
        indeterminate,
        durationMs: round(durationMs),
        eventsPerSecond: durationMs > 0 ? round(acknowledged / (durationMs / 1000)) : 0,
        sendLatencyMs:
          latency.totalCount === 0
            ? null
            : {
                p50: milliseconds(50),
                p95: milliseconds(95),
                p99: milliseconds(99),
                max: round(latency.maxValue / 1000),
                mean: round(latency.mean / 1000)
              },
        uncompressedBytes,
        compressedBytes: acknowledged > 0 ? compressedBytes : null,
        compressionRatio:
          uncompressedBytes > 0 ? Math.round((compressedBytes / uncompressedBytes) * 1000) / 1000 : null,
        errors: Array.from(errors, ([code, count]) => ({ code, count }))
      }
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
