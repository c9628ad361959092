import t from 'tap'
import type { Family, Level } from '#services/health/metrics/exposition.ts'
import { limitSeries } from '#services/health/metrics/limit.ts'

function family(name: string, level: Level, units: Record<string, number>): Family {
  const chunks = Object.entries(units).map(([unit, series]) => ({ unit, series, text: () => `${name} of ${unit}\n` }))
  return { definition: { name, help: name, labels: [], level }, chunks }
}

const families = [
  family('cluster', 'cluster', { '': 10 }),
  family('group', 'group', { g1: 1, g2: 1, g3: 1 }),
  family('topic', 'topic', { a: 1, b: 1 }),
  family('sum', 'group topic', { g1: 2, g2: 2, g3: 2 }),
  family('leader', 'topic partition', { a: 12, b: 12 }),
  family('lag', 'group partition', { g1: 24, g2: 50, g3: 24 }),
  family('offset', 'group partition, repeated', { g1: 24, g2: 50, g3: 24 })
]
const all = 10 + 3 + 2 + 6 + 24 + 98 + 98

const kept = (maxSeries: number) => {
  const limited = limitSeries(families, maxSeries)
  return {
    units: Object.fromEntries(
      limited.kept.map(({ definition, chunks }) => [definition.name, chunks.map(({ unit }) => unit).join(' ')])
    ),
    dropped: Object.fromEntries(limited.dropped)
  }
}
const whole = { cluster: '', group: 'g1 g2 g3', topic: 'a b', sum: 'g1 g2 g3', leader: 'a b' }
const none = { group: 0, topic: 0, sum: 0, leader: 0, lag: 0, offset: 0 }

t.test('nothing is left out that fits', async (t) => {
  t.same(kept(all), { units: { ...whole, lag: 'g1 g2 g3', offset: 'g1 g2 g3' }, dropped: none })
})

t.test('redundant series are dropped first: whole groups, in the order of their names', async (t) => {
  t.same(kept(all - 1), {
    units: { ...whole, lag: 'g1 g2 g3', offset: 'g1 g2' },
    dropped: { ...none, offset: 24 }
  })
  t.same(
    kept(all - 48).units,
    { ...whole, lag: 'g1 g2 g3', offset: 'g1 g3' },
    'a group that is too large does not keep out those after it'
  )
})

t.test('then partitions of topics, lags of partitions, sums, at last topics and groups', async (t) => {
  t.same(kept(all - 98 - 1), {
    units: { ...whole, leader: 'a', lag: 'g1 g2 g3', offset: '' },
    dropped: { ...none, leader: 12, offset: 98 }
  })
  t.same(kept(all - 98 - 24 - 1).units, { ...whole, leader: '', lag: 'g1 g2', offset: '' })
  t.same(kept(18).units, { ...whole, sum: 'g1', leader: '', lag: '', offset: '' })
  t.same(kept(12).units, { ...whole, topic: '', group: 'g1 g2', sum: '', leader: '', lag: '', offset: '' })
})

t.test('cluster metrics are never left out', async (t) => {
  t.same(kept(1), {
    units: { cluster: '', group: '', topic: '', sum: '', leader: '', lag: '', offset: '' },
    dropped: { group: 3, topic: 2, sum: 6, leader: 24, lag: 98, offset: 98 }
  })
})
