import type { AuditEvent } from '../../contracts/audit.ts'

/** The topic that records what was done, by whom and why. */
export interface AuditLog {
  /**
   * Resolves once all in-sync replicas have every event. An event may be written twice if an acknowledgement is lost;
   * its id reveals that.
   * @throws KopsError cluster_unreachable, not_enough_replicas, kafka_timeout or the error of creating the topic
   */
  append(events: AuditEvent[]): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
