import t from 'tap'
import { createShareBook } from '#services/load-test/domain/load-workers/share-book.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { simulatedSecond } from '../../fakes.ts'
import { orderOf } from './simulated-crew.ts'

const bookOf = (change: Partial<Workload>, share = 0) => createShareBook(orderOf(change), share)
const hundred = { rate: { kind: 'constant', perSecond: 100 }, durationSeconds: 60 } as const

t.test('a second counts once, in order', async (t) => {
  const book = bookOf(hundred)
  t.equal(book.enter(simulatedSecond(100, 0, 5)), true)
  t.equal(book.enter(simulatedSecond(100, 0, 5)), false)
  t.equal(book.enter(simulatedSecond(100, 3, 5)), true)
  t.equal(book.enter(simulatedSecond(100, 2, 5)), false)
  t.equal(book.nextSecond(), 4)
})

t.test('a gap has what was due in it: what may have been written, and what was certainly not', async (t) => {
  const book = bookOf(hundred)
  const unanswered = { ...simulatedSecond(100, 0, 5), acknowledged: 90 }
  book.enter(unanswered)
  const { reports, unknown } = book.closeGap(5000, 2500)
  t.same(
    reports.map(({ second, due, sent, failed, indeterminate }) => ({ second, due, sent, failed, indeterminate })),
    [
      { second: 1, due: 100, sent: 0, failed: 110, indeterminate: 110 },
      { second: 2, due: 100, sent: 0, failed: 100, indeterminate: 50 },
      { second: 3, due: 100, sent: 0, failed: 100, indeterminate: 0 },
      { second: 4, due: 100, sent: 0, failed: 100, indeterminate: 0 }
    ]
  )
  t.equal(unknown, 160)
  t.match(reports[0]?.errors, { WORKER_LOST: { count: 110, longestMs: 4000 } })
  t.ok((reports[0]?.response.max ?? 0) >= 3990, 'they waited until somebody else could have sent them')
  t.equal(book.nextSecond(), 5)
  t.same(book.closeGap(5000, 2500).reports, [], 'once')
})

t.test('a worker that has stopped in the middle of a second leaves the rest of it', async (t) => {
  const book = bookOf(hundred)
  for (const [second, records] of [100, 100, 40].entries()) book.enter(simulatedSecond(records, second, 5))
  const { reports, unknown } = book.closeGap(4000, 2400)
  t.match(reports, [{ second: 3, due: 160, failed: 160, indeterminate: 0 }])
  t.equal(unknown, 0)
})

t.test('records that a worker was late with, or counted in a second that ended late, count once', async (t) => {
  for (const [records, due] of [
    [70, 130],
    [103, 97]
  ] as const) {
    const book = bookOf(hundred)
    book.enter(simulatedSecond(records, 0, 5))
    t.match(book.closeGap(2000, 2000).reports, [{ second: 1, due, failed: due }])
  }
})

t.test('what is left ends with the number of records, and nothing is due after it or after the time', async (t) => {
  const share = bookOf({ rate: { kind: 'constant', perSecond: 100 }, records: 250, producers: 2 }, 1)
  t.equal(share.left(0), 125)
  t.equal(share.left(2000), 25)
  t.equal(share.left(9000), 0)
  const failed = share.closeGap(9000, 0).reports.reduce((sum, each) => sum + each.failed, 0)
  t.equal(failed, 125)
  const timed = bookOf({ rate: { kind: 'constant', perSecond: 100 }, durationSeconds: 2 })
  t.equal(timed.left(1000), Number.POSITIVE_INFINITY)
  t.equal(
    timed.closeGap(5000, 0).reports.reduce((sum, each) => sum + each.failed, 0),
    200
  )
})

t.test(
  'with the closed rate nobody knows what a lost worker has sent, and what it had reported is not sent again',
  async (t) => {
    const book = bookOf({ rate: { kind: 'closed' }, records: 1000 })
    book.enter({ ...simulatedSecond(400, 0, 5), acknowledged: 380 })
    t.equal(book.left(9000), 600)
    const { reports, unknown } = book.closeGap(3000, 2000)
    t.equal(unknown, null)
    t.match(reports, [{ failed: 20, indeterminate: 20 }, { failed: 0 }])
  }
)
