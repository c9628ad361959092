import { Counter, Histogram, Registry } from 'prom-client'
import t from 'tap'
import { talliedCounter, talliedHistogram } from '#shared/http/tallies.ts'

const buckets = [1, 2.5, 10]
const counter = { name: 'things_total', help: 'Things', labelNames: ['topic', 'status'] }
const histogram = { name: 'thing_ms', help: 'Time of a thing', labelNames: ['topic'], buckets }

t.test('they are exposed as the counters and histograms of prom-client are', async (t) => {
  const [tallied, plain] = [new Registry(), new Registry()]
  const countOf = talliedCounter(tallied, counter)
  const timeOf = talliedHistogram(tallied, histogram)
  const count = new Counter({ ...counter, registers: [plain] })
  const time = new Histogram({ ...histogram, registers: [plain] })
  for (const topic of ['a', 'b']) {
    const [failed, observed] = [countOf({ topic, status: 'error' }), timeOf({ topic })]
    for (const value of [0, 1, 1.5, 2.5, 9, 10, 10.1, 1e9]) {
      failed.value += value
      count.inc({ topic, status: 'error' }, value)
      observed.observe(value)
      time.observe({ topic }, value)
    }
  }
  t.equal(await tallied.metrics(), await plain.metrics())
  t.equal(await tallied.metrics(), await plain.metrics(), 'a second scrape shows the same')
})

t.test('without a series there is none, and a name is taken once', async (t) => {
  const registry = new Registry()
  talliedHistogram(registry, histogram)
  t.equal((await registry.metrics()).split('\n').filter((line) => line.startsWith('thing_ms')).length, 0)
  t.throws(() => talliedHistogram(registry, histogram), /already been registered/)
})
