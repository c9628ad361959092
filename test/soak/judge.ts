/** What a process takes at one time. */
export interface Sample {
  /** Seconds since the start. */
  at: number
  rssBytes: number
  /** Open files, sockets and pipes: /proc/<pid>/fd. */
  handles: number
  /** Of its log file. */
  logBytes: number
}

export type Measure = Exclude<keyof Sample, 'at'>

const mebibyte = 1024 * 1024
/** How much each may rise in an hour. A log grows with what is logged: it is bounded by rotation, and watched for floods. */
export const allowedPerHour: Record<Measure, number> = { rssBytes: 24 * mebibyte, handles: 6, logBytes: 64 * mebibyte }

export interface Trend {
  measure: Measure
  perHour: number
  allowedPerHour: number
  /** rises: more than allowed, and more than noise explains. unknown: too few samples to tell. */
  verdict: 'steady' | 'rises' | 'unknown'
}

/** With fewer, a collection of garbage more or less decides. */
const fewestSamples = 12

/**
 * Whether a process takes ever more: the slope of a line fitted over the second half of its samples, because a process
 * that has just started fills its caches. A slope within twice its standard error is noise. Pure.
 */
export function trendsOf(samples: readonly Sample[], allowed = allowedPerHour): Trend[] {
  const end = samples.at(-1)?.at ?? 0
  const half = samples.filter(({ at }) => at >= end / 2)
  const hours = half.map(({ at }) => at / 3600)
  return (['rssBytes', 'handles', 'logBytes'] as const).map((measure) => {
    const values = half.map((sample) => sample[measure])
    const { slope, error } = fittedLine(hours, measure === 'logBytes' ? written(values) : values)
    const rises = slope > allowed[measure] && slope > 2 * error
    const verdict = half.length < fewestSamples ? 'unknown' : rises ? 'rises' : 'steady'
    return { measure, perHour: slope, allowedPerHour: allowed[measure], verdict }
  })
}

/** How much was written to a file, from its sizes: one that has shrunk was emptied in between. */
export function written(sizes: readonly number[]): number[] {
  let [total, before] = [0, sizes[0] ?? 0]
  return sizes.map((size) => {
    total += size < before ? size : size - before
    before = size
    return total
  })
}

/** Least squares, and the standard error of the slope; both 0 where there is nothing to fit. */
export function fittedLine(xs: readonly number[], ys: readonly number[]): { slope: number; error: number } {
  const [meanX, meanY] = [mean(xs), mean(ys)]
  const spread = sum(xs.map((x) => (x - meanX) ** 2))
  if (spread === 0) return { slope: 0, error: 0 }
  const slope = sum(xs.map((x, index) => (x - meanX) * ((ys[index] ?? 0) - meanY))) / spread
  const left = sum(xs.map((x, index) => ((ys[index] ?? 0) - meanY - slope * (x - meanX)) ** 2))
  return { slope, error: xs.length > 2 ? Math.sqrt(left / (xs.length - 2) / spread) : 0 }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length)
