import type { KopsError } from '../errors/catalog.ts'
import type { PartitionPlace } from './partition-place.ts'
import type { Deadline, Reading } from './ports.ts'

export interface ElectionOutcome extends PartitionPlace {
  /** null when the leader was elected; ELECTION_NOT_NEEDED when it was the preferred one already. */
  error: KopsError | null
}

export interface Replica extends PartitionPlace {
  broker: number
}

/** Where a replica's log ends: the offset that its next record gets. */
export interface ReplicaEnd extends Replica {
  logEnd: number
}

/** Has leaders elected (KIP-183, KIP-460). */
export interface Elections {
  /**
   * Makes the first replica of each partition its leader, where it is in sync.
   * @returns one outcome for each partition
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout (perhaps elected), kafka_refused
   */
  electPreferred(places: PartitionPlace[], options: { timeoutMs: number }): Promise<ElectionOutcome[]>
  /**
   * Makes the first replica on a living broker the leader of each partition that has none, in sync or not. What that replica
   * lacks is lost for good.
   * @returns as electPreferred, and throws as it does
   */
  electUnclean(places: PartitionPlace[], options: { timeoutMs: number }): Promise<ElectionOutcome[]>
  /** Where the logs of replicas end, whether they lead or not. Replicas that did not say are absent. */
  logEnds(replicas: Replica[], options: Deadline): Promise<Reading<ReplicaEnd[]>>
  /** Idempotent. */
  close(): Promise<void>
}
