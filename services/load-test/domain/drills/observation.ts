import { type BrokerMetadata, type BrokerView, endpointKey, type PartitionMetadata } from '#shared/kafka/model.ts'

/** The drill's topic at one moment, according to all brokers that answered. */
export interface Observation {
  /** When the latest of the answers came, in monotonic milliseconds. */
  atMs: number
  /** Whether the broker that is watched answered. True if none is. */
  nodeReachable: boolean
  brokersReachable: number
  /** Partitions that any broker reported. */
  partitions: number
  leadersOnNode: number
  leaderless: number
  /** Whether every broker that answered lists every replica as in sync. */
  isrWhole: boolean
}

/**
 * Merges the views of several brokers. For each partition the claim with the highest leader epoch counts, because an
 * isolated broker keeps claiming its leaderships.
 */
export function observe(
  views: readonly BrokerView[],
  { topic, node, atMs }: { topic: string; node: Pick<BrokerMetadata, 'id' | 'host' | 'port'> | undefined; atMs: number }
): Observation {
  const reachable = views.filter((view) => view.reachable)
  const newest = new Map<number, PartitionMetadata>()
  let isrWhole = reachable.length > 0
  for (const { metadata } of reachable) {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? []
    if (partitions.length === 0) isrWhole = false
    for (const claim of partitions) {
      if (claim.isr.length < claim.replicas.length) isrWhole = false
      const known = newest.get(claim.partition)
      if (!known || (claim.leaderEpoch ?? -1) > (known.leaderEpoch ?? -1)) newest.set(claim.partition, claim)
    }
  }
  const claims = Array.from(newest.values())
  return {
    atMs,
    nodeReachable: !node || reachable.some(({ endpoint }) => endpointKey(endpoint) === endpointKey(node)),
    brokersReachable: reachable.length,
    partitions: claims.length,
    leadersOnNode: claims.filter(({ leader }) => leader !== null && leader === node?.id).length,
    leaderless: claims.filter(({ leader }) => leader === null).length,
    isrWhole
  }
}

/** Whether other brokers lead every partition. */
export function leadersMoved({ partitions, leadersOnNode, leaderless }: Observation): boolean {
  return partitions > 0 && leadersOnNode === 0 && leaderless === 0
}

/** Whether two observations differ in nothing but their time. */
export function sameObservation(a: Observation, b: Observation): boolean {
  return (Object.keys(a) as (keyof Observation)[]).every((key) => key === 'atMs' || a[key] === b[key])
}

/**
 * The first moment from an instant on at which a condition holds, by observations of which equal ones in between are missing:
 * what an observation shows holds until the next one. Undefined if there is none up to `untilMs`.
 */
export function firstMoment(
  observations: readonly Observation[],
  condition: (observation: Observation) => boolean,
  fromMs: number,
  untilMs: number | null = null
): number | undefined {
  const next = observations.findIndex(({ atMs }) => atMs >= fromMs)
  if (next < 0) return undefined
  const [before, first] = [observations[next - 1], observations[next]]
  if (before && first && condition(before) && condition(first)) return fromMs
  const found = observations.slice(next).find(condition)
  return found && (untilMs === null || found.atMs <= untilMs) ? found.atMs : undefined
}
