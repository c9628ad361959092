import t from 'tap'
import type { JudgedGroup } from '#services/health/domain/groups/judge.ts'
import { createGroupWatch } from '#services/health/domain/groups/watch.ts'
import { judgedPartition } from '../../metrics/small-snapshot.ts'

function group(name: string, overrides: Partial<JudgedGroup> = {}, partitions = 1): JudgedGroup {
  return {
    group: name,
    state: 'Empty',
    members: 0,
    lag: 0,
    lagSeconds: 0,
    verdict: 'OK',
    retentionMarginRecords: null,
    retentionLossSeconds: null,
    partitions: Array.from({ length: partitions }, (_, partition) => judgedPartition({ partition })),
    ...overrides
  }
}
const stopped = (name: string, lag = 5, partitions = 1) => group(name, { verdict: 'STOP', lag }, partitions)

t.test('which groups are read again', async (t) => {
  const cases: [name: string, groups: JudgedGroup[], read: string[]][] = [
    ['1. all are well', [group('a'), group('b', { lag: 1000 })], []],
    ['2. one has a verdict', [group('a'), stopped('b')], ['b']],
    ['3. one is far behind, and gets on', [group('a', { lag: 1001 }), group('b')], ['a']],
    ['4. one cannot be judged', [group('a', { verdict: null, lag: null })], []],
    ['5. the worst first', [group('a', { lag: 9000 }), stopped('b', 1), stopped('c', 2)], ['c', 'b', 'a']],
    [
      '6. no more than 30',
      Array.from({ length: 40 }, (_, nth) => stopped(`${nth}`, 100 - nth)),
      Array.from({ length: 30 }, (_, nth) => `${nth}`)
    ],
    [
      '7. no more than 600 partitions',
      [stopped('a', 9, 400), stopped('b', 8, 300), group('c', { lag: 5000 }, 1)],
      ['a']
    ]
  ]
  for (const [name, groups, read] of cases) {
    const watch = createGroupWatch()
    watch.judged(groups, 0)
    t.same(watch.toRead(), read, name)
  }
})

t.test('a recovered group stays in the pulse for four minutes, unless it is deleted', async (t) => {
  const watch = createGroupWatch()
  watch.judged([stopped('a'), stopped('b')], 0)
  const before = watch.reported()
  watch.judged([group('a'), group('b')], 240_000)
  t.same(watch.reported(), new Set(['a', 'b']))
  t.equal(watch.reported(), before, 'the same object while it is the same')
  t.same(watch.toRead(), [])
  watch.judged([group('a')], 240_000)
  t.same(watch.reported(), new Set(['a']))
  watch.judged([group('a')], 240_001)
  t.same(watch.reported(), new Set())
})

t.test('at most 100 are reported, currently unhealthy ones first', async (t) => {
  const watch = createGroupWatch()
  const names = Array.from({ length: 100 }, (_, nth) => `old-${nth}`)
  watch.judged(
    names.map((name) => stopped(name)),
    0
  )
  watch.judged([...names.map((name) => group(name)), stopped('new')], 1000)
  t.equal(watch.reported().size, 100)
  t.ok(watch.reported().has('new'))
})
