import t from 'tap'
import Value from 'typebox/value'
import { createGroupHistory } from '#services/health/domain/groups/history.ts'
import { judgeGroups } from '#services/health/domain/groups/judge.ts'
import { describeGroupHealth, listGroupHealth } from '#services/health/domain/groups/list.ts'
import { GroupHealthDetailSchema, GroupHealthListSchema } from '#shared/contracts/group-health.ts'
import { commitOf, groupOf, logOf, sweepOf } from './sweeps.ts'

const readings = sweepOf(0, {
  groups: [groupOf('b/1'), groupOf('a', { state: 'Stable', members: 1 }), groupOf('ä'), groupOf('c')],
  committed: [commitOf(10, 'a'), commitOf(10, 'b/1'), commitOf(0, 'c')],
  offsets: [logOf(10, 5)]
})
const history = createGroupHistory()
history.record(readings)
const snapshot = { groups: judgeGroups(readings, history), readings, health: { warnings: [] } }

t.test('groups are listed by name, page by page', async (t) => {
  const first = listGroupHealth(snapshot, { limit: 3 })
  t.ok(Value.Check(GroupHealthListSchema, first))
  t.same(
    first.groups.map(({ group }) => group),
    ['a', 'b/1', 'c']
  )
  const { nextCursor } = first
  t.type(nextCursor, 'string')
  const second = listGroupHealth(snapshot, { limit: 3, ...(nextCursor ? { cursor: nextCursor } : {}) })
  t.same(
    second.groups.map(({ group }) => group),
    ['ä']
  )
  t.notOk('nextCursor' in second)
  t.equal(second.asOf, '2026-01-31T00:00:00.000Z')
  t.throws(() => listGroupHealth(snapshot, { cursor: 'nonsense!' }), { code: 'validation_failed' })
})

t.test('the worst groups come first on request, page by page', async (t) => {
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = listGroupHealth(snapshot, { sort: 'worst', limit: 1, ...(cursor ? { cursor } : {}) })
    names.push(...page.groups.map(({ group, verdict }) => `${group} ${verdict}`))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.same(names, ['c ERR', 'ä null', 'a OK', 'b/1 OK'])
  t.throws(() => listGroupHealth(snapshot, { sort: 'worst', cursor: 'YQ' }), { code: 'validation_failed' })
})

t.test('groups are found by name, state and verdict', async (t) => {
  const found = (query: Parameters<typeof listGroupHealth>[1]) =>
    listGroupHealth(snapshot, query).groups.map(({ group }) => group)
  t.same(found({ name: '/' }), ['b/1'])
  t.same(found({ state: 'stable' }), ['a'])
  t.same(found({ verdict: 'ERR' }), ['c'])
  t.same(found({ verdict: 'OK', state: 'Empty' }), ['b/1'])
  t.same(found({ topic: commitOf(0, 'a').topic }), ['a', 'b/1', 'c'])
  t.same(found({ topic: 'other' }), [])
})

t.test('a group is returned partition by partition; a missing one is not found', async (t) => {
  const detail = describeGroupHealth(snapshot, 'b/1')
  t.ok(Value.Check(GroupHealthDetailSchema, detail))
  t.match(detail, { group: 'b/1', partitions: [{ topic: 'a', partition: 0, lag: 0 }] })
  t.throws(() => describeGroupHealth(snapshot, 'nobody'), { code: 'group_not_found' })
  const unlisted = { ...snapshot, groups: [], readings: { ...readings, groups: null } }
  t.throws(() => describeGroupHealth(unlisted, 'a'), { code: 'coordinator_unavailable' })
  t.match(listGroupHealth(unlisted, {}), { groups: [], warnings: [{ code: 'coordinator_unavailable' }] })
})
