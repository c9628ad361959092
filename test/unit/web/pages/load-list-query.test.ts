import t from 'tap'
import {
  comparisonAddress,
  loadListQuery,
  matchingRuns,
  pickedOf,
  togglePick,
  workloadsOf
} from '../../../../web/pages/load-list-query.ts'
import { result, run, workload } from '../../cli/load/run.ts'

const thresholds = [{ threshold: 'p99 < 20ms', actual: 12, passed: true }]
const runs = [
  run({ id: 'd', status: 'running', result: null, createdAt: '2026-01-31T12:04:00.000Z' }),
  run({ id: 'c', result: { ...result, thresholds }, createdAt: '2026-01-31T12:03:00.000Z' }),
  run({ id: 'b', workload: { ...workload, name: 'spike' }, createdAt: '2026-01-31T12:02:00.000Z' }),
  run({ id: 'a', status: 'failed', result: null, createdAt: '2026-01-31T12:01:00.000Z' }),
  run({ id: 'p', status: 'pending', result: null })
]

t.test('runs are filtered by state, verdict and workload, together', async (t) => {
  const cases: [query: string, ids: string][] = [
    ['', 'd c b a p'],
    ['state=running', 'd p'],
    ['state=failed', 'a'],
    ['verdict=kept', 'c'],
    ['verdict=missed', 'b'],
    ['verdict=missed&workload=steady', ''],
    ['workload=spike', 'b'],
    ['state=nonsense', '']
  ]
  for (const [query, ids] of cases) {
    const found = matchingRuns(runs, loadListQuery(new URLSearchParams(query)))
    t.equal(found.map(({ id }) => id).join(' '), ids, query)
  }
  t.same(workloadsOf(runs), ['spike', 'steady'])
})

t.test('two runs are picked at most, and the older one is what the other is compared with', async (t) => {
  t.same(pickedOf(null), [])
  t.same(pickedOf('a,b,c'), ['b', 'c'])
  t.same(togglePick(['a', 'b'], 'c'), ['b', 'c'])
  t.same(togglePick(['a', 'b'], 'a'), ['b'])
  t.equal(comparisonAddress(['c'], runs), undefined)
  t.equal(comparisonAddress(['c', 'a'], runs), '/load/compare?a=a&b=c')
  t.equal(comparisonAddress(['a', 'c'], runs), '/load/compare?a=a&b=c')
})
