import type { Acl, AclFilter } from '../../contracts/acls.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, Reading } from '../model.ts'

export interface AclReading extends Reading<Acl[]> {
  /** Whether all brokers that answered have the same. */
  agreed: boolean
}

/** Reads and changes the ACLs that the cluster's authorizer keeps. A cluster without one: KopsError acls_unavailable. */
export interface AclAdmin {
  /**
   * What the brokers enforce, asked of each of them. A broker that does not answer, or has not heard of all ACLs yet, is named
   * in `warnings`.
   * @throws KopsError acls_unavailable, cluster_unreachable
   */
  list(filter: AclFilter, options: Deadline): Promise<AclReading>
  /**
   * Idempotent. @returns what was refused, by place in `acls`; the others were created
   * @throws KopsError acls_unavailable, controller_unavailable, cluster_unreachable (nothing was changed), kafka_timeout
   */
  create(acls: Acl[], options: { timeoutMs: number }): Promise<Map<number, KopsError>>
  /** Removes exactly these; those that are gone already count as removed. Otherwise as create(). */
  remove(acls: Acl[], options: { timeoutMs: number }): Promise<Map<number, KopsError>>
  close(): Promise<void>
}

/** What tells two ACLs apart: all of it. */
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
