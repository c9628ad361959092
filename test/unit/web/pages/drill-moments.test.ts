import t from 'tap'
import { happenings, momentAt, momentOf } from '../../../../web/pages/drill-moments.ts'
import { drillView } from '../../../../web/pages/drill-timeline.ts'
import { drill } from '../../cli/drills/drill.ts'

t.test('a moment says who led, what was not in sync, the rate and the phase', async (t) => {
  const record = drill()
  const view = drillView(record, 0)
  if (!view) throw new Error('there is nothing to show')
  t.match(momentAt(record, view, -1000), {
    phase: 'preparing',
    leaders: [
      { leader: 1, partitions: 2 },
      { leader: 2, partitions: 2 },
      { leader: 3, partitions: 2 }
    ],
    notInSync: 0,
    acknowledgedPerSecond: 300
  })
  t.match(momentAt(record, view, 6600), {
    phase: 'the fault is active',
    leaders: [{ leader: 1 }, { leader: 3 }, { leader: null, partitions: 2 }],
    notInSync: 2,
    event: { event: 'fault-injected' }
  })
  t.match(momentAt(record, view, 26_000), { phase: 'reading back', notInSync: 0 })
})

t.test('a moment of an address is in seconds, and stays within the chart', async (t) => {
  const span = { fromMs: -2000, toMs: 26_000 }
  const cases: [string | null, number | undefined][] = [
    ['6.5', 6500],
    ['0', 0],
    ['-99', -2000],
    ['99', 26_000],
    ['', undefined],
    [null, undefined],
    ['soon', undefined]
  ]
  for (const [text, expected] of cases) t.equal(momentOf(text, span), expected, String(text))
})

t.test('what happened is one list, by time: events, leaders, ISRs, errors', async (t) => {
  const list = happenings(drill({}, 1))
  t.same(
    list.map(({ atMs }) => atMs),
    list.map(({ atMs }) => atMs).sort((a, b) => a - b)
  )
  t.match(
    list.filter(({ what }) => what === 'kops-drill-x-0').map(({ detail }) => detail),
    ['first error of a client', /^no leader; in sync: /, 'kafka-3 leads', /^in sync: /]
  )
})

t.test('a broker that stops answering is among what happened', async (t) => {
  const lanes = [
    { fromMs: -9000, answers: true },
    { fromMs: 900, answers: false }
  ]
  t.match(
    happenings(drill({ answers: [{ node: 'kafka-2', lanes }] })).filter(({ what }) => what === 'kafka-2'),
    [{ atMs: 900, detail: 'no answer' }]
  )
})
