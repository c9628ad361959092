import t from 'tap'
import { createAcls, deleteAcls } from '#services/admin/domain/acls/change.ts'
import { listAcls } from '#services/admin/domain/acls/list.ts'
import { assertMeaningful, completeAcl } from '#services/admin/domain/acls/rules.ts'
import type { Acl, NewAcl } from '#shared/contracts/acls.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { type AclAdmin, aclKey } from '#shared/kafka/acls/port.ts'
import { manualClock } from '../../../../manual-clock.ts'

const wanted: NewAcl = { resourceType: 'TOPIC', resourceName: 'a', principal: 'User:alice', operation: 'READ' }
const timing = {
  waitMs: 100,
  deadlineMs: 100,
  changeTimeoutMs: 100,
  ...manualClock(),
  dryRun: false
}

/** ACLs as plain data. `late`: the number of readings in which one broker does not know the last change. */
function plainAcls(acls: Acl[] = [], late = 0) {
  const stored = new Map(acls.map((acl) => [aclKey(acl), acl]))
  const changes: string[] = []
  let behind = late
  const admin: AclAdmin = {
    async list({ principal }) {
      const value = [...stored.values()].filter((acl) => principal === undefined || acl.principal === principal)
      const agreed = changes.length === 0 || behind-- <= 0
      return { value, warnings: [], agreed }
    },
    async create(created) {
      for (const acl of created) stored.set(aclKey(acl), acl)
      changes.push(`create ${created.length}`)
      return new Map()
    },
    async remove(removed) {
      for (const acl of removed) stored.delete(aclKey(acl))
      changes.push(`remove ${removed.length}`)
      return new Map()
    },
    async close() {}
  }
  return { admin, stored, changes }
}

t.test('an ACL defaults to any host, the literal name, and ALLOW', async (t) => {
  t.match(completeAcl(wanted), { host: '*', patternType: 'LITERAL', permission: 'ALLOW' })
})

t.test('ACLs that no authorizer would ever apply are refused with their field', async (t) => {
  const acl = completeAcl(wanted)
  const cases: { change: Partial<Acl>; field: string | undefined }[] = [
    { change: {}, field: undefined },
    { change: { host: '10.1.2.3' }, field: undefined },
    { change: { host: 'fe80::1' }, field: undefined },
    { change: { host: '10.1.2.300' }, field: 'host' },
    { change: { host: '1.2.3' }, field: 'host' },
    { change: { operation: 'CLUSTER_ACTION' }, field: 'operation' },
    { change: { resourceType: 'GROUP', operation: 'WRITE' }, field: 'operation' },
    { change: { resourceType: 'CLUSTER', operation: 'ALTER' }, field: 'resourceName' },
    { change: { resourceType: 'CLUSTER', operation: 'ALTER', resourceName: 'kafka-cluster' }, field: undefined },
    { change: { resourceName: '*', patternType: 'PREFIXED' }, field: 'resourceName' }
  ]
  for (const { change, field } of cases) {
    const check = () => assertMeaningful([acl, { ...acl, ...change }])
    if (field === undefined) t.doesNotThrow(check, JSON.stringify(change))
    else t.throws(check, { code: 'validation_failed', errors: [{ field: `acls.1.${field}` }] }, JSON.stringify(change))
  }
})

t.test('a dry run plans what the real call does, and only missing ACLs are created, once', async (t) => {
  const { admin, changes, stored } = plainAcls([], 3)
  const both = [wanted, { ...wanted, operation: 'WRITE' as const }, wanted]
  const planned = await createAcls(admin, both, { ...timing, dryRun: true })
  t.match(planned.changes, [{ action: 'create', applied: false }, { action: 'create' }])
  t.match(planned.warnings, [{ target: 'TOPIC a', message: /first ACL/ }])
  t.same(changes, [])
  const made = await createAcls(admin, both, timing)
  t.same(
    made.changes.map((change) => ({ ...change, applied: false })),
    planned.changes
  )
  t.equal(stored.size, 2)
  t.match(await createAcls(admin, both, timing), { changes: [{ action: 'none' }, { action: 'none' }], warnings: [] })
  t.same(changes, ['create 2'])
})

t.test('a broker that does not learn of a change in time yields a warning', async (t) => {
  const { admin } = plainAcls([], 1_000_000)
  let clock = 0
  const now = () => {
    clock += 20
    return new Date(clock)
  }
  const made = await createAcls(admin, [wanted], { ...timing, now })
  t.match(made, { changes: [{ applied: true }] })
  t.ok(made.warnings.some(({ message }) => message.includes('every broker')))
})

t.test('deleting needs a filter, and deletes what it matched', async (t) => {
  const mine = completeAcl(wanted)
  const { admin, changes, stored } = plainAcls([mine, { ...mine, principal: 'User:bob' }])
  await t.rejects(deleteAcls(admin, {}, timing), { code: 'validation_failed' })
  await t.rejects(deleteAcls(admin, { patternType: 'ANY' }, timing), { code: 'validation_failed' })
  const filter = { principal: 'User:alice' }
  t.match(await deleteAcls(admin, filter, { ...timing, dryRun: true }), { changes: [{ acl: mine, applied: false }] })
  t.same(changes, [])
  t.match(await deleteAcls(admin, filter, timing), { changes: [{ acl: mine, action: 'delete', applied: true }] })
  t.equal(stored.size, 1)
  t.same((await deleteAcls(admin, filter, timing)).changes, [])
})

t.test('refused ACLs are named, and what was done with the others', async (t) => {
  const { admin } = plainAcls()
  const create = async () => new Map([[1, new KopsError('kafka_refused', 'not you')]])
  await t.rejects(createAcls({ ...admin, create }, [wanted, { ...wanted, operation: 'WRITE' }], timing), {
    code: 'kafka_refused',
    message: /^1 of 2 ACLs were created; .*WRITE.*not you/
  })
})

t.test('lists are paged, without repeating or skipping items added in between', async (t) => {
  const acls = ['a', 'b', 'c', 'd', 'e'].map((resourceName) => ({ ...completeAcl(wanted), resourceName }))
  const { admin } = plainAcls(acls.toReversed())
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = await listAcls(admin, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }, timing)
    names.push(...page.acls.map(({ resourceName }) => resourceName))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.same(names, ['a', 'b', 'c', 'd', 'e'])
  await t.rejects(listAcls(admin, { cursor: 'zz' }, timing), { errors: [{ field: 'cursor' }] })
})
