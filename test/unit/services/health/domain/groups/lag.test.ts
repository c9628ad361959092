import t from 'tap'
import { nextOffset, partitionLag, sumLag } from '#services/health/domain/groups/lag.ts'
import type { UnknownReason } from '#shared/contracts/common.ts'

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
    { name: 'retention removed unread records', committed: 10, start: 80, end: 100, lag: 20 },
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

t.test('the next offset of a group is its commit, or the log start after retention', async (t) => {
  t.equal(nextOffset({ offset: 90 }, { logStartOffset: 0 }), 90)
  t.equal(nextOffset({ offset: 90 }, { logStartOffset: 95 }), 95)
  t.equal(nextOffset({ offset: null }, { logStartOffset: 95 }), null)
  t.equal(nextOffset({ offset: 90 }, { logStartOffset: null }), null)
})

t.test('the lag of a group is the sum over readable partitions, and names what is missing', async (t) => {
  const of = (lag: number | null, lagReason?: UnknownReason) => ({ lag, ...(lagReason ? { lagReason } : {}) })
  const cases = [
    { name: 'all partitions are known', partitions: [of(10), of(5)], expected: { lag: 15 } },
    { name: 'there is no partition', partitions: [], expected: { lag: null, lagReason: 'no_commit' } },
    {
      name: 'nothing is committed',
      partitions: [of(null, 'no_commit')],
      expected: { lag: null, lagReason: 'no_commit' }
    },
    {
      name: 'a partition without a commit is not lag',
      partitions: [of(10), of(null, 'no_commit')],
      expected: { lag: 10 }
    },
    {
      name: 'a partition of a dead leader is missing from the sum',
      partitions: [of(10), of(null, 'broker_unreachable')],
      expected: { lag: 10, lagReason: 'broker_unreachable' }
    },
    {
      name: 'only unknown partitions',
      partitions: [of(null, 'broker_unreachable')],
      expected: { lag: null, lagReason: 'broker_unreachable' }
    }
  ]
  for (const { name, partitions, expected } of cases) t.same(sumLag(partitions), expected, name)
})
