import type { ExpectedSeconds, LossCause } from '../contracts/what-if.ts'
import { brokerName, type PartitionPlace, placeKey } from '../kafka/model.ts'
import { coordinatorPartition, groupTopic } from './coordinators.ts'
import { acceptsWrites, type Circumstances, type Settled, settle } from './election.ts'
import type { KnownCluster, Place, Scenario } from './model.ts'
import { type QuorumFate, quorumFate } from './quorum.ts'
import { expectedSeconds } from './seconds.ts'

export interface LeaderMove extends PartitionPlace {
  from: number
  to: number
  /** The new leader is not in sync. */
  unclean: boolean
}

export interface PartitionLoss extends PartitionPlace {
  /** Its leader before. */
  from: number
  cause: LossCause
}

export interface GroupMove {
  group: string
  from: number
  /** null: no broker can coordinate it. */
  to: number | null
}

/** What a loss changes, compared with the cluster as it is once the controller has noticed every broker that is silent now. */
export interface Prediction {
  /** Whether anything of what is lost serves now. */
  serves: boolean
  /** Partitions that get another leader. */
  moves: LeaderMove[]
  /** Partitions that lose their leader without a successor. */
  offline: PartitionLoss[]
  /** Partitions that accept writes with acks=all before, and do not after; those that go offline included. */
  writesStop: PartitionLoss[]
  /** Topics whose min.insync.replicas is unknown: their partitions may stop to accept writes, too. */
  unknown: string[]
  groups: GroupMove[] | null
  /** Of the partitions that it leads; null if the traffic is unknown. */
  leaderBytesPerSecond: number | null
  quorum: QuorumFate
  seconds: ExpectedSeconds
}

/** Predicts losses of one cluster. Pure, apart from the index that it builds once: partitions by their replicas' brokers. */
export function createPredictor(cluster: KnownCluster): (scenario: Scenario) => Prediction {
  const held = placesByBroker(cluster)
  return (scenario) => predictOn(cluster, scenario, held)
}

/** What one loss does to a cluster. Pure. */
export function predict(cluster: KnownCluster, scenario: Scenario): Prediction {
  return createPredictor(cluster)(scenario)
}

function placesByBroker({ topics, minInsyncReplicas, uncleanElection }: KnownCluster): Map<number, Place[]> {
  const held = new Map<number, Place[]>()
  for (const { name: topic, partitions } of topics) {
    const ofTopic = {
      topic,
      minInsyncReplicas: minInsyncReplicas.get(topic),
      uncleanElection: uncleanElection.has(topic)
    }
    for (const partition of partitions) {
      const place = { ...ofTopic, partition }
      for (const id of partition.replicas) {
        const places = held.get(id)
        if (places) places.push(place)
        else held.set(id, [place])
      }
    }
  }
  return held
}

