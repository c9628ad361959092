import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, PartitionPlace, Reading } from '../model.ts'

/** Where a partition's replicas should be. */
export interface ReassignmentTarget extends PartitionPlace {
  /** Broker ids, the preferred leader first; null cancels the reassignment that is under way. */
  replicas: number[] | null
}

/** What the controller said of one partition: it is on its way, or why not. */
export interface ReassignmentOutcome extends PartitionPlace {
  /** null when the controller has accepted it. NO_REASSIGNMENT_IN_PROGRESS for a cancel that came too late. */
  error: KopsError | null
}

/** A reassignment that is under way. */
export interface OngoingReassignment extends PartitionPlace {
  /** All replicas at the moment: those that stay, that come and that go; the order of the target first. */
  replicas: number[]
  addingReplicas: number[]
  removingReplicas: number[]
}

/** Moves replicas between brokers (KIP-455): the controller copies, and drops the old ones when the new ones are in sync. */
export interface Reassignments {
  /**
   * Starts, redirects or cancels reassignments and resolves when the controller has accepted them, not when the data has
   * moved. A change of order alone, or fewer replicas, is done at once. Partitions succeed and fail one by one.
   * @returns one outcome for each target
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout (perhaps accepted), kafka_refused (the
   *   request as a whole)
   */
  alter(targets: ReassignmentTarget[], options: { timeoutMs: number }): Promise<ReassignmentOutcome[]>
  /**
   * The reassignments that are under way, as the controller knows them, by topic and partition.
   * @param places only these; all of them when undefined
   * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout
   */
  list(places: PartitionPlace[] | undefined, options: { timeoutMs: number }): Promise<OngoingReassignment[]>
  /** Idempotent. */
  close(): Promise<void>
}

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
