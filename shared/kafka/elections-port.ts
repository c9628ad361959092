import type { KopsError } from '../errors/catalog.ts'
import type { PartitionPlace } from './reassignments-port.ts'

export interface ElectionOutcome extends PartitionPlace {
  /** null when the leader was elected; ELECTION_NOT_NEEDED when it was the preferred one already. */
  error: KopsError | null
}

/** Has leaders elected (KIP-183, KIP-460). */
export interface Elections {
  /**
   * Makes the first replica of each partition its leader, where it is in sync.
   * @returns one outcome for each partition
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout (perhaps elected), kafka_refused
   */
  electPreferred(places: PartitionPlace[], options: { timeoutMs: number }): Promise<ElectionOutcome[]>
  /** Idempotent. */
  close(): Promise<void>
}
