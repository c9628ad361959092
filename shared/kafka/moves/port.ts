import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, PartitionPlace, Reading } from '../model.ts'

/** The target replicas of a partition. */
export interface ReassignmentTarget extends PartitionPlace {
  /** Broker ids, the preferred leader first; null cancels the reassignment that is under way. */
  replicas: number[] | null
}

/** The controller's answer for one partition: accepted, or the reason why not. */
export interface ReassignmentOutcome extends PartitionPlace {
  /** null when the controller has accepted it. NO_REASSIGNMENT_IN_PROGRESS for a cancel that came too late. */
  error: KopsError | null
}

/** A reassignment that is under way. */
export interface OngoingReassignment extends PartitionPlace {
  /** All current replicas: those that stay, are added and are removed; in the order of the target first. */
  replicas: number[]
  addingReplicas: number[]
  removingReplicas: number[]
}

/**
 * Moves replicas between brokers (KIP-455): the controller copies, and drops the old replicas once the new ones are in
 * sync.
 */
export interface Reassignments {
  /**
   * Starts, redirects or cancels reassignments and resolves once the controller has accepted them, not once the data
   * has moved. A change of order alone, or fewer replicas, is immediate. Partitions succeed and fail independently.
   * @returns one outcome for each target
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout (perhaps accepted), kafka_refused (the
   * whole request)
   */
  alter(targets: ReassignmentTarget[], options: { timeoutMs: number }): Promise<ReassignmentOutcome[]>
  /**
   * The active reassignments according to the controller, by topic and partition.
   * @param places only these; undefined: all
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout
   */
  list(places: PartitionPlace[] | undefined, options: { timeoutMs: number }): Promise<OngoingReassignment[]>
  /** Idempotent. */
  close(): Promise<void>
}

export interface ElectionOutcome extends PartitionPlace {
  /** null if the leader was elected; ELECTION_NOT_NEEDED if the preferred one already led. */
  error: KopsError | null
}

export interface Replica extends PartitionPlace {
  broker: number
}

/** A replica's log end offset: the offset of its next record. */
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
  /** The log end offsets of replicas, leaders or not. Replicas that did not report are absent. */
  logEnds(replicas: Replica[], options: Deadline): Promise<Reading<ReplicaEnd[]>>
  /** Idempotent. */
  close(): Promise<void>
}
