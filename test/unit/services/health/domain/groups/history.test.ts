import t from 'tap'
import { createGroupHistory, type GroupHistory } from '#services/health/domain/groups/history.ts'
import { partition, topic } from '../../plain-cluster.ts'
import { commitOf, logOf, sweepOf } from './sweeps.ts'

function commitsOf(history: GroupHistory, group = 'g'): [committed: number[], lags: number[]] {
  const { length, committed, lags } = history.windows(group, 'a', 0).commits
  return [Array.from(committed).slice(0, length), Array.from(lags).slice(0, length)]
}

function endsOf(history: GroupHistory): number[] {
  const { length, ends } = history.windows('g', 'a', 0).ends
  return Array.from(ends).slice(0, length)
}

t.test('commits, ends and times of the last sweeps are returned, oldest first', async (t) => {
  const history = createGroupHistory(3)
  t.equal(history.recordedAtMs, null)
  for (const nth of [0, 1, 2, 3]) {
    history.record(sweepOf(nth, { committed: [commitOf(nth * 10)], offsets: [logOf(nth * 20)] }))
  }
  t.same(commitsOf(history), [
    [10, 20, 30],
    [10, 20, 30]
  ])
  t.same(endsOf(history), [20, 40, 60])
  t.equal(history.recordedAtMs, sweepOf(3).asOf.getTime())
  const { timesMs } = history.windows('g', 'a', 0).ends
  t.equal((timesMs[1] ?? 0) - (timesMs[0] ?? 0), 30_000)
})

t.test('an unread value is a gap, and removes nothing', async (t) => {
  const history = createGroupHistory()
  const whole = { committed: [commitOf(5)], offsets: [logOf(9)] }
  history.record(sweepOf(0, whole))
  history.record(sweepOf(1, { groups: null, errors: new Map([['groups', 1]]) }))
  history.record(sweepOf(2, { offsets: [logOf(9)], errors: new Map([['commits', 1]]) }))
  history.record(sweepOf(3, { metadata: null, groups: null }))
  history.record(sweepOf(4, { ...whole, offsets: [logOf(null, null)] }))
  history.record(sweepOf(5, { ...whole, committed: [{ ...commitOf(null), reason: 'partition_unavailable' }] }))
  history.record(sweepOf(6, whole))
  t.same(commitsOf(history), [
    [5, 5],
    [4, 4]
  ])
  t.same(endsOf(history), [9, 9, 9, 9])
})

t.test('what no longer exists is forgotten: groups, their topics, their commits (Burrow #589, #797)', async (t) => {
  const topics = [topic('a', partition()), topic('b', partition())]
  const both = [logOf(9), logOf(9, 0, 'b')]
  const history = createGroupHistory()
  const committed = [commitOf(1), commitOf(2, 'h'), commitOf(3, 'h', 'b')]
  history.record(sweepOf(0, { committed, offsets: both }, topics))
  t.same(history.size, { partitions: 2, commits: 3 })
  history.record(sweepOf(1, { committed: committed.slice(1), offsets: both }, topics))
  t.same(history.size, { partitions: 2, commits: 2 }, 'a group is gone')
  history.record(sweepOf(2, { committed: committed.slice(1), offsets: [logOf(9)] }))
  t.same(history.size, { partitions: 1, commits: 1 }, 'a topic is gone, its commits not yet')
  history.record(sweepOf(3))
  t.same(history.size, { partitions: 0, commits: 0 })
  history.record(sweepOf(4, { committed: [commitOf(7)], offsets: [logOf(9)] }))
  t.same(commitsOf(history), [[7], [2]], 'one that comes again begins anew')
})

t.test('the history of a recreated topic, or a truncated log, starts again', async (t) => {
  const named = (id: string) => [{ ...topic('a', partition()), id }]
  const history = createGroupHistory()
  const record = (nth: number, end: number, id?: string) =>
    history.record(
      sweepOf(nth, { committed: [commitOf(1)], offsets: [logOf(end)] }, id ? named(id) : [topic('a', partition())])
    )
  record(0, 100, 'first')
  record(1, 110, 'first')
  record(2, 120, 'second')
  t.same(endsOf(history), [120], 'the id tells, though the new log is longer')
  record(3, 130, 'second')
  record(4, 2)
  record(5, 3)
  t.same(endsOf(history), [2, 3], 'without an id the end tells')
  t.same(commitsOf(history)[0], [1, 1])
})

t.test('timestamps of records are kept while something requests them', async (t) => {
  const history = createGroupHistory()
  const at = { topic: 'a', partition: 0, offset: 5 }
  history.record(
    sweepOf(0, {
      recordTimes: [
        { ...at, timestampMs: 1000 },
        { ...at, offset: 6, timestampMs: null }
      ]
    })
  )
  for (const nth of [1, 2, 3]) {
    t.equal(history.recordTime('a', 0, 5), 1000)
    history.record(sweepOf(nth))
  }
  t.equal(history.recordTime('a', 0, 6), undefined, 'nobody asked')
  t.equal(history.recordTime('a', 1, 5), undefined)
})

t.test('18,000 commits of 1,800 partitions stay within 60 MB', async (t) => {
  const topics = Array.from({ length: 150 }, (_, nth) =>
    topic(`topic-${nth}`, ...Array.from({ length: 12 }, (_, index) => partition({ partition: index })))
  )
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition }))
  )
  const offsets = places.map((place) => ({ ...place, logStartOffset: 0, logEndOffset: 1000 }))
  const committed = Array.from({ length: 10 }, (_, nth) =>
    places.map((place) => ({ ...place, group: `group-${nth}`, offset: 500 }))
  ).flat()
  const before = process.memoryUsage()
  const history = createGroupHistory()
  for (const nth of Array.from({ length: 61 }, (_, nth) => nth))
    history.record(sweepOf(nth, { committed, offsets }, topics))
  const after = process.memoryUsage()
  t.same(history.size, { partitions: 1800, commits: 18_000 })
  const rings = (after.arrayBuffers - before.arrayBuffers) / 1e6
  t.ok(rings < 15, `the rings take ${rings.toFixed(1)} MB`)
  t.comment(
    `rings ${rings.toFixed(1)} MB, heap ${((after.heapUsed - before.heapUsed) / 1e6).toFixed(1)} MB with garbage`
  )
})