function predictOn(cluster: KnownCluster, scenario: Scenario, held: ReadonlyMap<number, Place[]>): Prediction {
  const { live, ensemble, mode, timings, traffic } = cluster
  // Brokers that stay in the cluster keep their leaderships.
  const isLoss = scenario.how !== 'slow' && scenario.how !== 'cutBrokers'
  const lost = new Set(isLoss ? scenario.brokers : [])
  const losing = scenario.brokers.some((id) => live.has(id))
  const quorum = quorumFate(cluster, scenario)
  const before: Circumstances = { isGone: (id) => !live.has(id), canElect: quorum.couldElect }
  const after: Circumstances = { isGone: (id) => lost.has(id) || !live.has(id), canElect: quorum.canElect }
  const inHealth: Circumstances = { isGone: (id) => lost.has(id), canElect: quorum.wouldElectInHealth }

  const moves: LeaderMove[] = []
  const offline: PartitionLoss[] = []
  const writesStop: PartitionLoss[] = []
  const unknown = new Set<string>()
  let bytes = 0
  const concerned = losing ? affected(scenario.brokers, held) : []
  for (const place of concerned) {
    const { topic, partition: metadata, uncleanElection } = place
    const { partition } = metadata
    const was = settle(metadata, uncleanElection, before)
    const is = settle(metadata, uncleanElection, after)
    if (was.leader === null) continue
    if (place.minInsyncReplicas === undefined) unknown.add(topic)
    if (is.leader !== was.leader) bytes += traffic?.get(placeKey(topic, partition)) ?? 0
    const loss = { topic, partition, from: was.leader }
    if (scenario.how === 'cutBrokers' && isStalled(place, was, scenario.brokers)) {
      writesStop.push({ ...loss, cause: 'configuration' })
    }
    if (is.leader === null) offline.push({ ...loss, cause: causeOf(place, inHealth, ({ leader }) => leader !== null) })
    else if (is.leader !== was.leader) moves.push({ ...loss, to: is.leader, unclean: is.unclean && !was.unclean })
    if (acceptsWrites(was, place, before) && !acceptsWrites(is, place, after)) {
      writesStop.push({ ...loss, cause: causeOf(place, inHealth, (whole) => acceptsWrites(whole, place, inHealth)) })
    }
  }
  const serving = ensemble.some(({ name, serves }) => serves && scenario.nodes.includes(name))
  return {
    serves: losing || serving,
    moves,
    offline,
    writesStop,
    unknown: Array.from(unknown),
    groups: groupMoves(cluster, moves, offline),
    leaderBytesPerSecond: traffic && bytes,
    quorum,
    seconds: expectedSeconds({
      how: scenario.how,
      mode,
      timings,
      losesBroker: scenario.brokers.length > 0,
      losesController: losesController(cluster, scenario),
      canElect: quorum.canElect,
      holdMs: scenario.holdMs,
      clientTimeoutMs: scenario.clientTimeoutMs
    })
  }
}

/** With ZooKeeper the controller is a broker; with KRaft a voter, which goes on as one while its broker is cut off from others. */
function losesController({ mode, controllerId }: KnownCluster, { brokers, nodes }: Scenario): boolean {
  if (controllerId === null) return false
  return mode === 'zookeeper' ? brokers.includes(controllerId) : nodes.includes(brokerName(controllerId))
}

/** Whether a leader that its followers cannot reach has to wait for one of them. */
function isStalled(
  { partition: { replicas }, minInsyncReplicas = 1 }: Place,
  { leader }: Settled,
  cutOff: readonly number[]
): boolean {
  return leader !== null && cutOff.includes(leader) && Math.min(minInsyncReplicas, replicas.length) > 1
}

function affected(brokers: readonly number[], held: ReadonlyMap<number, Place[]>): Iterable<Place> {
  const [only, ...more] = brokers
  if (only !== undefined && more.length === 0) return held.get(only) ?? []
  return new Set(brokers.flatMap((id) => held.get(id) ?? []))
}

/** Why a partition does not survive: whether it would, if every other replica were in sync. */
function causeOf(
  { partition: { replicas } }: Place,
  inHealth: Circumstances,
  survives: (settled: Settled) => boolean
): LossCause {
  if (replicas.length === 1) return 'singleReplica'
  const whole = settle({ leader: replicas[0] ?? null, isr: replicas, replicas }, false, inHealth)
  return survives(whole) ? 'degraded' : 'configuration'
}

function groupMoves(
  { topics, groups }: Pick<KnownCluster, 'topics' | 'groups'>,
  moves: readonly LeaderMove[],
  offline: readonly PartitionLoss[]
): GroupMove[] | null {
  if (groups === null) return null
  const partitions = topics.find(({ name }) => name === groupTopic)?.partitions.length ?? 0
  const moved = new Map<number, { from: number; to: number | null }>()
  for (const { topic, partition, from, to } of moves) if (topic === groupTopic) moved.set(partition, { from, to })
  for (const { topic, partition, from } of offline) if (topic === groupTopic) moved.set(partition, { from, to: null })
  if (moved.size === 0) return []
  return groups.flatMap((group) => {
    const move = moved.get(coordinatorPartition(group, partitions))
    return move ? [{ group, ...move }] : []
  })
}
