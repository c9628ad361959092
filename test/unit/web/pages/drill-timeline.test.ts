import t from 'tap'
import type { Drill } from '#shared/contracts/drills.ts'
import { bandLabel, comparedOf, drillView, shownPartitions } from '../../../../web/pages/drill-timeline.ts'
import { drill, partition } from '../../cli/drills/drill.ts'

const zero = Date.parse('2026-02-03T04:05:06.000Z')

function viewOf(change: Partial<Drill> = {}, nowMs = zero + 60_000) {
  const view = drillView(drill(change), nowMs)
  if (!view) throw new Error('there is nothing to show')
  return view
}

t.test('a chart has a lane a partition, its leaders one after the other, and its ISR', async (t) => {
  const { lanes, leftOut, brokers } = viewOf()
  t.equal(lanes.length, 6)
  t.equal(leftOut, 0)
  t.match(lanes[0], {
    name: 'kops-drill-x-0',
    whole: 3,
    leaders: [
      { from: -2000, to: 6500, value: 2 },
      { from: 6500, to: 6800, value: null },
      { from: 6800, value: 3 }
    ],
    inSync: [{ to: 6500, value: 3 }, { to: 24_900, value: 2 }, { value: 3 }],
    inWords: 'kops-drill-x-0: kafka-2, no leader after 6.5 s, kafka-3 after 6.8 s; longest gap 7.0 s'
  })
  t.same(
    [...brokers],
    [
      [1, 0],
      [2, 1],
      [3, 2]
    ]
  )
})

t.test('phases lie side by side, from the edge of the chart to its end', async (t) => {
  const { phases, fromMs, toMs } = viewOf()
  t.same(
    phases.map(({ what }) => what),
    [
      'preparing',
      'injecting the fault',
      'the fault is active',
      'healing',
      'recovering',
      'in sync again',
      'reading back'
    ]
  )
  t.equal(phases[0]?.fromMs, fromMs)
  t.equal(phases.at(-1)?.toMs, toMs)
  for (const [nth, phase] of phases.slice(1).entries()) t.equal(phase.fromMs, phases[nth]?.toMs)
})

t.test('before the fault there is no chart; while a drill runs it grows with the time', async (t) => {
  t.equal(drillView(drill({ timeline: [] }), zero), undefined)
  const { rates: _, ...without } = drill({ partitions: [] })
  t.equal(drillView(without, zero), undefined)
  const running: Partial<Drill> = { finishedAt: null, verdict: null, status: 'running' }
  t.equal(viewOf(running, zero + 90_000).toMs, 90_000)
  t.equal(viewOf({}, zero + 90_000).toMs, viewOf().toMs, 'one that has ended does not')
})

t.test(
  'predicted times have a band, from the fault or from the healing, and what was measured beside it',
  async (t) => {
    const { bands } = viewOf()
    t.same(
      bands.map(({ name, from, to, measuredMs, within }) => [name, from, to, measuredMs, within]),
      [
        ['noticed', 4000, 8000, 6500, true],
        ['new leaders', 4000, 9000, 6900, true],
        ['clients wait', 4000, 10_000, 7100, true],
        ['writes where it follows wait', 4000, 9000, null, null],
        ['in sync again', 21_000, 24_000, 24_900, false]
      ]
    )
    t.equal(bands[1]?.inWords, '6.9 s, predicted 4 to 9 s')
  }
)

t.test('while it runs the prediction stands alone', async (t) => {
  const seconds = { detection: null, leaders: { min: 4, max: 9 }, clientGap: null, followed: null, isrFull: null }
  const prediction = {
    ...{ moves: [], offline: [], writesStop: [], groups: [], assumed: [], notes: [], ownTopic: null, seconds },
    totals: { moves: 0, offline: 0, writesStop: 0 }
  }
  t.same(comparedOf({ prediction }), [
    { name: 'leaders', predicted: { min: 4, max: 9 }, measuredSeconds: null, within: null }
  ])
  t.same(comparedOf({}), [])
})

t.test('rates are per second, and times without any acknowledgement are gaps', async (t) => {
  const rates = {
    everyMs: 250,
    fromMs: -500,
    acknowledged: [75, 75, 0, 0, 0, 75, 0, 75, 0, 0],
    failed: [0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
  }
  const shown = viewOf({ rates }).rates
  t.match(shown, { acknowledged: [300, 300, 0], failed: [0, 0, 20], most: 400, ticks: [0, 200, 400] })
  t.same(shown?.gaps, [
    { from: 0, to: 750 },
    { from: 1500, to: 2000 }
  ])
})

t.test('of more than 50 partitions those that changed have a lane', async (t) => {
  const still = (nth: number) => {
    const each = partition(nth)
    return { ...each, lanes: each.lanes.slice(0, 1) }
  }
  const of = (stillOnes: number, changed: number) => {
    const all = [
      ...Array.from({ length: stillOnes }, (_, nth) => still(nth)),
      ...Array.from({ length: changed }, (_, nth) => partition(nth))
    ]
    const { shown, leftOut } = shownPartitions(all)
    return [shown.length, leftOut]
  }
  t.same(of(47, 3), [50, 0])
  t.same(of(48, 3), [3, 48])
  t.same(of(0, 500), [200, 300])
})

t.test('the label above a band takes a second line only where one is too short', async (t) => {
  const band = { name: 'writes where it follows wait', inWords: '6.9 s, predicted 4 to 9 s' }
  t.same(bandLabel(band, 400), ['writes where it follows wait: 6.9 s, predicted 4 to 9 s'])
  t.same(bandLabel(band, 256), ['writes where it follows wait:', '6.9 s, predicted 4 to 9 s'])
})

t.test('each broker has a line of when it answered, until the end of the chart', async (t) => {
  const lanes = [
    { fromMs: -9000, answers: true },
    { fromMs: 900, answers: false },
    { fromMs: 22_000, answers: true }
  ]
  const { answers, toMs } = viewOf({ answers: [{ node: 'kafka-2', lanes }] })
  t.same(answers, [
    {
      node: 'kafka-2',
      runs: [
        { from: -9000, to: 900, value: true },
        { from: 900, to: 22_000, value: false },
        { from: 22_000, to: toMs, value: true }
      ],
      inWords: 'kafka-2: answers, no answer after 0.9 s, answers after 22.0 s'
    }
  ])
  t.same(viewOf().answers, [])
})
