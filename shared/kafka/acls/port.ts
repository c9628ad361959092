import type { Acl, AclFilter } from '../../contracts/acls.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, Reading } from '../model.ts'

export interface AclReading extends Reading<Acl[]> {
  /** Whether all brokers that answered have the same ACLs. */
  agreed: boolean
}

/** Reads and changes the ACLs that the cluster's authorizer keeps. A cluster without one: KopsError acls_unavailable. */
export interface AclAdmin {
  /**
   * The ACLs that the brokers enforce, read from each of them. `warnings` names brokers that do not answer, or do not
   * know all ACLs yet.
   * @throws KopsError acls_unavailable, cluster_unreachable
   */
  list(filter: AclFilter, options: Deadline): Promise<AclReading>
  /**
   * Idempotent. @returns the refused ACLs, by index in `acls`; the others were created
   * @throws KopsError acls_unavailable, controller_unavailable, cluster_unreachable (nothing was changed),
   * kafka_timeout
   */
  create(acls: Acl[], options: { timeoutMs: number }): Promise<Map<number, KopsError>>
  /** Removes exactly these; already missing ones count as removed. Otherwise like create(). */
  remove(acls: Acl[], options: { timeoutMs: number }): Promise<Map<number, KopsError>>
  close(): Promise<void>
}

/** The identity of an ACL: all of its fields. */
export function aclKey(acl: Acl): string {
  return JSON.stringify([
    acl.resourceType,
    acl.resourceName,
    acl.patternType,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permission
  ])
}
