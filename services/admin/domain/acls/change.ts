import type { Acl, AclFilter, AclPlan, NewAcl } from '#shared/contracts/acls.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { type AclAdmin, type AclReading, aclKey } from '#shared/kafka/acls/port.ts'
import { poll } from '#shared/poll.ts'
import type { ChangeTiming } from '../timing.ts'
import { pauses } from '../topics/agreement.ts'
import { assertMeaningful, completeAcl } from './rules.ts'

type Options = ChangeTiming & { dryRun: boolean }
type Change = AclPlan['changes'][number]

/**
 * Creates ACLs, and resolves once every live broker enforces them. Leaves existing ones unchanged.
 * @throws KopsError validation_failed, acls_unavailable: nothing was changed. kafka_refused, naming what was refused
 * and what was done
 */
export async function createAcls(admin: AclAdmin, wanted: NewAcl[], { dryRun, ...options }: Options): Promise<AclPlan> {
  const acls = [...new Map(wanted.map(completeAcl).map((acl) => [aclKey(acl), acl])).values()]
  assertMeaningful(acls)
  const existing = await admin.list({}, { deadlineMs: options.deadlineMs })
  const known = new Set(existing.value.map(aclKey))
  const missing = acls.filter((acl) => !known.has(aclKey(acl)))
  const warnings = [...existing.warnings, ...firstOnes(missing, existing.value)]
  if (!dryRun && missing.length > 0) {
    assertAllDone(missing, await admin.create(missing, { timeoutMs: options.changeTimeoutMs }), 'created')
    const keys = new Set(missing.map(aclKey))
    const late = await waitUntil(
      admin,
      options,
      ({ value }) => value.filter((acl) => keys.has(aclKey(acl))).length === keys.size
    )
    warnings.push(...late)
  }
  const changes = acls.map((acl): Change => {
    const action = known.has(aclKey(acl)) ? 'none' : 'create'
    return { acl, action, applied: action === 'create' && !dryRun }
  })
  return { action: 'create', dryRun, changes, warnings }
}

/**
 * Deletes the ACLs that a filter matches: exactly those of the plan, even if others that match it have appeared since.
 * @throws KopsError validation_failed without any filter, acls_unavailable: nothing was changed. kafka_refused, like
 * createAcls()
 */
export async function deleteAcls(
  admin: AclAdmin,
  filter: AclFilter,
  { dryRun, ...options }: Options
): Promise<AclPlan> {
  const { patternType: _, ...narrowing } = filter
  if (Object.values(narrowing).every((value) => value === undefined)) {
    throw new KopsError('validation_failed', 'Without a filter, all ACLs would be deleted; set at least one', {
      errors: [{ field: 'principal', message: 'or another filter is required' }]
    })
  }
  const matching = await admin.list(filter, { deadlineMs: options.deadlineMs })
  const acls = matching.value
  const warnings = [...matching.warnings]
  if (!dryRun && acls.length > 0) {
    assertAllDone(acls, await admin.remove(acls, { timeoutMs: options.changeTimeoutMs }), 'deleted')
    const keys = new Set(acls.map(aclKey))
    const late = await waitUntil(admin, options, ({ value }) => !value.some((acl) => keys.has(aclKey(acl))))
    warnings.push(...late)
  }
  return {
    action: 'delete',
    dryRun,
    changes: acls.map((acl) => ({ acl, action: 'delete', applied: !dryRun })),
    warnings
  }
}

/** Brokers learn of a change one after the other. @returns what has not reached every broker when the time is up */
async function waitUntil(
  admin: Pick<AclAdmin, 'list'>,
  { waitMs, deadlineMs, ...clock }: ChangeTiming,
  holds: (reading: AclReading) => boolean
): Promise<Warning[]> {
  const { done } = await poll(
    () => admin.list({}, { deadlineMs }),
    (reading) => holds(reading) && reading.agreed,
    { timeoutMs: waitMs, pauseMs: pauses, clock }
  )
  return done ? [] : [{ code: 'kafka_timeout', message: 'The change is done, but has not reached every broker yet' }]
}

/** The first ACL of a resource also shuts out everyone whom it does not name. */
function firstOnes(created: Acl[], existing: Acl[]): Warning[] {
  const resourceOf = ({ resourceType, resourceName, patternType }: Acl) =>
    `${resourceType} ${resourceName}${patternType === 'PREFIXED' ? ' (prefix)' : ''}`
  const guarded = new Set(existing.map(resourceOf))
  const first = new Set(created.map(resourceOf).filter((resource) => !guarded.has(resource)))
  return [...first].map((resource) => ({
    code: 'forbidden',
    message:
      'This is its first ACL: if the brokers set allow.everyone.if.no.acl.found, everyone had access until now; from now on only the named principals have',
    target: resource
  }))
}

function assertAllDone(acls: Acl[], refusals: Map<number, KopsError>, done: string): void {
  const [first] = refusals.values()
  if (first === undefined) return
  const errors = [...refusals].map(([index, error]) => ({ field: JSON.stringify(acls[index]), message: error.message }))
  const detail = `${acls.length - refusals.size} of ${acls.length} ACLs were ${done}; ${errors
    .map(({ field, message }) => `${field}: ${message}`)
    .join('; ')}`
  throw new KopsError(first.code, detail, { cause: first, kafkaError: first.kafkaError, errors })
}
