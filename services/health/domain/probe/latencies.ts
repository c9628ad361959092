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
      const sorted = samples.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
      return { samples: sorted.length, p50Ms: percentileOf(sorted, 50), p99Ms: percentileOf(sorted, 99) }
    }
  }
}

/** Nearest rank: always one of the values. null without values. */
function percentileOf(sorted: readonly number[], percentile: number): number | null {
  const value = sorted[Math.ceil((sorted.length * percentile) / 100) - 1]
  return value === undefined ? null : roundMs(value)
}

/** Rounded to hundredths: anything finer is noise. */
export function roundMs(value: number): number {
  return Math.round(value * 100) / 100
}
