import type { BrokerHealth, HealthReason, PartitionCounts, ZookeeperHealth } from '../../../shared/contracts/health.ts'
import { metadataOf } from '../../../shared/kafka/merge-views.ts'
import type { BrokerView, ClusterMetadata } from '../../../shared/kafka/ports.ts'
import type { Part } from './readings.ts'

/** What the rules look at. `partitions` and `metadata` are null when no broker answered. */
export interface Evidence {
  brokers: readonly BrokerHealth[]
  zookeepers: readonly ZookeeperHealth[]
  partitions: PartitionCounts | null
  metadata: ClusterMetadata | null
  views: readonly BrokerView[]
  errors: ReadonlyMap<Part, number>
}

/**
 * Why a cluster is not HEALTHY. The rules:
 *
 * DOWN, data is unavailable:
 * - no broker answers
 * - a partition has no leader: it can be neither read nor written
 * - every partition of the cluster is under min-ISR: no write with acks=all is accepted anywhere
 * - ZooKeeper serves no quorum and the brokers know no controller: no partition can fail over
 *
 * DEGRADED, it works with less redundancy or is not known in full:
 * - a broker does not answer, or answers and is no longer counted as a member by its cluster
 * - brokers name different leaders for a partition, or different clusters: one is cut off and goes on with what it knew
 * - some partitions are under min-ISR, or under-replicated
 * - a ZooKeeper node does not answer or serve; none does while a controller is known: leaders go on, nothing can fail over
 * - the brokers know no controller
 * - the metadata quorum of a KRaft cluster cannot be told: no leader of it is to be found
 * - a broker has given up a log directory
 * - a part of the reading failed for another cause than an unreachable broker
 */
export function findReasons(evidence: Evidence): HealthReason[] {
  return [
    ...brokerReasons(evidence),
    ...zookeeperReasons(evidence),
    ...quorumReasons(evidence),
    ...partitionReasons(evidence),
    ...diskReasons(evidence),
    ...readingReasons(evidence)
  ]
}

function brokerReasons({ brokers, metadata, views }: Evidence): HealthReason[] {
  if (!metadata) {
    return [reason('no_broker_reachable', 'down', `None of ${brokers.length} brokers answers`)]
  }
  const reasons: HealthReason[] = []
  const silent = brokers.filter(({ reachable }) => !reachable)
  if (silent.length > 0) {
    reasons.push(reason('broker_unreachable', 'degraded', `${namesOf(silent)} ${doesNot(silent)} answer`))
  }
  const members = new Set(metadata.brokers.map(({ id }) => id))
  const outcasts = brokers.filter(({ id, reachable }) => reachable && id !== null && !members.has(id))
  if (outcasts.length > 0) {
    const text = `${namesOf(outcasts)} ${outcasts.length === 1 ? 'answers and is' : 'answer and are'} not counted as alive by the cluster`
    reasons.push(reason('broker_views_disagree', 'degraded', text))
  }
  const disputed = countDisputed(views)
  if (disputed > 0) {
    reasons.push(
      reason('broker_views_disagree', 'degraded', `Brokers name different leaders for ${partitionsOf(disputed)}`)
    )
  }
  if (new Set(metadataOf(views).map(({ clusterId }) => clusterId)).size > 1) {
    reasons.push(reason('broker_views_disagree', 'degraded', 'The configured brokers belong to different clusters'))
  }
  if (metadata.controllerId === null) {
    reasons.push(reason('no_controller', 'degraded', 'The brokers know no controller: no leader can be elected'))
  }
  return reasons
}

function zookeeperReasons({ zookeepers, metadata }: Evidence): HealthReason[] {
  if (zookeepers.length === 0) return []
  const serving = zookeepers.filter(({ mode }) => mode !== null)
  // A node serves, as leader or follower, only while it is part of a quorum: one suffices as evidence.
  if (serving.length === 0) {
    const severity = metadata?.controllerId == null ? 'down' : 'degraded'
    return [
      reason(
        'zookeeper_no_quorum',
        severity,
        `None of ${zookeepers.length} ZooKeeper nodes serves: nothing can fail over`
      )
    ]
  }
  const others = zookeepers.filter(({ mode }) => mode === null)
  if (others.length === 0) return []
  return [reason('zookeeper_unreachable', 'degraded', `${namesOf(others)} ${doesNot(others)} serve`)]
}

