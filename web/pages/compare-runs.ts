import type { CompareQuery } from '#shared/contracts/load-comparison.ts'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import { chartsOf } from '#shared/load-report/run-charts.ts'
import { grouped, milliseconds } from '#shared/reports/figures.ts'
import type { LineChart } from '#shared/reports/line-chart.ts'

/** What is compared, as the page's address says it. */
export interface ComparedSides {
  a: string[]
  b: string[]
  /** In place of a. */
  baseline: string | undefined
  /** Parts of the environment that may differ, because they are what is compared. */
  varying: string[]
}

export type Side = 'a' | 'b'
export const sideNames: readonly Side[] = ['a', 'b']

const listed = (text: string | null) => (text ?? '').split(',').filter(Boolean)

/** The sides of an address: `?a=run,run&b=run`. */
export function sidesOf(query: URLSearchParams): ComparedSides {
  return {
    a: listed(query.get('a')),
    b: listed(query.get('b')),
    baseline: query.get('baseline') || undefined,
    varying: listed(query.get('varying'))
  }
}

/** The parameters of the address with one more thing in a list of it, or without it. */
export function toggled(sides: ComparedSides, of: Side | 'varying', name: string): Record<string, string | undefined> {
  const names = sides[of]
  const next = names.includes(name) ? names.filter((each) => each !== name) : [...names, name]
  return { [of]: next.join() || undefined, ...(of === 'a' ? { baseline: undefined } : {}) }
}

/** The comparison that is asked for; undefined while a side is missing. */
export function comparisonQuery({ a, b, baseline, varying }: ComparedSides): CompareQuery | undefined {
  if (b.length === 0 || (a.length === 0 && baseline === undefined)) return undefined
  return {
    ...(baseline === undefined ? { a: a.join() } : { baseline }),
    b: b.join(),
    ...(varying.length === 0 ? {} : { varying: varying.join() })
  }
}

/** Heads of `runRow`. */
export const runHead = ['Side', 'Run', 'Workload', 'Records/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'Failed']

/** The figures of one run by themselves, which no judgement is made of. */
export function runRow(side: Side, { id, workload, result }: LoadTestRun): string[] {
  const times = result?.responseTimeMs
  return [
    side,
    id,
    workload?.name ?? '—',
    rateOf(result),
    milliseconds(times?.p50),
    milliseconds(times?.p99),
    milliseconds(times?.p999),
    result ? grouped(result.failed) : '—'
  ]
}

/** What it sustained: of a search the highest rate that passed, if any did. */
function rateOf(result: LoadTestRun['result']): string {
  if (!result) return '—'
  const { search, steadyState, eventsPerSecond } = result
  const rate = search ? search.highestPass : (steadyState?.eventsPerSecond ?? eventsPerSecond)
  return rate === null ? '—' : grouped(rate)
}

/** What is laid over one another, of the charts of each report. */
const overlaid: Record<string, string> = { rate: 'Rate', times: 'Response time p99', lag: 'Schedule lag p99' }
const series: Record<string, string> = { times: 'response p99' }

/** The first run of each side over one another, from their starts on. */
export function overlayCharts(a: LoadTestReport, b: LoadTestReport): LineChart[] {
  const [ofA, ofB] = [chartsOf(a), chartsOf(b)]
  return Object.entries(overlaid).flatMap(([id, title]) => {
    const [chartA, chartB] = [ofA, ofB].map((charts) => charts.find((chart) => chart.id === id))
    const [lineA, lineB] = [chartA, chartB].map(
      (chart) => chart?.series.find(({ name }) => name === series[id]) ?? chart?.series[0]
    )
    if (!chartA || !chartB || !lineA || !lineB) return []
    const { unit } = chartA
    const lines = [
      { name: `a ${a.run.id}`, values: lineA.values, x: chartA.x },
      { name: `b ${b.run.id}`, values: lineB.values, x: chartB.x }
    ]
    const x = [chartA.x, chartB.x].toSorted((one, other) => (other.at(-1) ?? 0) - (one.at(-1) ?? 0))[0] ?? []
    return [{ id: `compare-${id}`, title, unit, x, series: lines }]
  })
}
