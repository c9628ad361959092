import { build } from 'hdr-histogram-js'

export interface LatencySummary {
  samples: number
  p50Ms: number | null
  p99Ms: number | null
}

/** The latencies of the last minutes. */
export interface Latencies {
  add(latencyMs: number, atMs: number): void
  /** @param nowMs on the scale of add()'s atMs */
  summary(nowMs: number): LatencySummary
}

/** @param maxSamples the oldest is dropped beyond it, whatever its age */
export function createLatencies(windowMs: number, maxSamples: number): Latencies {
  let samples: { latencyMs: number; atMs: number }[] = []

  return {
    add(latencyMs, atMs) {
      samples.push({ latencyMs, atMs })
      if (samples.length > maxSamples) samples.shift()
    },
    summary(nowMs) {
      samples = samples.filter(({ atMs }) => nowMs - atMs <= windowMs)
      if (samples.length === 0) return { samples: 0, p50Ms: null, p99Ms: null }
      // Microseconds, three digits.
      const histogram = build({ autoResize: true, numberOfSignificantValueDigits: 3, lowestDiscernibleValue: 1 })
      for (const { latencyMs } of samples) histogram.recordValue(Math.max(1, Math.round(latencyMs * 1000)))
      const milliseconds = (percentile: number) => roundMs(histogram.getValueAtPercentile(percentile) / 1000)
      return { samples: samples.length, p50Ms: milliseconds(50), p99Ms: milliseconds(99) }
    }
  }
}

/** To hundredths: finer is noise. */
export function roundMs(value: number): number {
  return Math.round(value * 100) / 100
}
