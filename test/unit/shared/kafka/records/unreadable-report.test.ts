import t from 'tap'
import { createUnreadableReport } from '#shared/kafka/records/unreadable-report.ts'

t.test('places of the log that cannot be read are named once, with offsets and reason', async (t) => {
  const report = createUnreadableReport('orders')
  report.add(3, { from: 5, to: 10, reason: 'its checksum is wrong' })
  report.add(3, { from: 5, to: 10, reason: 'its checksum is wrong' })
  report.add(3, { from: 12, to: 13, reason: 'a header has no name' })
  report.add(3, { from: 20, to: 20, reason: 'a record has an impossible offset' })
  t.same(report.warnings(), [
    { code: 'internal', message: 'Offsets 5 to 9 cannot be read: its checksum is wrong', target: 'orders-3' },
    { code: 'internal', message: 'Offset 12 cannot be read: a header has no name', target: 'orders-3' },
    {
      code: 'internal',
      message: 'A record before offset 20 cannot be read: a record has an impossible offset',
      target: 'orders-3'
    }
  ])
})

t.test('a log of nothing else does not fill an answer with warnings', async (t) => {
  const report = createUnreadableReport('orders')
  for (let from = 0; from < 100_000; from += 1) report.add(0, { from, to: from + 1, reason: 'broken' })
  t.equal(report.warnings().length, 21)
  t.match(report.warnings().at(-1), { message: '99980 more places of the log cannot be read', target: 'orders' })
})
