import t from 'tap'
import { evaluateGroups, partitionLag } from '../../../../../services/health/domain/lag.ts'
import type { UnknownReason } from '../../../../../shared/contracts/common.ts'
import type { PartitionOffsets } from '../../../../../shared/kafka/ports.ts'

t.test('the lag of a partition is max(0, end - max(committed, log start))', async (t) => {
  const cases: {
    committed: number | null
    start: number | null
    end: number | null
    lag: number | null
    name: string
  }[] = [
    { name: 'some records are unread', committed: 90, start: 0, end: 100, lag: 10 },
    { name: 'all are read', committed: 100, start: 0, end: 100, lag: 0 },
    { name: 'retention removed what was not read', committed: 10, start: 80, end: 100, lag: 20 },
    { name: 'retention removed everything', committed: 10, start: 100, end: 100, lag: 0 },
    {
      name: 'the end is below the commit for a moment after a leader change',
      committed: 105,
      start: 0,
      end: 100,
      lag: 0
    },
    { name: 'nothing is committed', committed: null, start: 0, end: 100, lag: null },
    { name: 'the end is unknown', committed: 90, start: 0, end: null, lag: null },
    { name: 'the start is unknown', committed: 90, start: null, end: 100, lag: null }
  ]
  for (const { name, committed, start, end, lag } of cases) {
    t.equal(partitionLag({ offset: committed }, { logStartOffset: start, logEndOffset: end }), lag, name)
  }
  t.equal(partitionLag({ offset: 1 }, undefined), null)
})

t.test('the lag of a group is the sum over what could be read, and says what is missing', async (t) => {
  const commit = (partition: number, offset: number | null, reason?: UnknownReason, topic = 'a') => ({
    group: 'g',
    topic,
    partition,
    offset,
    ...(reason ? { reason } : {})
  })
  const offsets: PartitionOffsets[] = [
    { topic: 'a', partition: 0, logStartOffset: 0, logEndOffset: 100 },
    { topic: 'a', partition: 1, logStartOffset: 50, logEndOffset: 60 },
    { topic: 'a', partition: 2, logStartOffset: null, logEndOffset: null, reason: 'broker_unreachable' }
  ]
  const cases = [
    { name: 'all partitions are known', commits: [commit(0, 90), commit(1, 55)], expected: { lag: 15 } },
    { name: 'there is no commit', commits: [], expected: { lag: null, lagReason: 'no_commit' } },
    {
      name: 'a partition without a commit is not lag',
      commits: [commit(0, 90), commit(1, null, 'no_commit')],
      expected: { lag: 10 }
    },
    {
      name: 'a partition of a dead leader is missing from the sum',
      commits: [commit(0, 90), commit(2, 5)],
      expected: { lag: 10, lagReason: 'broker_unreachable' }
    },
    {
      name: 'only unknown partitions',
      commits: [commit(2, 5)],
      expected: { lag: null, lagReason: 'broker_unreachable' }
    },
    {
      name: 'a commit that the coordinator could not tell',
      commits: [commit(0, null, 'partition_unavailable')],
      expected: { lag: null, lagReason: 'partition_unavailable' }
    },
    {
      name: 'a partition whose end was not read',
      commits: [commit(9, 5)],
      expected: { lag: null, lagReason: 'partition_unavailable' }
    },
    {
      name: 'commits of a deleted topic do not count',
      commits: [commit(0, 90), commit(0, 5, undefined, 'deleted')],
      expected: { lag: 10 }
    },
    {
      name: 'no commits while not all commits could be read',
      commits: [],
      complete: false,
      expected: { lag: null, lagReason: 'broker_unreachable' }
    },
    { name: 'its own commits were read', commits: [commit(0, 90)], complete: false, expected: { lag: 10 } }
  ]
  for (const { name, commits, expected, complete = true } of cases) {
    const overview = { group: 'g', state: 'Stable', protocolType: 'consumer', members: 2 }
    const other = { ...commit(0, 0), group: 'other' }
    const [group] = evaluateGroups([overview], [...commits, other], offsets, new Set(['a']), complete)
    t.same(group, { group: 'g', state: 'Stable', members: 2, ...expected }, name)
  }
})
