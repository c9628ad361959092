import type { ComparedRun, FigureName, Figures } from '#shared/contracts/compared-runs.ts'
import type { Percentile } from '#shared/contracts/load-latency.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult } from '#shared/contracts/load-test-result.ts'

/** What runs are compared by, and which side of it is good. */
export const figures: { name: FigureName; better: 'higher' | 'lower' }[] = [
  { name: 'throughput', better: 'higher' },
  { name: 'responseP50', better: 'lower' },
  { name: 'responseP99', better: 'lower' },
  { name: 'serviceP99', better: 'lower' },
  { name: 'clientCost', better: 'lower' }
]

/** What a comparison needs of a run. */
export function comparedRun(run: LoadTestRun): ComparedRun {
  const { id, createdAt, status, workload, workloadHash, fingerprint, result } = run
  return {
    id,
    createdAt,
    status,
    workload: workload?.name ?? null,
    workloadHash: workloadHash ?? null,
    fingerprint: fingerprint ?? null,
    limitedBy: result?.limitedBy ?? null,
    steadyState: result?.steadyState?.status ?? null,
    failed: result?.failed ?? 0,
    ...(result?.unconfirmed === undefined ? {} : { unconfirmed: true }),
    figures: figuresOf(result)
  }
}

function figuresOf(result: LoadTestResult | null): Figures {
  const percentile = (of: Percentile['of'], percent: number) =>
    result?.percentiles?.find((each) => each.of === of && each.percentile === percent)?.valueMs ?? null
  return {
    // What a search has found; the rate of its soak follows from that.
    throughput: result?.search ? result.search.highestPass : (result?.steadyState?.eventsPerSecond ?? null),
    responseP50: percentile('responseTime', 50),
    responseP99: percentile('responseTime', 99),
    serviceP99: percentile('serviceTime', 99),
    clientCost: result?.clientMicrosPerRecord ?? null
  }
}
