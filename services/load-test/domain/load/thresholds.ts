import type { LoadTestResult, ThresholdVerdict } from '#shared/contracts/load-test-result.ts'

/** What thresholds are checked against. */
export type Measured = Pick<LoadTestResult, 'acknowledged' | 'failed' | 'percentiles' | 'steadyState'>

/** A bound on one figure of a result. */
export interface Threshold {
  isMet(actual: number): boolean
  /** The figure in the threshold's unit; null if the result does not say. */
  read(measured: Measured): number | null
}

const shape =
  /^ *(errors|throughput|(?:service\.)?p(?:50|95|99|99\.9)) *(<=|>=|<|>|=) *(\d+(?:\.\d+)?) *(ms|s|%|\/s|) *$/

const comparisons: Record<string, (actual: number, bound: number) => boolean> = {
  '<': (actual, bound) => actual < bound,
  '<=': (actual, bound) => actual <= bound,
  '>': (actual, bound) => actual > bound,
  '>=': (actual, bound) => actual >= bound,
  '=': (actual, bound) => actual === bound
}

/** What a text has to be, for those whose text is not. */
export const thresholdRule =
  'must be like "p99 < 20ms", "service.p99 < 10ms" (p50, p95, p99 or p99.9, in ms or s), "errors = 0", "errors < 0.1%" or "throughput > 40000/s"'

/** @returns undefined if the text is no threshold */
export function parseThreshold(text: string): Threshold | undefined {
  const [, metric = '', comparison = '', number, unit = ''] = shape.exec(text) ?? []
  const read = readingOf(metric, unit)
  const compare = comparisons[comparison]
  if (!read || !compare) return undefined
  const bound = Number(number)
  return { isMet: (actual) => compare(actual, bound), read }
}

function readingOf(metric: string, unit: string): Threshold['read'] | undefined {
  if (metric === 'errors' && unit === '') return ({ failed }) => failed
  if (metric === 'errors' && unit === '%') {
    return ({ acknowledged, failed }) => (acknowledged + failed > 0 ? (failed / (acknowledged + failed)) * 100 : null)
  }
  if (metric === 'throughput' && (unit === '' || unit === '/s')) {
    return ({ steadyState }) => steadyState?.eventsPerSecond ?? null
  }
  const [, isService, percent] = /^(service\.)?p(.+)$/.exec(metric) ?? []
  if (percent === undefined || (unit !== 'ms' && unit !== 's')) return undefined
  const of = isService ? 'serviceTime' : 'responseTime'
  return ({ percentiles = [] }) => {
    const found = percentiles.find((each) => each.of === of && each.percentile === Number(percent))?.valueMs ?? null
    return found === null || unit === 'ms' ? found : found / 1000
  }
}

/**
 * Checks a result against its thresholds. What is not known is not passed: a percentile that rests on too few samples says
 * nothing.
 * @param thresholds that parseThreshold() takes
 */
export function judgeThresholds(thresholds: readonly string[], measured: Measured): ThresholdVerdict[] {
  return thresholds.map((threshold) => {
    const parsed = parseThreshold(threshold)
    const actual = parsed?.read(measured) ?? null
    return { threshold, actual, passed: actual !== null && parsed?.isMet(actual) === true }
  })
}
