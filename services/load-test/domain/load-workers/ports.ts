import type { LoadOrder, PreparedLoad, SecondReport } from '../load/engine-port.ts'
import type { Announcement, ShareOrder, WorkerReport } from './messages.ts'

/** How load-test-service speaks with workers. What is sent arrives in order, or not at all. */
export interface ServiceLine {
  /**
   * @param onReport gets what workers report from now on
   * @throws KopsError cluster_unreachable, kafka_not_authorized, topic_not_ready
   */
  open(onReport: (report: WorkerReport) => void): Promise<OpenServiceLine>
}

export interface OpenServiceLine {
  /**
   * Gives an order to the worker that has the partition, even if that is another one by then.
   * @throws KopsError validation_failed if it is too large
   */
  order(partition: number, order: ShareOrder): void
  announce(announcement: Announcement): void
  /** Sends what waits. Idempotent. */
  close(): Promise<void>
}

/** How a worker speaks with load-test-service. */
export interface WorkerLine {
  /** @throws KopsError like ServiceLine.open() */
  open(listener: {
    onOrder: (order: ShareOrder) => void
    onAnnouncement: (announcement: Announcement) => void
  }): Promise<void>
  /** The partitions that its group has given it. */
  partitions(): number[]
  report(report: WorkerReport): void
  /** Leaves the group. Idempotent. */
  close(): Promise<void>
}

/** A share whose producer is connected. Times are milliseconds since the epoch, by the clock of this host. */
export interface PreparedShare {
  payload: PreparedLoad['payload']
  /**
   * Sends what is due from `fromMs` after the start on, and nothing while the share is not held. Resolves once each record
   * has its outcome, also when the share is not held any more. Rejects only if its thread dies.
   * @param start records: Infinity if only the time ends the run
   */
  run(
    start: { startAtMs: number; fromMs: number; records: number },
    signal: AbortSignal,
    onSecond: (report: SecondReport) => void
  ): Promise<{ durationMs: number }>
  holdUntil(epochMs: number): void
  close(): Promise<void>
}

/** Makes the load of a worker. */
export interface ShareEngine {
  /** @throws KopsError like LoadEngine.prepare() */
  prepare(order: LoadOrder, share: number): Promise<PreparedShare>
  close(): Promise<void>
}
