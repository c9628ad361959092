import type { Acl } from '#shared/contracts/acls.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { RecreatePlan } from '#shared/contracts/topic-recreation.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { type AclAdmin, aclKey } from '#shared/kafka/acls/port.ts'

type RestoredAcl = NonNullable<RecreatePlan['acls']>[number]

/**
 * The ACLs on exactly this topic, not on a prefix or all topics. Kafka keeps them when the topic is deleted.
 * @returns null for a cluster without an authorizer; an empty list and a warning if they could not be read
 */
export async function readTopicAcls(
  admin: Pick<AclAdmin, 'list'>,
  topic: string,
  { deadlineMs }: { deadlineMs: number }
): Promise<{ acls: Acl[] | null; warnings: Warning[] }> {
  try {
    const filter = { resourceType: 'TOPIC', resourceName: topic, patternType: 'LITERAL' } as const
    const { value, warnings } = await admin.list(filter, { deadlineMs })
    return { acls: value, warnings }
  } catch (error) {
    if (isKopsError(error, 'acls_unavailable')) return { acls: null, warnings: [] }
    if (!isKopsError(error)) throw error
    const message = `Its ACLs could not be read: ${error.message}`
    return { acls: [], warnings: [{ code: error.code, message, target: topic }] }
  }
}

/**
 * The ACLs of a deleted topic that are missing now and must be restored; Kafka has kept the others.
 * @returns null if the cluster had no authorizer when the topic was deleted
 */
export async function planAclRestore(
  admin: Pick<AclAdmin, 'list'>,
  topic: string,
  kept: readonly Acl[] | null,
  { deadlineMs }: { deadlineMs: number }
): Promise<{ acls: RestoredAcl[] | null; warnings: Warning[] }> {
  if (kept === null || kept.length === 0) return { acls: kept === null ? null : [], warnings: [] }
  const { acls, warnings } = await readTopicAcls(admin, topic, { deadlineMs })
  const there = new Set(acls?.map(aclKey))
  const unread = acls === null || warnings.length > 0
  return {
    acls: kept.map((acl) => ({ ...acl, restored: there.has(aclKey(acl)) ? false : unread ? null : true })),
    warnings
  }
}

/** Restores missing ACLs; reports a refusal in its ACL and in the returned warnings. */
export async function restoreAcls(
  admin: Pick<AclAdmin, 'create'>,
  topic: string,
  acls: RestoredAcl[],
  { changeTimeoutMs }: { changeTimeoutMs: number }
): Promise<Warning[]> {
  const missing = acls.filter(({ restored }) => restored !== false)
  if (missing.length === 0) return []
  const warning = (code: string, message: string): Warning => ({
    code,
    message: `Not all of its ACLs were restored: ${message}`,
    target: topic
  })
  const bare = missing.map(({ restored: _, ...acl }) => acl)
  try {
    const refused = await admin.create(bare, { timeoutMs: changeTimeoutMs })
    for (const [index, acl] of missing.entries()) if (refused.has(index)) acl.restored = null
    return Array.from(refused.values(), ({ code, message }) => warning(code, message))
  } catch (error) {
    if (!isKopsError(error)) throw error
    for (const acl of missing) acl.restored = null
    return [warning(error.code, error.message)]
  }
}
