import type { FigureName } from '#shared/contracts/compared-runs.ts'
import type { FigureComparison, LoadTestComparison, LoadTestHistory } from '#shared/contracts/load-comparison.ts'
import { counted, grouped, milliseconds } from '../reports/figures.ts'

/** What the figures of a comparison are called. */
export const figureNames: Record<FigureName, string> = {
  throughput: 'rate',
  responseP50: 'response p50',
  responseP99: 'response p99',
  serviceP99: 'service p99',
  clientCost: 'client cost'
}

const units: Record<FigureName, string> = {
  throughput: 'records/s',
  responseP50: 'ms',
  responseP99: 'ms',
  serviceP99: 'ms',
  clientCost: 'µs/record'
}

const reasons: Record<NonNullable<FigureComparison['because']>, string> = {
  tooFewRuns: 'so few runs cannot show a difference in so many figures',
  notPositive: 'a run has 0',
  noDifferenceShown: 'no difference shown',
  withinReachOfMargin: 'differs by about the margin of 3 %'
}

/** Heads of `comparisonRow`. */
export function comparisonHead(figures: readonly FigureComparison[]): string[] {
  const level = Math.round((figures.find((each) => each.level !== null)?.level ?? 0.9) * 100)
  return ['FIGURE', 'A', 'B', 'CHANGE', `${level} % INTERVAL`, 'P', 'VERDICT']
}

/** A figure of a comparison, as a row below `comparisonHead`. */
export function comparisonRow({
  figure,
  a,
  b,
  ratio,
  low,
  high,
  adjustedP,
  verdict,
  because
}: FigureComparison): string[] {
  const percent = (value: number | null) => (value === null ? '-' : signed((value - 1) * 100))
  return [
    `${figureNames[figure]}, ${units[figure]}`,
    figureText(figure, a),
    figureText(figure, b),
    ratio === null ? '-' : `${percent(ratio)}%`,
    low === null ? '-' : `${percent(low)} to ${percent(high)}`,
    adjustedP === null ? '-' : adjustedP.toFixed(3),
    because === null ? verdict : `${verdict}: ${reasons[because]}`
  ]
}

/** One side of a comparison. */
export function sideInWords({ baseline, workload, workloadHash, runs }: LoadTestComparison['a']): string {
  const of = `${counted(runs.length, 'run')} of ${workload ?? 'an unknown workload'} (${workloadHash ?? 'unknown'})`
  return baseline === null ? of : `baseline ${baseline}: ${of}`
}

/** What is not compared, and what to know about what is. */
export function comparisonNotes({ refusals, differing, leftOut, notes }: LoadTestComparison): string[] {
  return [
    ...(refusals.length > 0
      ? []
      : differing.map(({ part, a, b }) => `Differs: ${part} (${a ?? 'unknown'}, ${b ?? 'unknown'})`)),
    ...leftOut.map(({ figure, reason }) => `Left out: ${figureNames[figure]}, because ${reason}`),
    ...notes.map((note) => `Note: ${note}`)
  ]
}

/** A figure with its digits, `-` where it is not known. */
export function figureText(figure: FigureName, value: number | null): string {
  if (value === null) return '-'
  return figure === 'throughput' ? grouped(value) : milliseconds(value)
}

/** A change in percent with its sign. */
function signed(percent: number): string {
  const shown = percent.toFixed(1)
  if (Number(shown) === 0) return '0.0'
  return percent > 0 ? `+${shown}` : shown
}

/** Where the figures of a workload changed for good. */
export function changeInWords({ figure, magnitude, verdict }: LoadTestHistory['changes'][number]): string {
  const by = magnitude === null ? '' : ` ${signed(magnitude * 100)}%`
  return `${figureNames[figure]}${by}${verdict === null ? '' : `, ${verdict}`}`
}
