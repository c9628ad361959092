import type { HealthReason, HealthScore } from '#shared/contracts/health-status.ts'

/** One fault, with the same code as a reason for the status, in the score, and as an alert. */
export interface Finding<Code extends string = ClusterCode> {
  code: Code
  /** For people; its numbers match the counts. */
  message: string
  /** The affected share of the whole, 0 to 1, by which the score falls. */
  share: number
  /** Another severity than the table's. */
  severity?: Severity
  /** The argument of its command: the name of a node or group. */
  about?: string
}

type Severity = HealthReason['severity']

/** A reason costs `base` points if it applies at all, and up to `share` more in proportion to what it affects. */
interface Weight {
  base: number
  share: number
}

/** What a code means for the status, and what to do; without a severity it only costs points. */
interface Rule extends Weight {
  severity?: Severity
  /** A file of docs/runbooks, without its suffix. */
  runbook?: string
  /** The next command to run; `{}` stands for the affected node or group. */
  command?: string
}

/**
 * Everything that can be wrong with a cluster, worst first. Unavailable data outweighs lost redundancy, which outweighs
 * imbalance; a cluster that lost one broker of three, with every partition under-replicated, scores about 60.
 */
export const clusterRules = {
  no_broker_reachable: {
    ...{ base: 100, share: 0, severity: 'down' },
    ...{ runbook: 'kafka-brokers-unhealthy', command: 'kops cluster status' }
  },
  partitions_offline: {
    ...{ base: 40, share: 60, severity: 'down' },
    ...{ runbook: 'kafka-offline-partitions', command: 'kops topics list --offline' }
  },
  partitions_under_min_isr: {
    ...{ base: 20, share: 40, severity: 'degraded' },
    ...{ runbook: 'kafka-under-min-isr-partitions', command: 'kops topics list --under-min-isr' }
  },
  zookeeper_no_quorum: {
    ...{ base: 30, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-zookeeper-quorum-lost', command: 'kops cluster status' }
  },
  quorum_unavailable: {
    ...{ base: 30, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-kraft-quorum-lost', command: 'kops cluster status' }
  },
  no_controller: {
    ...{ base: 25, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-controller-count-wrong', command: 'kops cluster status' }
  },
  several_controllers: { base: 25, share: 0 },
  log_dir_offline: {
    ...{ base: 15, share: 15, severity: 'degraded' },
    ...{ runbook: 'kafka-log-dir-offline', command: 'kops brokers describe {}' }
  },
  broker_unreachable: {
    ...{ base: 10, share: 30, severity: 'degraded' },
    ...{ runbook: 'kafka-brokers-unhealthy', command: 'kops cluster logs {}' }
  },
  groups_stopped: {
    ...{ base: 10, share: 10, severity: 'degraded' },
    ...{ runbook: 'kafka-consumer-group-stuck', command: 'kops groups describe {}' }
  },
  broker_views_disagree: {
    ...{ base: 10, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-brokers-unhealthy', command: 'kops cluster status' }
  },
  zookeeper_unreachable: {
    ...{ base: 5, share: 10, severity: 'degraded' },
    ...{ runbook: 'kafka-zookeeper-nodes-unhealthy', command: 'kops cluster logs {}' }
  },
  quorum_voter_missing: { base: 5, share: 10 },
  partitions_under_replicated: {
    ...{ base: 5, share: 15, severity: 'degraded' },
    ...{ runbook: 'kafka-under-replicated-partitions', command: 'kops topics list --under-replicated' }
  },
  partitions_unconfirmed: {
    ...{ base: 5, share: 15, severity: 'degraded' },
    ...{ runbook: 'kafka-brokers-unhealthy', command: 'kops cluster status' }
  },
  log_dir_nearly_full: { base: 10, share: 10 },
  request_handlers_busy: { base: 5, share: 5 },
  request_queue_long: { base: 5, share: 0 },
  reading_incomplete: {
    ...{ base: 5, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-health-part-stale', command: 'kops brokers list' }
  },
  reading_stale: {
    ...{ base: 5, share: 0, severity: 'degraded' },
    ...{ runbook: 'kafka-health-reading-stale', command: 'kops cluster status' }
  },
  leaders_not_preferred: { base: 0, share: 5 },
  leaders_uneven: { base: 3, share: 0 }
} as const satisfies Record<HealthReason['code'], Required<Rule>> & Record<string, Rule>
export type ClusterCode = keyof typeof clusterRules

/** Points that a reason takes off a topic's 100. */
export const topicWeights = {
  partitions_offline: { base: 50, share: 50 },
  partitions_under_min_isr: { base: 30, share: 30 },
  partitions_under_replicated: { base: 10, share: 20 },
  partitions_unconfirmed: { base: 10, share: 20 },
  single_replica: { base: 10, share: 0 },
  leaders_not_preferred: { base: 0, share: 5 }
} as const satisfies Record<string, Weight>
export type TopicCode = keyof typeof topicWeights

/**
 * The findings that decide the status, in order of discovery.
 * @param asOf the time of the reading
 * @param before the reasons of the previous reading: one that still applies keeps its start
 */
export function reasonsOf(
  findings: readonly Finding[],
  asOf: string,
  before: readonly HealthReason[] = []
): HealthReason[] {
  const since = new Map(before.map((reason) => [reason.code, reason.since]))
  return findings.flatMap(({ code, message, severity, about = '' }) => {
    const rule = clusterRules[code]
    if (!('severity' in rule) || !isReason(code)) return []
    return {
      code,
      message,
      severity: severity ?? rule.severity,
      since: since.get(code) ?? asOf,
      runbook: rule.runbook,
      command: rule.command.replace('{}', () => shellWord(about))
    }
  })
}

function isReason(code: ClusterCode): code is HealthReason['code'] {
  return 'severity' in clusterRules[code]
}

/** 100 less the points of every finding, at least 0; what concerns nothing takes nothing off. */
export function scoreOf<Code extends string>(
  findings: readonly Pick<Finding<Code>, 'code' | 'message' | 'share'>[],
  weights: Record<Code, Weight>
): HealthScore {
  const reasons = findings
    .map(({ code, message, share }) => ({ code, message, weight: pointsOf(weights[code], share) }))
    .filter(({ weight }) => weight > 0)
  const points = reasons.reduce((sum, { weight }) => sum + weight, 0)
  // A reason that costs less than half a point must still show: 100 means that nothing is wrong.
  const score = points === 0 ? 100 : Math.min(99, Math.round(100 - points))
  return { score: Math.max(0, score), reasons: reasons.toSorted((a, b) => b.weight - a.weight) }
}

function pointsOf({ base, share: most }: Weight, share: number): number {
  return share > 0 ? Math.round((base + most * Math.min(1, share)) * 10) / 10 : 0
}

/** A name as one word of a shell's command line. */
function shellWord(name: string): string {
  return /^[\w./:@%+][\w./:@%+-]*$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}
