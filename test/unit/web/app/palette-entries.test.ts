import t from 'tap'
import {
  actionEntries,
  groupEntry,
  matchingEntries,
  pageEntries,
  topicEntry
} from '../../../../web/app/palette-entries.ts'

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

t.test('all words must be in the name, whatever their case', async (t) => {
  t.same(found('AUDIT ord'), ['orders.audit'])
  t.same(found('nothing'), [])
  t.equal(found('').length, Math.min(30, entries.length))
})
