import type { AuditEvent } from '../../contracts/audit.ts'

/** The topic that keeps what was done, by whom and why. */
export interface AuditLog {
  /**
   * Resolves when all in-sync replicas have every event. An event may be written twice when an acknowledgement is lost: its
   * id tells.
   * @throws KopsError cluster_unreachable, not_enough_replicas, kafka_timeout or what kept the topic from being made
   */
  append(events: AuditEvent[]): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
