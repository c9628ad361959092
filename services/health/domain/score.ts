import type {
  BrokerHealth,
  HealthScore,
  LogDirHealth,
  PartitionCounts,
  QuorumHealth,
  ScoreReason,
  TopicHealth,
  ZookeeperHealth
} from '../../../shared/contracts/health.ts'

/** What a cluster's score looks at. `null` is what is not known: it takes nothing off. */
export interface ScoreEvidence {
  brokers: readonly BrokerHealth[]
  /** By the brokers' metadata. */
  controllerKnown: boolean
  /** Brokers that claim to be the controller. */
  controllers: number | null
  partitions: PartitionCounts | null
  zookeepers: readonly Pick<ZookeeperHealth, 'mode'>[]
  quorum: Pick<QuorumHealth, 'voters'> | null
  /** The brokers contradict each other. */
  viewsDisagree: boolean
  leaderSkew: number | null
  /** Parts that could not be read though all brokers answer. */
  partsUnread: readonly string[]
}

type TopicCounts = Pick<
  TopicHealth,
  'partitions' | 'underReplicated' | 'underMinIsr' | 'offline' | 'atMinIsr' | 'notPreferredLeader'
> & { replicationFactor: number }

/** A score falls by `base` when its reason holds at all and by up to `share` more with how much is concerned. */
interface Weight {
  base: number
  share: number
}

/**
 * Points that a reason takes off a cluster's 100, worst first. Unavailable data outweighs lost redundancy, and that what is
 * merely uneven; a cluster that lost one broker of three, with every partition under-replicated, comes to about 60.
 */
export const clusterWeights = {
  no_broker_reachable: { base: 100, share: 0 },
  partitions_offline: { base: 40, share: 60 },
  partitions_under_min_isr: { base: 20, share: 40 },
  no_controller: { base: 25, share: 0 },
  several_controllers: { base: 25, share: 0 },
  ensemble_without_quorum: { base: 30, share: 0 },
  log_dir_offline: { base: 15, share: 15 },
  broker_unreachable: { base: 10, share: 30 },
  partitions_under_replicated: { base: 5, share: 15 },
  broker_views_disagree: { base: 10, share: 0 },
  ensemble_node_missing: { base: 5, share: 10 },
  log_dir_nearly_full: { base: 10, share: 10 },
  request_handlers_busy: { base: 5, share: 5 },
  request_queue_long: { base: 5, share: 0 },
  reading_incomplete: { base: 5, share: 0 },
  leaders_not_preferred: { base: 0, share: 5 },
  leaders_uneven: { base: 3, share: 0 }
} as const satisfies Record<string, Weight>

/** Points that a reason takes off a topic's 100. */
export const topicWeights = {
  partitions_offline: { base: 50, share: 50 },
  partitions_under_min_isr: { base: 30, share: 30 },
  partitions_under_replicated: { base: 10, share: 20 },
  single_replica: { base: 10, share: 0 },
  leaders_not_preferred: { base: 0, share: 5 }
} as const satisfies Record<string, Weight>

/** Below this share of free room a log directory is nearly full. */
const lowRoom = 0.1
/** Below this share of idle time the request handlers are busy (the seeds of most Kafka dashboards take 0.3). */
const lowIdle = 0.3
/** Requests that wait; queued.max.requests, at which the network threads stop reading, is 500. */
const longQueue = 100
/** Leaders of the fullest broker by the mean. */
const unevenLeaders = 1.5

/**
 * A cluster's health in one number: 100 less the points of every reason that holds, at least 0. Each partition counts for
 * its worst trouble only. Pure.
 */
export function scoreCluster(evidence: ScoreEvidence): HealthScore {
  const { brokers, partitions, zookeepers, quorum } = evidence
  const reachable = brokers.filter((broker) => broker.reachable)
  const off = createDeductions(clusterWeights)
  if (reachable.length === 0) {
    off('no_broker_reachable', 1, 'No broker answers')
    return off.score()
  }
  const silent = brokers.length - reachable.length
  off('broker_unreachable', silent / brokers.length, `${silent} of ${brokers.length} brokers do not answer`)
  if (partitions) takeOffPartitions(off, partitions)
  off('no_controller', evidence.controllerKnown ? 0 : 1, 'The brokers know no controller')
  const claims = evidence.controllers ?? 1
  off('several_controllers', claims > 1 ? 1 : 0, `${claims} brokers claim to be the controller`)
  off('broker_views_disagree', evidence.viewsDisagree ? 1 : 0, 'The brokers contradict each other')

  const serving = zookeepers.filter(({ mode }) => mode !== null).length
  const missing = zookeepers.length - serving
  if (zookeepers.length > 0 && serving === 0) off('ensemble_without_quorum', 1, 'ZooKeeper serves no quorum')
  else off('ensemble_node_missing', missing / zookeepers.length, `${missing} ZooKeeper nodes do not serve`)
  const behind = quorum?.voters.filter(({ lag }) => lag === null).length ?? 0
  off('ensemble_node_missing', behind / (quorum?.voters.length ?? 1), `${behind} voters have not been heard of`)

  takeOffLoad(off, reachable)
  const unread = evidence.partsUnread
  off('reading_incomplete', unread.length > 0 ? 1 : 0, `Could not be read in full: ${unread.join(', ')}`)
  const skew = evidence.leaderSkew ?? 1
  off('leaders_uneven', skew > unevenLeaders ? 1 : 0, `One broker leads ${skew} times as many partitions as the mean`)
  return off.score()
}

