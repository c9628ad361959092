import t from 'tap'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import {
  actionEntries,
  drillEntry,
  gameDayEntry,
  groupEntry,
  loadTestEntry,
  matchingEntries,
  pageEntries,
  topicEntry
} from '../../../../web/app/palette-entries.ts'
import { drill } from '../../cli/drills/drill.ts'

const entries = [
  ...pageEntries,
  ...['orders', 'orders.audit', 'border', 'payments-orders'].map(topicEntry),
  groupEntry('billing')
]
const found = (text: string) => matchingEntries(entries, text).map(({ label }) => label)

t.test('the best match comes first: the name itself, its beginning, the beginning of a word, anywhere', async (t) => {
  t.same(found('orders'), ['orders', 'orders.audit', 'payments-orders'])
  t.same(found('order'), ['orders', 'orders.audit', 'payments-orders', 'border'])
  t.same(found('audit'), ['Audit', 'orders.audit'])
})

t.test('actions are found by their words', async (t) => {
  const labels = matchingEntries([...entries, ...actionEntries], 'broker').map(({ label }) => label)
  t.same(labels, ['Brokers', 'Drain a broker', 'Refill a broker'])
})

t.test('runs are found by what they are, their id, their topic and what became of them', async (t) => {
  const load = { id: '20260131T123456-9f3a1c', topic: 'orders', workload: { name: 'steady' }, status: 'completed' }
  const runs = [
    gameDayEntry({ id: 'g-1', name: 'bad-night', status: 'running', verdict: null } as GameDay),
    drillEntry({ ...drill({ id: 'd-1' }), request: { kind: 'broker-stop', topic: 'orders' } }),
    drillEntry(drill({ id: 'd-2' })),
    loadTestEntry({ ...load, result: null } as LoadTestRun)
  ]
  const labels = (text: string) => matchingEntries([...entries, ...runs], text).map(({ label }) => label)
  t.same(labels('pass'), [
    'Drill broker-stop on kafka-2 into orders: pass, d-1',
    'Drill broker-stop on kafka-2: pass, d-2'
  ])
  t.same(labels('bad running'), ['Game day bad-night: running, g-1'])
  t.same(labels('9f3a1c'), ['Load test steady into orders: completed, 20260131T123456-9f3a1c'])
  t.same(labels('orders').slice(0, 2), ['orders', 'orders.audit'], 'what has the name itself comes first')
  t.match(runs, [{ to: '/drills/gamedays/g-1' }, { to: '/drills/d-1' }, {}, { to: '/load/20260131T123456-9f3a1c' }])
})

t.test('all words must be in the name, whatever their case', async (t) => {
  t.same(found('AUDIT ord'), ['orders.audit'])
  t.same(found('nothing'), [])
  t.equal(found('').length, Math.min(30, entries.length))
})
