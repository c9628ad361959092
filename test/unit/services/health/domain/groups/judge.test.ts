import t from 'tap'
import Value from 'typebox/value'
import { createGroupHistory } from '#services/health/domain/groups/history.ts'
import { judgeGroups, toGroupHealth } from '#services/health/domain/groups/judge.ts'
import {
  GroupHealthSchema,
  GroupHealthSummarySchema,
  GroupPartitionHealthSchema
} from '#shared/contracts/group-health.ts'
import type { GroupMemberReading } from '#shared/kafka/groups/port.ts'
import { partition, topic } from '../../plain-cluster.ts'
import { commitOf, groupOf, logOf, sweepOf } from './sweeps.ts'

const member: GroupMemberReading = {
  memberId: 'indexer-1-f00',
  clientId: 'indexer-1',
  host: '10.0.0.7',
  assignment: [{ topic: 'a', partitions: [0] }]
}
const stable = groupOf('g', { state: 'Stable', members: 1, memberList: [member] })

/** The last of a row of sweeps, judged. */
function judgeAfter(...sweeps: Parameters<typeof sweepOf>[1][]) {
  const history = createGroupHistory()
  for (const [nth, sweep] of sweeps.entries()) history.record(sweepOf(nth, sweep))
  return judgeGroups(sweepOf(sweeps.length - 1, sweeps.at(-1)), history)
}

t.test('a group is judged partition by partition, with the member that has each', async (t) => {
  const [judged] = judgeAfter(
    { groups: [stable], committed: [commitOf(80)], offsets: [logOf(100)] },
    { groups: [stable], committed: [commitOf(110)], offsets: [logOf(120, 50)] }
  )
  t.same(judged, {
    group: 'g',
    state: 'Stable',
    members: 1,
    lag: 10,
    lagSeconds: 15,
    verdict: 'OK',
    retentionMarginRecords: 60,
    retentionLossSeconds: null,
    partitions: [
      {
        topic: 'a',
        partition: 0,
        committedOffset: 110,
        logStartOffset: 50,
        logEndOffset: 120,
        lag: 10,
        lagSeconds: 15,
        lagSecondsMethod: 'interpolated',
        verdict: 'OK',
        verdictRule: 12,
        memberId: 'indexer-1-f00',
        clientId: 'indexer-1',
        host: '10.0.0.7',
        retentionMarginRecords: 60,
        retentionLossSeconds: null
      }
    ]
  })
  if (!judged) return
  const { partitions, ...summary } = judged
  t.ok(Value.Check(GroupHealthSummarySchema, summary))
  t.ok(Value.Check(GroupHealthSchema, toGroupHealth(judged)))
  for (const one of partitions) t.ok(Value.Check(GroupPartitionHealthSchema, one))
})