/** A topic's health in one number, by the same rules. Pure. */
export function scoreTopic({ replicationFactor, ...counts }: TopicCounts): HealthScore {
  const off = createDeductions(topicWeights)
  takeOffPartitions(off, { ...counts, total: counts.partitions })
  off('single_replica', replicationFactor === 1 ? 1 : 0, 'It has one replica: it is lost with its broker')
  return off.score()
}

type PartitionReason =
  | 'partitions_offline'
  | 'partitions_under_min_isr'
  | 'partitions_under_replicated'
  | 'leaders_not_preferred'

function takeOffPartitions(off: Deductions<PartitionReason>, counts: PartitionCounts): void {
  const { total, offline, underReplicated, notPreferredLeader } = counts
  if (total === 0) return
  // An offline partition is under min-ISR too, and one that is under min-ISR is under-replicated.
  const refusing = Math.max(0, (counts.underMinIsr ?? 0) - offline)
  const thin = Math.max(0, underReplicated - Math.max(offline, counts.underMinIsr ?? 0))
  off('partitions_offline', offline / total, `${offline} of ${total} partitions have no leader`)
  off('partitions_under_min_isr', refusing / total, `${refusing} of ${total} partitions refuse writes with acks=all`)
  off(
    'partitions_under_replicated',
    thin / total,
    `${thin} of ${total} partitions have fewer in-sync replicas than replicas`
  )
  off(
    'leaders_not_preferred',
    notPreferredLeader / total,
    `${notPreferredLeader} of ${total} partitions are not led by their preferred leader`
  )
}

function takeOffLoad(off: Deductions<keyof typeof clusterWeights>, brokers: readonly BrokerHealth[]): void {
  const dirs = brokers.flatMap(({ logDirs }) => logDirs ?? [])
  const dead = dirs.filter(({ online }) => !online).length
  off('log_dir_offline', dead / dirs.length, `${dead} of ${dirs.length} log directories are offline`)
  const full = dirs.filter((dir) => dir.online && roomOf(dir) < lowRoom).length
  off('log_dir_nearly_full', full / dirs.length, `${full} of ${dirs.length} log directories have less than 10 % left`)
  const busy = brokers.filter(({ handlerIdleRatio }) => (handlerIdleRatio ?? 1) < lowIdle).map(({ name }) => name)
  off('request_handlers_busy', busy.length / brokers.length, `Request handlers of ${busy.join(', ')} are busy`)
  const long = brokers.filter(({ requestQueueSize }) => (requestQueueSize ?? 0) > longQueue).map(({ name }) => name)
  off('request_queue_long', long.length > 0 ? 1 : 0, `Requests wait in line at ${long.join(', ')}`)
}

function roomOf({ totalBytes, usableBytes }: LogDirHealth): number {
  return totalBytes === null || usableBytes === null || totalBytes === 0 ? 1 : usableBytes / totalBytes
}

interface Deductions<Code extends string> {
  /** @param share 0-1 of what is concerned; nothing is taken off for 0 */
  (code: Code, share: number, message: string): void
  score(): HealthScore
}

function createDeductions<Code extends string>(weights: Record<Code, Weight>): Deductions<Code> {
  const reasons: ScoreReason[] = []
  const off = (code: Code, share: number, message: string): void => {
    // Nothing of nothing is NaN: it does not hold either.
    if (!(share > 0)) return
    const { base, share: most } = weights[code]
    reasons.push({ code, message, weight: Math.round((base + most * Math.min(1, share)) * 10) / 10 })
  }
  return Object.assign(off, {
    score() {
      const points = reasons.reduce((sum, { weight }) => sum + weight, 0)
      // A reason that takes off less than half a point still shows: 100 says that nothing is wrong.
      const score = points === 0 ? 100 : Math.min(99, Math.round(100 - points))
      return { score: Math.max(0, score), reasons: reasons.toSorted((a, b) => b.weight - a.weight) }
    }
  })
}
