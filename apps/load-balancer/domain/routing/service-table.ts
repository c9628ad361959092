import type { ScoreReason } from '#shared/contracts/health-status.ts'
import type { AlgorithmName, HealthCheck, RoutingDecision, ServiceReport } from '#shared/contracts/load-balancer.ts'
import { median, scoreInstance } from './scores.ts'

/** What config-updates have said about a service. */
export interface ServiceConfig {
  algorithm: AlgorithmName
  weights: Record<string, number>
  drained: Record<string, boolean>
}

export type RoutedInstance = RoutingDecision['instances'][number] & { reasons: ScoreReason[]; report: ServiceReport }

/** How the traffic of a service is to be shared now. */
export interface ServiceTable {
  algorithm: AlgorithmName
  failOpen: boolean
  instances: RoutedInstance[]
}

/** An instance with a lower score gets no traffic. */
const leastScore = 20
/** Shares that differ by less do not make a decision: scores move a little all the time. */
const worthwhile = 0.05

export interface TableInput {
  reports: readonly ServiceReport[]
  checks: ReadonlyMap<string, HealthCheck>
  config: ServiceConfig
  /** Reports that are older, in milliseconds since 1970, are those of an instance that has stopped to report. */
  silentBefore: number
}

/**
 * The shares of a service's instances: configured weight times score, and nothing for one that is drained, silent, or below a score of
 * 20. When that leaves nobody, all that are not drained share by their configured weights, as Envoy does below its panic threshold: an
 * outage of the reports must not become one of the service. A pure function.
 */
export function tableOf({ reports, checks, config, silentBefore }: TableInput): ServiceTable {
  const isSilent = ({ timestamp }: ServiceReport) => Date.parse(timestamp) < silentBefore
  const speaking = reports.filter((report) => !isSilent(report))
  const latency = speaking.length > 1 ? median(speaking.map(({ metrics }) => metrics.p95Latency)) : 0
  const judged = reports.map((report) => {
    const { instanceId } = report
    const { score, reasons } = scoreInstance({ report, check: checks.get(instanceId) }, latency)
    const state = config.drained[instanceId]
      ? ('DRAINED' as const)
      : isSilent(report)
        ? ('SILENT' as const)
        : score < leastScore
          ? ('EJECTED' as const)
          : ('ACTIVE' as const)
    const configured = config.weights[instanceId] ?? 1
    return { instanceId, state, score, reasons, report, configured }
  })
  const weigh = (failOpen: boolean) =>
    judged.map(({ state, score, configured }) => {
      if (failOpen) return state === 'DRAINED' ? 0 : configured
      return state === 'ACTIVE' ? (configured * score) / 100 : 0
    })
  const regular = weigh(false)
  const failOpen = judged.some(({ state }) => state !== 'DRAINED') && regular.every((weight) => weight === 0)
  const weights = failOpen ? weigh(true) : regular
  const sum = weights.reduce((sum, weight) => sum + weight, 0)
  const instances = judged
    .map(({ configured: _, ...instance }, at) => {
      const weight = weights[at] ?? 0
      return { ...instance, weight, share: sum === 0 ? 0 : weight / sum }
    })
    .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1))
  return { algorithm: config.algorithm, failOpen, instances }
}

/** What differs between two tables enough to tell those who route; nothing if that is not worth a decision. */
export function differences(before: ServiceTable | undefined, after: ServiceTable): string[] {
  const old = new Map(before?.instances.map((instance) => [instance.instanceId, instance]))
  const reasons: string[] = []
  if (before && before.algorithm !== after.algorithm) {
    reasons.push(`algorithm ${before.algorithm} -> ${after.algorithm}`)
  }
  if (after.failOpen !== (before?.failOpen ?? false)) {
    reasons.push(after.failOpen ? 'no instance is healthy: all share the traffic' : 'an instance is healthy again')
  }
  for (const { instanceId, state, share, reasons: why } of after.instances) {
    const known = old.get(instanceId)
    old.delete(instanceId)
    if (known && known.state === state && Math.abs(known.share - share) < worthwhile) continue
    const change = known ? `share ${inPercent(known.share)} -> ${inPercent(share)}` : `new, share ${inPercent(share)}`
    const because = [...(state === 'ACTIVE' ? [] : [state]), ...why.map(({ message }) => message)].join(', ')
    reasons.push(`${instanceId}: ${change}${because === '' ? '' : ` (${because})`}`)
  }
  for (const instanceId of old.keys()) reasons.push(`${instanceId}: gone`)
  return reasons
}

function inPercent(share: number): string {
  return `${Math.round(share * 100)} %`
}
