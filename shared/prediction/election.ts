import type { PartitionMetadata } from '../kafka/model.ts'
import type { Place } from './model.ts'

/** A partition after the controller has dealt with the brokers that are gone. */
export interface Settled {
  leader: number | null
  isr: readonly number[]
  /** The leader was not in sync: what only the lost replicas had is gone. */
  unclean: boolean
}

export interface Circumstances {
  isGone: (broker: number) => boolean
  /** Whether a quorum of ZooKeeper or of the controllers is left: without one, neither leaders nor ISRs change. */
  canElect: boolean
}

/**
 * What the controller makes of a partition, in both metadata modes: a leader that is gone is followed by the first replica, in
 * the order of the replicas, that is alive and in sync; with unclean election, by the first that is alive. Brokers that are
 * gone leave the ISR, except for its last member. (PartitionLeaderElectionAlgorithms with ZooKeeper, PartitionChangeBuilder
 * with KRaft. Eligible leader replicas, KIP-966, are not in the metadata that clients get, and do not count.)
 */
export function settle(
  { leader, isr, replicas }: Pick<PartitionMetadata, 'leader' | 'isr' | 'replicas'>,
  uncleanElection: boolean,
  { isGone, canElect }: Circumstances
): Settled {
  const leads = leader !== null && !isGone(leader)
  if (!canElect) return { leader: leads ? leader : null, isr, unclean: false }
  const left = isr.some(isGone) ? isr.filter((id) => !isGone(id)) : isr
  if (leads) return { leader, isr: left, unclean: false }
  const next = replicas.find((id) => left.includes(id))
  if (next !== undefined) return { leader: next, isr: left, unclean: false }
  const stale = uncleanElection ? replicas.find((id) => !isGone(id)) : undefined
  return stale === undefined ? { leader: null, isr, unclean: false } : { leader: stale, isr: [stale], unclean: true }
}

/**
 * Whether a partition acknowledges writes with acks=all. Brokers require no more in-sync replicas than there are replicas.
 * Without a quorum nobody takes a lost replica out of the ISR, and writes wait for it.
 */
export function acceptsWrites(
  { leader, isr }: Settled,
  { partition, minInsyncReplicas = 0 }: Pick<Place, 'partition' | 'minInsyncReplicas'>,
  { isGone, canElect }: Circumstances
): boolean {
  if (leader === null || (!canElect && isr.some(isGone))) return false
  return isr.length >= Math.min(minInsyncReplicas, partition.replicas.length)
}
