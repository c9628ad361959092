import type { Acl, AclList, AclListQuery } from '#shared/contracts/acls.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { type AclAdmin, aclKey } from '#shared/kafka/acls/port.ts'
import type { ReadTiming } from '../timing.ts'

const defaultLimit = 1000

/**
 * One page of the ACLs that a filter matches, by resource.
 * @throws KopsError acls_unavailable, cluster_unreachable, or validation_failed on `cursor`
 */
export async function listAcls(
  admin: Pick<AclAdmin, 'list'>,
  { limit = defaultLimit, cursor, ...filter }: AclListQuery,
  { now, deadlineMs }: ReadTiming
): Promise<AclList> {
  const after = cursor === undefined ? undefined : decode(cursor)
  const { value, warnings } = await admin.list(filter, { deadlineMs })
  const keyed = value
    .map((acl) => ({ acl, key: aclKey(acl) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const page = keyed.slice(0, limit)
  const last = page.at(-1)
  return {
    acls: page.map(({ acl }): Acl => acl),
    ...(last !== undefined && keyed.length > limit ? { nextCursor: encode(last.key) } : {}),
    asOf: now().toISOString(),
    warnings
  }
}

function encode(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url')
}

function decode(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (key.startsWith('["') && encode(key) === cursor) return key
  throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this list')
}
