import type { Warning } from '../../../shared/contracts/common.ts'
import type { ClusterHealth, HealthReason, HealthStatus } from '../../../shared/contracts/health.ts'
import { endpointKey } from '../../../shared/kafka/endpoints.ts'
import { evaluateBrokers, evaluateZookeepers } from './brokers.ts'
import { evaluateGroups } from './lag.ts'
import { evaluateTopic, sumPartitions } from './partitions.ts'
import type { ClusterReadings } from './readings.ts'
import { findReasons } from './reasons.ts'

/** Judges one sweep: every number of the API and of the metrics comes from here. Pure. */
export function evaluate(readings: ClusterReadings): ClusterHealth {
  const { metadata, minInsyncReplicas, groups, committed, offsets, views } = readings
  const brokers = evaluateBrokers(readings)
  const zookeepers = evaluateZookeepers(readings.zookeepers)
  const topics = metadata?.topics.map((topic) => evaluateTopic(topic, minInsyncReplicas.get(topic.name))) ?? []
  const partitions = metadata ? sumPartitions(topics) : null
  const reasons = findReasons({ brokers, zookeepers, partitions, metadata, views, errors: readings.errors })
  return {
    status: statusOf(reasons),
    reasons,
    clusterId: metadata?.clusterId ?? null,
    brokers,
    zookeepers,
    partitions,
    topics,
    groups: evaluateGroups(
      groups ?? [],
      committed,
      offsets,
      new Set(topics.map(({ name }) => name)),
      !readings.errors.has('commits')
    ),
    asOf: readings.asOf.toISOString(),
    durationMs: Math.round(readings.durationMs),
    warnings: nameTargets(readings.warnings, [...brokers, ...zookeepers])
  }
}

/** The worst reason decides. */
export function statusOf(reasons: readonly Pick<HealthReason, 'severity'>[]): HealthStatus {
  if (reasons.some(({ severity }) => severity === 'down')) return 'DOWN'
  return reasons.length > 0 ? 'DEGRADED' : 'HEALTHY'
}

/** Warnings speak of nodes by name where it is known, not by address, and say the same of one thing once. */
function nameTargets(
  warnings: readonly Warning[],
  nodes: readonly { name: string; host: string; port: number }[]
): Warning[] {
  const names = new Map(nodes.map((node) => [endpointKey(node), node.name]))
  const distinct = new Map<string, Warning>()
  for (const warning of warnings) {
    const target = names.get(warning.target ?? '') ?? warning.target
    const key = `${warning.code} ${target}`
    if (!distinct.has(key)) distinct.set(key, target === undefined ? warning : { ...warning, target })
  }
  return Array.from(distinct.values())
}
