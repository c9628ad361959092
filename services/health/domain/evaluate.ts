import type { Warning } from '../../../shared/contracts/common.ts'
import type { ClusterHealth, HealthReason, HealthStatus } from '../../../shared/contracts/health.ts'
import { endpointKey } from '../../../shared/kafka/endpoints.ts'
import { countControllers, evaluateBrokers, leaderSkew } from './brokers.ts'
import { evaluateQuorum, evaluateZookeepers } from './ensemble.ts'
import { type JudgedGroup, toGroupHealth } from './groups/index.ts'
import { evaluateTopic, sumPartitions, sumSizes } from './partitions.ts'
import type { ClusterReadings } from './readings.ts'
import { findReasons } from './reasons.ts'
import { scoreCluster } from './score.ts'

/**
 * Judges one sweep: every number of the API and of the metrics comes from here. Pure.
 * @param groups as judgeGroups has judged them
 */
export function evaluate(readings: ClusterReadings, groups: readonly JudgedGroup[] = []): ClusterHealth {
  const { metadata, minInsyncReplicas, views } = readings
  const brokers = evaluateBrokers(readings)
  const zookeepers = evaluateZookeepers(readings.zookeepers)
  const quorum = readings.quorum && evaluateQuorum(readings.quorum)
  const sizes = sizesAreWhole(readings) ? sumSizes(readings.replicaSizes) : undefined
  const topics =
    metadata?.topics.map((topic) =>
      evaluateTopic(topic, minInsyncReplicas.get(topic.name), sizes?.get(topic.name) ?? null)
    ) ?? []
  const partitions = metadata ? sumPartitions(topics) : null
  const controllers = countControllers(brokers, readings.jmx)
  const skew = metadata && leaderSkew(metadata)
  const reasons = findReasons({ brokers, zookeepers, partitions, metadata, views, errors: readings.errors })
  const has = (code: HealthReason['code']) => reasons.some((reason) => reason.code === code)
  return {
    status: statusOf(reasons),
    reasons,
    score: scoreCluster({
      brokers,
      zookeepers,
      quorum,
      partitions,
      controllers,
      controllerKnown: metadata !== null && metadata.controllerId !== null,
      viewsDisagree: has('broker_views_disagree'),
      leaderSkew: skew,
      partsUnread: has('reading_incomplete') ? Array.from(readings.errors.keys()) : []
    }),
    clusterId: metadata?.clusterId ?? null,
    brokers,
    zookeepers,
    quorum,
    controllers,
    leaderSkew: skew,
    partitions,
    topics,
    groups: groups.map(toGroupHealth),
    asOf: readings.asOf.toISOString(),
    durationMs: Math.round(readings.durationMs),
    parts: Array.from(readings.parts, ([part, { asOf, durationMs, ok }]) => ({
      part,
      asOf: asOf.toISOString(),
      durationMs: Math.round(durationMs * 10) / 10,
      ok
    })),
    warnings: nameTargets(readings.warnings, [...brokers, ...zookeepers])
  }
}

/** A sum of which a broker's replicas are missing is no size; a broker that is gone for long is not asked any more. */
function sizesAreWhole({ parts, errors, known, logDirs }: ClusterReadings): boolean {
  const told = new Set(logDirs.map(({ broker }) => broker))
  const all = Array.from(known.keys()).every((id) => told.has(id))
  return all && parts.get('logDirs')?.ok === true && !errors.has('logDirs')
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