t.test('groups are reported whatever is missing of them', async (t) => {
  const log = { offsets: [logOf(100, 20)] }
  const cases: { name: string; given: Parameters<typeof sweepOf>[1]; expected: object }[] = [
    {
      name: 'a group without members is not dropped (kafka_exporter #226)',
      given: { ...log, committed: [commitOf(100)] },
      expected: { members: 0, lag: 0, lagSeconds: 0, verdict: 'OK' }
    },
    {
      name: 'members that have not committed yet',
      given: { ...log, groups: [stable] },
      expected: {
        lag: null,
        lagReason: 'no_commit',
        lagSeconds: null,
        lagSecondsReason: 'no_commit',
        verdict: null,
        verdictReason: 'no_commit',
        partitions: [{ committedOffset: null, logEndOffset: 100, verdictRule: 1, clientId: 'indexer-1' }]
      }
    },
    {
      name: 'retention has passed the commit: no phantom lag',
      given: { ...log, committed: [commitOf(5)] },
      expected: {
        lag: 80,
        verdict: 'ERR',
        retentionMarginRecords: -15,
        retentionLossSeconds: 0,
        partitions: [{ verdictRule: 3, verdictReason: 'offset_out_of_range', committedOffset: 5, logStartOffset: 20 }]
      }
    },
    {
      name: 'its commits could not be read',
      given: { ...log, errors: new Map([['commits', 1]]) },
      expected: { lag: null, lagReason: 'broker_unreachable', verdict: null, verdictReason: 'broker_unreachable' }
    },
    {
      name: 'the leader of its partition does not answer',
      given: { committed: [commitOf(5)], offsets: [{ ...logOf(null, null), reason: 'broker_unreachable' }] },
      expected: {
        lag: null,
        lagReason: 'broker_unreachable',
        lagSecondsReason: 'broker_unreachable',
        verdictReason: 'broker_unreachable',
        retentionMarginRecords: null,
        partitions: [{ lag: null, lagReason: 'broker_unreachable', lagSeconds: null, lagSecondsMethod: null }]
      }
    },
    {
      name: 'a deleted topic leaves no ghost commits or members behind (Burrow #797)',
      given: {
        committed: [commitOf(5, 'g', 'gone')],
        groups: [{ ...stable, memberList: [{ ...member, assignment: [{ topic: 'gone', partitions: [0] }] }] }]
      },
      expected: { lag: null, lagReason: 'no_commit', partitions: [] }
    },
    {
      name: 'members that could not be described',
      given: { ...log, committed: [commitOf(100)], groups: [groupOf('g', { members: null, memberList: null })] },
      expected: { members: null, verdict: 'OK', partitions: [{ memberId: null, clientId: null, host: null }] }
    }
  ]
  for (const { name, given, expected } of cases) t.match(judgeAfter(given)[0], expected, name)
})

t.test(
  'after a start of the service a lag has its number and its time, and no verdict yet (Burrow #740)',
  async (t) => {
    const [judged] = judgeAfter({
      groups: [stable],
      committed: [commitOf(10)],
      offsets: [logOf(1000)],
      recordTimes: [{ topic: 'a', partition: 0, offset: 10, timestampMs: Date.UTC(2026, 0, 30, 23, 59, 0) }]
    })
    t.match(judged, { lag: 990, lagSeconds: 60, verdict: null, verdictReason: 'not_measured' })
    t.match(judged?.partitions, [{ lagSecondsMethod: 'record_timestamp', verdictRule: 9 }])
  }
)

t.test('the owner of a partition distinguishes a stop from a stall, and a rebalance says nothing', async (t) => {
  const verdictOf = (group: ReturnType<typeof groupOf>) =>
    judgeAfter(
      ...Array.from({ length: 12 }, () => ({ groups: [group], committed: [commitOf(10)], offsets: [logOf(50)] }))
    )[0]?.verdict
  t.equal(verdictOf(groupOf()), 'STOP')
  t.equal(verdictOf(stable), 'STALL')
  t.equal(verdictOf({ ...stable, memberList: [{ ...member, assignment: [] }] }), 'STOP', 'nobody has this one')
  t.equal(verdictOf({ ...stable, state: 'PreparingRebalance', memberList: [{ ...member, assignment: [] }] }), 'STALL')
})

t.test('commits of a recreated topic are distinguished from a rewind', async (t) => {
  const sweep = (id: string, commit: number, end: number): Parameters<typeof sweepOf> => [
    0,
    { groups: [stable], committed: [commitOf(commit)], offsets: [logOf(end)] },
    [{ ...topic('a', partition()), id }]
  ]
  const history = createGroupHistory()
  const verdicts = [sweep('one', 500, 600), sweep('two', 500, 10), sweep('two', 500, 20), sweep('two', 12, 30)].map(
    ([, overrides, topics], nth) => {
      history.record(sweepOf(nth, overrides, topics))
      return judgeGroups(sweepOf(nth, overrides, topics), history)[0]?.partitions[0]?.verdictRule
    }
  )
  t.same(verdicts, [9, 5, 4, 9])
})
