import type { ScoreReason } from '#shared/contracts/health-status.ts'
import type { HealthCheck, ServiceReport } from '#shared/contracts/load-balancer.ts'

/** What is known of an instance. */
export interface KnownInstance {
  report: ServiceReport
  /** The last health check of it, if there was one. */
  check: HealthCheck | undefined
}

/** A deduction that grows evenly from one value to another, and stays there. */
interface Ramp {
  code: string
  from: number
  to: number
  points: number
  /** null: it cannot be said. */
  measure: (instance: KnownInstance, medianLatency: number) => number | null
  inWords: (value: number) => string
}

const percent = (value: number) => `${Math.round(value * 1000) / 10} %`

const ramps: readonly Ramp[] = [
  {
    ...{ code: 'errors', from: 0.01, to: 0.1, points: 90 },
    measure: ({ report }) => report.metrics.errorRate,
    inWords: (value) => `${percent(value)} of the requests fail`
  },
  {
    ...{ code: 'latency', from: 2, to: 10, points: 60 },
    measure: ({ report }, median) => (median > 0 ? report.metrics.p95Latency / median : null),
    inWords: (value) => `p95 latency is ${value.toFixed(1)} times the median of the service`
  },
  {
    ...{ code: 'processors', from: 0.8, to: 1, points: 30 },
    measure: ({ report }) => report.metrics.cpuUsage,
    inWords: (value) => `${percent(value)} of the processors are in use`
  },
  {
    ...{ code: 'memory', from: 0.9, to: 1, points: 30 },
    measure: ({ report }) => report.metrics.memoryUsage,
    inWords: (value) => `${percent(value)} of the memory is in use`
  }
]

const checkPoints = { HEALTHY: 0, DEGRADED: 30, UNHEALTHY: 100, DOWN: 100 } as const

/**
 * How fit an instance is for traffic, from 0 to 100, and what was taken off. A pure function of what the instance reports and of the
 * last health check.
 * @param medianLatency of the p95 latencies of all instances of its service, in milliseconds; 0 if there is nothing to compare with
 */
export function scoreInstance(
  instance: KnownInstance,
  medianLatency: number
): { score: number; reasons: ScoreReason[] } {
  const reasons = ramps.flatMap(({ code, from, to, points, measure, inWords }): ScoreReason[] => {
    const value = measure(instance, medianLatency)
    if (value === null || value <= from) return []
    const weight = Math.round(points * Math.min(1, (value - from) / (to - from)) * 10) / 10
    return weight === 0 ? [] : [{ code, message: inWords(value), weight }]
  })
  const { check } = instance
  const weight = check === undefined ? 0 : checkPoints[check.status]
  if (check && weight > 0) {
    const kind = check.checkType === undefined ? 'health' : check.checkType
    reasons.push({ code: 'check', message: `its ${kind} check says ${check.status}`, weight })
  }
  const taken = reasons.reduce((sum, { weight }) => sum + weight, 0)
  return { score: Math.max(0, Math.round(100 - taken)), reasons }
}

/** The middle value; of an even number the lower one of the two, so that one slow instance of two does not hide itself. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0
}
