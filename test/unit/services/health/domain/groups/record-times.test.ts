import t from 'tap'
import { createGroupHistory } from '#services/health/domain/groups/history.ts'
import { recordsToDate } from '#services/health/domain/groups/record-times.ts'
import { commitOf, logOf, sweepOf } from './sweeps.ts'

const at = (offset: number) => ({ topic: 'a', partition: 0, offset })

t.test('only records that are unread, older than the window and without a timestamp are requested', async (t) => {
  const history = createGroupHistory()
  t.same(recordsToDate({ committed: [commitOf(5)], offsets: [logOf(100)] }, history), [at(5)], 'nothing was seen yet')
  history.record(sweepOf(0, { committed: [commitOf(5), commitOf(60, 'h')], offsets: [logOf(50)] }))
  const offsets = [logOf(100, 2)]
  const asked = (committed: number | null, group = 'g') =>
    recordsToDate({ committed: [commitOf(committed, group)], offsets }, history)
  t.same(asked(5), [at(5)])
  t.same(asked(1), [at(2)], 'retention has passed the commit')
  t.same(asked(60, 'h'), [], 'this sweep will tell')
  t.same(asked(100), [])
  t.same(asked(null), [])
  t.same(recordsToDate({ committed: [commitOf(5)], offsets: [] }, history), [])
  history.record(sweepOf(1, { committed: [commitOf(5)], offsets, recordTimes: [{ ...at(5), timestampMs: 1 }] }))
  t.same(asked(5), [])
})

t.test('every group gets one timestamp before another gets its second; each is requested once', async (t) => {
  const history = createGroupHistory()
  const partitions = [0, 1, 2]
  const offsets = partitions.map((partition) => ({ ...logOf(100), partition }))
  const of = (group: string, offset: number) =>
    partitions.map((partition) => ({ ...commitOf(offset, group), partition }))
  const asked = recordsToDate({ committed: [...of('g', 5), ...of('same', 5), ...of('h', 7)], offsets }, history, 3)
  t.same(asked, [at(5), at(7), { ...at(5), partition: 1 }])
})
