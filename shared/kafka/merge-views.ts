import type { BrokerMetadata, BrokerView, ClusterMetadata, PartitionMetadata, TopicMetadata } from './ports.ts'

/** The views of the brokers that answered. */
export function metadataOf(views: readonly BrokerView[]): ClusterMetadata[] {
  return views.flatMap((view) => (view.reachable ? [view.metadata] : []))
}

/**
 * One view of the cluster out of those of its brokers. A broker that is cut off from its cluster goes on telling what it
 * knew last, so no single view is to be trusted:
 * - the controller and the cluster id are what most views say;
 * - a broker or a topic exists when at least half of the views have it (a stale view has what is gone);
 * - a partition is as the claim with the highest leader epoch says. Of equal epochs the claim that most views make counts,
 *   then the one with fewer in-sync replicas.
 */
export function mergeMetadata(views: readonly ClusterMetadata[]): ClusterMetadata {
  const quorum = views.length / 2
  return {
    clusterId: mostFrequent(views.map((view) => view.clusterId)),
    controllerId: mostFrequent(views.map((view) => view.controllerId)),
    brokers: inAtLeast(
      quorum,
      views.map((view) => view.brokers),
      (broker) => broker.id
    )
      .map(mergeBroker)
      .sort((a, b) => a.id - b.id),
    topics: inAtLeast(
      quorum,
      views.map((view) => view.topics),
      (topic) => topic.name
    )
      .map(mergeTopic)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** The claims about each item that is in at least `quorum` of the lists. */
function inAtLeast<T>(quorum: number, lists: readonly (readonly T[])[], keyOf: (item: T) => unknown): Claims<T>[] {
  const claims = new Map<unknown, Claims<T>>()
  for (const item of lists.flat()) {
    const known = claims.get(keyOf(item))
    if (known) known.push(item)
    else claims.set(keyOf(item), [item])
  }
  return Array.from(claims.values()).filter((items) => items.length >= quorum)
}

/** What the views say about one thing: at least one says something. */
type Claims<T> = [T, ...T[]]

function mergeBroker(claims: Claims<BrokerMetadata>): BrokerMetadata {
  return claims[0]
}

function mergeTopic(claims: Claims<TopicMetadata>): TopicMetadata {
  const [{ name, internal, id }] = claims
  const partitions = inAtLeast(
    0,
    claims.map((topic) => topic.partitions),
    (partition) => partition.partition
  )
  return {
    name,
    internal,
    ...(id === undefined ? {} : { id }),
    partitions: partitions.map(mergePartition).sort((a, b) => a.partition - b.partition)
  }
}

function mergePartition(claims: Claims<PartitionMetadata>): PartitionMetadata {
  const [first, ...others] = claims
  if (others.every((claim) => sameClaim(first, claim))) return first
  const epoch = Math.max(...claims.map(epochOf))
  const latest = claims.filter((claim) => epochOf(claim) === epoch)
  const votes = (claim: PartitionMetadata) => latest.filter((other) => sameClaim(claim, other)).length
  return latest.toSorted((a, b) => votes(b) - votes(a) || a.isr.length - b.isr.length)[0] ?? first
}

/** A partition that has never had a leader has no epoch. */
function epochOf({ leaderEpoch }: PartitionMetadata): number {
  return leaderEpoch ?? -1
}

function sameClaim(a: PartitionMetadata, b: PartitionMetadata): boolean {
  return (
    a.leaderEpoch === b.leaderEpoch &&
    a.leader === b.leader &&
    a.isr.length === b.isr.length &&
    a.isr.every((id) => b.isr.includes(id))
  )
}

/** The value that occurs most often; null is an abstention. Of equally frequent ones the first. */
function mostFrequent<T>(values: readonly (T | null)[]): T | null {
  const counts = new Map<T, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  let winner: T | null = null
  let most = 0
  for (const [value, count] of counts) {
    if (count > most) {
      winner = value
      most = count
    }
  }
  return winner
}