/** Leaders go on without the controllers' quorum, as they do without ZooKeeper; nothing can fail over. */
function quorumReasons({ errors, metadata }: Evidence): HealthReason[] {
  if (!metadata || !errors.has('quorum')) return []
  return [
    reason('quorum_unavailable', 'degraded', 'The metadata quorum has no leader that answers: nothing can fail over')
  ]
}

function diskReasons({ brokers }: Evidence): HealthReason[] {
  const dead = brokers.flatMap(({ name, logDirs }) =>
    (logDirs ?? []).filter(({ online }) => !online).map(({ dir }) => `${dir} of ${name}`)
  )
  if (dead.length === 0) return []
  return [reason('log_dir_offline', 'degraded', `Log directories are offline: ${dead.join(', ')}`)]
}

function partitionReasons({ partitions }: Evidence): HealthReason[] {
  if (!partitions) return []
  const { total, offline, underMinIsr, underReplicated } = partitions
  const reasons: HealthReason[] = []
  if (offline > 0) {
    reasons.push(reason('partitions_offline', 'down', `${partitionsOf(offline)} of ${total} ${has(offline)} no leader`))
  }
  if (underMinIsr !== null && underMinIsr > 0) {
    const severity = underMinIsr === total ? 'down' : 'degraded'
    const text = `${partitionsOf(underMinIsr)} of ${total} ${has(underMinIsr)} fewer in-sync replicas than min.insync.replicas: writes with acks=all are refused`
    reasons.push(reason('partitions_under_min_isr', severity, text))
  }
  if (underReplicated > 0) {
    const text = `${partitionsOf(underReplicated)} of ${total} ${has(underReplicated)} fewer in-sync replicas than replicas`
    reasons.push(reason('partitions_under_replicated', 'degraded', text))
  }
  return reasons
}

const withReasonsOfTheirOwn: ReadonlySet<Part> = new Set(['brokers', 'metadata', 'zookeeper', 'quorum'])
/** The health of the cluster can be told without them: they have warnings only. */
const asides: ReadonlySet<Part> = new Set(['jmx', 'recordTimes'])

/** Brokers that do not answer have their own reason, and take parts of the others with them. */
function readingReasons({ errors, metadata, brokers }: Evidence): HealthReason[] {
  if (!metadata || brokers.some(({ reachable }) => !reachable)) return []
  const failed = Array.from(errors.keys()).filter((part) => !withReasonsOfTheirOwn.has(part) && !asides.has(part))
  return failed.length === 0
    ? []
    : [reason('reading_incomplete', 'degraded', `Could not be read in full: ${failed.join(', ')}`)]
}

/** Partitions for which two brokers name different leaders. */
function countDisputed(views: readonly BrokerView[]): number {
  const leaders = new Map<string, number>()
  const disputed = new Set<string>()
  for (const { topics } of metadataOf(views)) {
    for (const { name, partitions } of topics) {
      for (const { partition, leader } of partitions) {
        if (leader === null) continue
        const place = `${name}/${partition}`
        const other = leaders.get(place)
        if (other === undefined) leaders.set(place, leader)
        else if (other !== leader) disputed.add(place)
      }
    }
  }
  return disputed.size
}

function reason(code: HealthReason['code'], severity: HealthReason['severity'], message: string): HealthReason {
  return { code, message, severity }
}

function namesOf(nodes: readonly { name: string }[]): string {
  return nodes.map(({ name }) => name).join(', ')
}

function doesNot(nodes: readonly unknown[]): string {
  return nodes.length === 1 ? 'does not' : 'do not'
}

function has(count: number): string {
  return count === 1 ? 'has' : 'have'
}

function partitionsOf(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`
}
