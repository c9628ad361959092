import t from 'tap'
import { createScorecards, scorecardOf } from '#services/load-test/domain/drills/scorecard.ts'
import { fingerprintOf, type Parts } from '#services/load-test/domain/load/fingerprint.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { drill } from '../../../../cli/drills/drill.ts'

const now = new Date('2026-02-06T00:00:00.000Z')
const cluster = { brokers: 'kafka-1, kafka-2, kafka-3', 'broker.zookeeper.session.timeout.ms': '6000' }
const topic = { 'topic.replicationFactor': '3', 'topic.min.insync.replicas': '2' }
const verdict = drill().verdict as NonNullable<Drill['verdict']>

/** A drill that ended at a minute of 2026-02-05. */
function ended(minute: number, change: Partial<Drill> = {}, parts: Parts = { ...cluster, ...topic }): Drill {
  const finishedAt = new Date(Date.UTC(2026, 1, 5, 0, minute)).toISOString()
  return drill({
    id: `drill-${minute}`,
    createdAt: finishedAt,
    finishedAt,
    fingerprint: fingerprintOf(parts),
    ...change
  })
}

const result = (result: NonNullable<Drill['verdict']>['result'], classes: string[] = []): Partial<Drill> => ({
  verdict: {
    ...verdict,
    result,
    findings: classes.map((name) => ({ class: name, severity: 'failure', count: 1, detail: name }))
  }
})
const of = (drills: Drill[], current: Parts = cluster) => scorecardOf({ drills: drills.toReversed(), current, now })

t.test('a cell has the last verdict of its kind and configuration, and how many passed', async (t) => {
  const { cells } = of([ended(1, result('fail')), ended(2), ended(3, { ...result('fail'), node: 'kafka-3' })])
  t.match(cells, [
    {
      kind: 'broker-stop',
      stale: false,
      drills: 3,
      passed: 1,
      last: { id: 'drill-3', node: 'kafka-3', result: 'fail', ageSeconds: 86_400 - 180 }
    }
  ])
  t.same(cells[0]?.last.comparison, drill().comparison)
})

t.test('kinds and configurations have cells of their own; those of the cluster now come first', async (t) => {
  const slower = { ...cluster, 'broker.zookeeper.session.timeout.ms': '18000', ...topic }
  const { cells, configurations } = of([
    ended(1),
    ended(2, { kind: 'network-partition' }),
    ended(3, {}, slower),
    ended(4, {}, { ...cluster, ...topic, 'topic.min.insync.replicas': '1' })
  ])
  t.equal(cells.length, 4)
  t.same(
    configurations.map(({ parts, stale }) => [parts?.['topic.min.insync.replicas'], stale]),
    [
      ['1', false],
      ['2', false],
      ['2', true]
    ]
  )
  t.same(configurations[2]?.differences, [{ part: 'broker.zookeeper.session.timeout.ms', was: '18000', now: '6000' }])
  t.equal(cells.find(({ last }) => last.id === 'drill-3')?.stale, true)
})

const staleness: { name: string; was: Parts; current: Parts; stale: boolean | null }[] = [
  { name: 'nothing has changed', was: cluster, current: cluster, stale: false },
  { name: 'a setting is gone', was: { ...cluster, 'broker.x': '1' }, current: cluster, stale: true },
  { name: 'a setting is new', was: cluster, current: { ...cluster, 'broker.x': '1' }, stale: true },
  { name: 'a part could not be read then', was: { ...cluster, brokers: null }, current: cluster, stale: null },
  { name: 'a part cannot be read now', was: cluster, current: { ...cluster, brokers: null }, stale: null },
  {
    name: 'one part cannot be read, and another has changed',
    was: cluster,
    current: { brokers: null, 'broker.zookeeper.session.timeout.ms': '9000' },
    stale: true
  },
  { name: "the drill's topic had other settings", was: { ...cluster, ...topic }, current: cluster, stale: false }
]
for (const { name, was: parts, current, stale } of staleness) {
  t.test(`stale is ${stale} when ${name}`, async (t) => {
    const { cells, configurations } = of([ended(1, {}, parts)], current)
    t.equal(cells[0]?.stale, stale)
    t.equal(configurations[0]?.stale, stale)
  })
}

t.test('what has no verdict on the cluster has no cell', async (t) => {
  const running = ended(1, { verdict: null, finishedAt: null, status: 'running' })
  t.same(of([running, ended(2, result('aborted'))]), { cells: [], configurations: [], repeated: [] })
})

t.test('drills of versions without a fingerprint are together, and whether they are stale is unknown', async (t) => {
  const { fingerprint, ...early } = ended(1)
  t.match(of([early]), {
    cells: [{ configuration: null, stale: null, drills: 1 }],
    configurations: [{ hash: null, parts: null, stale: null }]
  })
})

const repeats: { name: string; original: Partial<Drill>; again: Partial<Drill>[]; reproduced: number }[] = [
  { name: 'the same result', original: result('pass'), again: [result('pass'), result('fail')], reproduced: 1 },
  {
    name: 'a failure of one of the same classes',
    original: result('fail', ['ackedLost', 'duplicates']),
    again: [result('fail', ['duplicates']), result('fail', ['reordered']), result('pass')],
    reproduced: 1
  },
  { name: 'a failure without classes', original: result('fail'), again: [result('fail', ['x'])], reproduced: 1 },
  {
    name: 'aborted ones are left out',
    original: result('pass'),
    again: [result('aborted'), result('pass')],
    reproduced: 1
  }
]
for (const { name, original, again, reproduced } of repeats) {
  t.test(`reproduced: ${name}`, async (t) => {
    const request = { kind: 'broker-stop', node: 'kafka-2', repeatOf: 'drill-1' } as const
    const all = [ended(1, original), ...again.map((change, nth) => ended(nth + 2, { ...change, request }))]
    const judged = again.filter(({ verdict }) => verdict?.result !== 'aborted').length
    t.same(of(all).repeated, [
      { id: 'drill-1', kind: 'broker-stop', result: original.verdict?.result, repeats: judged, reproduced }
    ])
  })
}

const reading = (parts: Parts) =>
  createScorecards({
    drills: { list: () => ({ items: [ended(1)], nextCursor: undefined }) },
    readConfiguration: async () => fingerprintOf(parts),
    brokersExpected: 3,
    clock: { now: () => now }
  })(new AbortController().signal)

t.test('while a broker does not answer, nobody knows which brokers there are', async (t) => {
  t.match(await reading({ ...cluster, 'topic.partitions': null }), {
    cells: [{ stale: false }],
    warnings: [],
    asOf: now.toISOString()
  })
  t.match(await reading({ ...cluster, brokers: 'kafka-1, kafka-3' }), {
    cells: [{ stale: null }],
    warnings: [{ code: 'configuration_unknown' }]
  })
})
