import t from 'tap'
import { achievedOf, secondRows, timeRows } from '../../../../web/pages/load-test-rows.ts'
import { group, result, run, second, workload } from '../../cli/load/run.ts'

t.test('a percentile is that after the warm-up, and says so where it rests on too few samples', async (t) => {
  const rows = timeRows({ ...result, consumers: [group()] })
  t.same(
    rows.map(({ name }) => name),
    ['Response', 'Service', 'Schedule lag', 'End to end', 'Delivery']
  )
  t.match(rows[0], {
    p50: { text: '3.12 ms' },
    p99: { text: '12.4 ms' },
    p999: { text: '—', why: 'too few samples: 1290 of 3700 needed' },
    max: { text: '412 ms' }
  })
  t.match(rows[2], { name: 'Schedule lag', p50: { text: '1.00 ms' }, p99: { text: '3.00 ms' } }, 'of all, without')
})

t.test('groups are told apart where there are several, and what was not measured has no row', async (t) => {
  const { percentiles: _, scheduleLagMs: __, ...rest } = result
  const rows = timeRows({ ...rest, serviceTimeMs: null, consumers: [group(), group({ group: 'b', deliveryMs: null })] })
  t.same(
    rows.map(({ name }) => name),
    [...['Response', 'End to end, kops-load-x-1', 'Delivery, kops-load-x-1'], ...['End to end, b', 'Delivery, b']]
  )
})

t.test('while a run goes on its times are those of the last second', async (t) => {
  t.match(secondRows(second(3, { responseP99Ms: 7.5, scheduleLagP99Ms: null })), [
    { name: 'Response', p99: { text: '7.50 ms' }, p999: { why: 'known when the run has ended' } },
    { name: 'Service' }
  ])
})

t.test('achieved is the rate of the steady state, or of the last seconds, beside a target that stays', async (t) => {
  t.same(achievedOf(run(), []), { perSecond: 4999.41, share: 4999.41 / 5000 })
  const underWay = run({ result: null, finishedAt: null, workload: { ...workload, rate: { kind: 'closed' } } })
  const seconds = [1, 10, 10, 10, 10, 20].map((acknowledged, nth) => second(nth, { acknowledged }))
  t.same(achievedOf(underWay, seconds), { perSecond: 12, share: null })
  t.same(achievedOf(underWay, []), { perSecond: null, share: null })
})
