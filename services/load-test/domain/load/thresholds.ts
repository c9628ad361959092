import type { GroupResult } from '#shared/contracts/load-consumption.ts'
import type { Percentile } from '#shared/contracts/load-latency.ts'
import type { LoadTestResult, ThresholdVerdict } from '#shared/contracts/load-test-result.ts'
import type { TransactionsResult } from '#shared/contracts/load-transactions.ts'

/** What thresholds are checked against. */
export type Measured = Pick<
  LoadTestResult,
  'acknowledged' | 'unconfirmed' | 'failed' | 'percentiles' | 'steadyState' | 'consumers'
> & { transactions?: TransactionsResult | undefined }

/** A bound on one figure of a result. */
export interface Threshold {
  /** The figure is one of consumer groups: the worst of them. */
  ofConsumers: boolean
  /** It is one of transactions. */
  ofTransactions: boolean
  isMet(actual: number): boolean
  /** The figure in the threshold's unit; null if the result does not say. */
  read(measured: Measured): number | null
}

const shape =
  /^ *(errors|throughput|lag|unconsumed|uncommitted|(?:(?:service|e2e|commit)\.)?p(?:50|95|99|99\.9)) *(<=|>=|<|>|=) *(\d+(?:\.\d+)?) *(ms|s|%|\/s|) *$/

const comparisons: Record<string, (actual: number, bound: number) => boolean> = {
  '<': (actual, bound) => actual < bound,
  '<=': (actual, bound) => actual <= bound,
  '>': (actual, bound) => actual > bound,
  '>=': (actual, bound) => actual >= bound,
  '=': (actual, bound) => actual === bound
}

const consumerFigure = /^(lag|unconsumed|e2e\.)/
const transactionFigure = /^(uncommitted|commit\.)/

/** What a text has to be, for those whose text is not. */
export const thresholdRule =
  'must be like "p99 < 20ms", "service.p99 < 10ms", "e2e.p99 < 50ms", "commit.p99 < 50ms" (p50, p95, p99 or p99.9, in ms or s), "lag = 0", "unconsumed = 0", "uncommitted = 0", "errors = 0", "errors < 0.1%" or "throughput > 40000/s"'

/** @returns undefined if the text is no threshold */
export function parseThreshold(text: string): Threshold | undefined {
  const [, metric = '', comparison = '', number, unit = ''] = shape.exec(text) ?? []
  const read = readingOf(metric, unit)
  const compare = comparisons[comparison]
  if (!read || !compare) return undefined
  const bound = Number(number)
  return {
    ofConsumers: consumerFigure.test(metric),
    ofTransactions: transactionFigure.test(metric),
    isMet: (actual) => compare(actual, bound),
    read
  }
}

function readingOf(metric: string, unit: string): Threshold['read'] | undefined {
  if (metric === 'errors' && unit === '') return ({ failed }) => failed
  if (metric === 'errors' && unit === '%') {
    return ({ acknowledged, unconfirmed = 0, failed }) => {
      const all = acknowledged + unconfirmed + failed
      return all > 0 ? (failed / all) * 100 : null
    }
  }
  if (metric === 'uncommitted' && unit === '') return ({ transactions }) => transactions?.uncommitted ?? null
  if (metric === 'throughput' && (unit === '' || unit === '/s')) {
    return ({ steadyState }) => steadyState?.eventsPerSecond ?? null
  }
  if ((metric === 'lag' || metric === 'unconsumed') && unit === '') {
    return ({ consumers }) => worstOf(consumers, (group) => group[metric])
  }
  const [, prefix, percent] = /^(service\.|e2e\.|commit\.)?p(.+)$/.exec(metric) ?? []
  if (percent === undefined || (unit !== 'ms' && unit !== 's')) return undefined
  const inUnit = (valueMs: number | null) => (valueMs === null || unit === 'ms' ? valueMs : valueMs / 1000)
  const within = (percentiles: Percentile[], of: Percentile['of']) =>
    percentiles.find((each) => each.of === of && each.percentile === Number(percent))?.valueMs ?? null
  if (prefix === 'e2e.') {
    return ({ consumers }) => inUnit(worstOf(consumers, ({ percentiles }) => within(percentiles, 'endToEnd')))
  }
  const of = prefix === 'commit.' ? 'commit' : prefix ? 'serviceTime' : 'responseTime'
  return ({ percentiles = [] }) => inUnit(within(percentiles, of))
}

/** null if any group does not say. */
function worstOf(groups: readonly GroupResult[] = [], figure: (group: GroupResult) => number | null): number | null {
  const figures = groups.map(figure).filter((each) => each !== null)
  return figures.length === 0 || figures.length < groups.length ? null : Math.max(...figures)
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
