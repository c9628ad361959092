import t from 'tap'
import { joinPartitions } from '#services/admin/domain/groups/describe-group.ts'
import { pageOf } from '#services/admin/domain/groups/list-groups.ts'

const rules = [
  { name: 'the lag covers the records after the commit', commit: 40, start: 0, end: 100, lag: 60 },
  { name: 'records that retention has removed do not count', commit: 5, start: 20, end: 100, lag: 80, outside: true },
  { name: 'a commit beyond the end is not a negative lag', commit: 110, start: 0, end: 100, lag: 0, outside: true },
  { name: 'a commit at the end is no lag', commit: 100, start: 0, end: 100, lag: 0 }
]

for (const { name, commit, start, end, lag, outside } of rules) {
  t.test(name, async (t) => {
    const offsets = new Map([['a/0', { topic: 'a', partition: 0, logStartOffset: start, logEndOffset: end }]])
    const [row] = joinPartitions([{ topic: 'a', partition: 0, offset: commit, metadata: 'm' }], new Map(), offsets)
    t.match(row, { committedOffset: commit, lag, metadata: 'm', memberId: null })
    t.equal(row?.reason, outside ? 'offset_out_of_range' : undefined)
  })
}

t.test('unknown values are null with a reason', async (t) => {
  const unread = {
    topic: 'a',
    partition: 1,
    logStartOffset: null,
    logEndOffset: null,
    reason: 'broker_unreachable' as const
  }
  const rows = joinPartitions(
    [
      { topic: 'a', partition: 1, offset: 3, metadata: '' },
      { topic: 'gone', partition: 0, offset: 3, metadata: '' }
    ],
    new Map([['a/0', { topic: 'a', partition: 0, memberId: 'm-1' }]]),
    new Map([['a/1', unread]])
  )
  t.match(rows, [
    { topic: 'a', partition: 0, committedOffset: null, lag: null, reason: 'no_commit', memberId: 'm-1' },
    { topic: 'a', partition: 1, committedOffset: 3, lag: null, reason: 'broker_unreachable', metadata: null },
    { topic: 'gone', partition: 0, lag: null, reason: 'partition_unavailable' }
  ])
})

t.test('groups are filtered by name and state, and paged by name', async (t) => {
  const groups = ['b', 'a', 'ä b', 'c'].map((group, index) => ({
    group,
    state: index === 3 ? 'Empty' : 'Stable',
    protocolType: 'consumer',
    members: 1
  }))
  const names = (page: { group: string }[]) => page.map(({ group }) => group)
  const first = pageOf(groups, { state: 'stable', limit: 2, after: undefined })
  t.same(names(first.page), ['a', 'b'])
  t.type(first.nextCursor, 'string')
  const second = pageOf(groups, { state: 'STABLE', limit: 2, after: 'b' })
  t.same(names(second.page), ['ä b'])
  t.equal(second.nextCursor, undefined)
  t.same(names(pageOf(groups, { name: 'b', after: undefined }).page), ['b', 'ä b'])
})
