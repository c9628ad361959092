import t from 'tap'
import { createProcessor, type ProcessorOptions } from '#apps/load-balancer/domain/processor.ts'
import { createSimulation } from '#apps/load-balancer/domain/simulation.ts'
import type { BalancedResponse, BalancerMetrics } from '#shared/contracts/load-balancer.ts'
import type { SubscribedRecord } from '#shared/kafka/subscribing/port.ts'
import { requestAt } from '../requests.ts'

const record = (offset: number, value: string | null): SubscribedRecord => ({
  ...{ offset, timestampMs: 0, key: null, headers: [] },
  value: value === null ? null : Buffer.from(value)
})

const requests = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) =>
    record(from + at, JSON.stringify({ ...requestAt(1000 + at / 50), request_id: from + at }))
  )

const settle = () => new Promise((resolve) => setImmediate(resolve))

function processing(options: Partial<ProcessorOptions> = {}) {
  const answered: BalancedResponse[][] = []
  const letters: { partition: number; offset: number; message: string }[] = []
  const published: BalancerMetrics[] = []
  const timers: { ms: number; call: () => void }[] = []
  const state = { now: 2000 }
  const processor = createProcessor({
    simulation: createSimulation({
      servers: [{ capacity: 50 }, { capacity: 100 }],
      algorithm: 'round_robin',
      random: () => 0
    }),
    answer: async (responses) => void answered.push(responses),
    deadLetters: {
      put: async (partition, { offset }, { message }) => void letters.push({ partition, offset, message })
    },
    publish: (metrics) => published.push(metrics),
    batchSize: 10,
    batchTimeoutMs: 1000,
    now: () => state.now,
    after(ms, call) {
      const timer = { ms, call }
      timers.push(timer)
      return () => timers.splice(timers.indexOf(timer), 1)
    },
    ...options
  })
  return { processor, answered, letters, published, timers, state }
}

t.test('requests are taken ten at a time; the rest waits for a second', async (t) => {
  const { processor, answered, timers, state } = processing()
  let done = false
  const work = processor.process(0, requests(25)).then(() => {
    done = true
  })
  await settle()
  t.same(
    answered.map((batch) => batch.length),
    [10, 10]
  )
  t.equal(done, false)
  t.same(
    timers.map(({ ms }) => ms),
    [1000]
  )
  state.now += 1
  timers.pop()?.call()
  await work
  t.same(
    answered.map((batch) => batch.length),
    [10, 10, 5]
  )
  t.same(
    answered.flat().map(({ request_id }) => request_id),
    requests(25).map(({ offset }) => offset)
  )
  t.equal(timers.length, 0)
})

t.test('a batch takes from several partitions', async (t) => {
  const { processor, answered } = processing()
  await Promise.all([processor.process(0, requests(6)), processor.process(1, requests(4, 100))])
  t.same(
    answered.map((batch) => batch.length),
    [10]
  )
})

t.test('records count as processed once their responses are acknowledged, and not before', async (t) => {
  const held = Promise.withResolvers<void>()
  const { processor } = processing({ answer: () => held.promise })
  let done = false
  const work = processor.process(0, requests(10)).then(() => {
    done = true
  })
  await settle()
  t.equal(done, false)
  t.equal(processor.counts.answered, 0)
  held.resolve()
  await work
  t.match(processor.counts, { answered: 10, batches: 1 })
})

t.test('a response that cannot be written leaves its record unprocessed', async (t) => {
  const { processor } = processing({ answer: async () => Promise.reject(new Error('closed')) })
  await t.rejects(processor.process(0, requests(10)), /closed/)
})

t.test('what breaks the schema is a dead letter that names the field; the others are answered', async (t) => {
  const broken = [
    { value: null, message: /no value/ },
    { value: 'GET /api/users', message: /not a JSON document/ },
    { value: '{}', message: /request_id is required.*client_ip is required/ },
    { value: JSON.stringify({ ...requestAt(1), request_id: '12345' }), message: /^request_id must be integer$/ },
    { value: JSON.stringify({ ...requestAt(1), processing_time: 0 }), message: /^processing_time must be > 0$/ },
    { value: JSON.stringify(requestAt(1, 1001)), message: /^processing_time must be <= 1000$/ },
    { value: JSON.stringify({ ...requestAt(1), timestamp: -1 }), message: /^timestamp must be >= 0$/ },
    { value: `${'['.repeat(300)}${']'.repeat(300)}`, message: /not a JSON document/ }
  ]
  const { processor, answered, letters, timers, state } = processing()
  const work = processor.process(2, [...broken.map(({ value }, at) => record(at, value)), ...requests(2, 50)])
  state.now += 1
  timers.pop()?.call()
  await work
  t.same(
    answered.map((batch) => batch.map(({ request_id }) => request_id)),
    [[50, 51]]
  )
  t.match(
    letters,
    broken.map(({ message }, offset) => ({ partition: 2, offset, message }))
  )
  t.match(processor.counts, { answered: 2, deadLetters: broken.length })
})

t.test('requests that waited for a processor are no rush: each arrives at its own time', async (t) => {
  const { processor, answered, published } = processing()
  await processor.process(0, requests(500))
  const statuses = answered.flat().map(({ status }) => status)
  t.equal(statuses.filter((status) => status === 'failed').length, 0)
  processor.tick()
  t.match(published.at(-1)?.global_metrics, { total_requests: 500, failed_requests: 0 })
  const merged = processing()
  merged.processor.assign([0, 1])
  const all = requests(500)
  const first = merged.processor.process(
    0,
    all.filter((_, at) => at % 2 === 0)
  )
  await settle()
  t.equal(merged.answered.length, 0, 'the other partition may have earlier ones')
  const second = merged.processor.process(
    1,
    all.filter((_, at) => at % 2 === 1)
  )
  await settle()
  t.same(
    merged.answered.flat().map(({ request_id }) => request_id),
    all.slice(0, 499).map(({ offset }) => offset)
  )
  merged.state.now += 1
  merged.timers.pop()?.call()
  await Promise.all([first, second])
  t.equal(merged.answered.flat().length, 500)
  const rush = processing({ now: () => 1000 })
  await rush.processor.process(0, requests(500))
  t.ok(
    rush.answered.flat().some(({ status }) => status === 'failed'),
    'all at one time would be'
  )
})

t.test('metrics are published after requests, and every five seconds when there are none', async (t) => {
  const { processor, published, state } = processing()
  const tick = (seconds: number) => {
    state.now += seconds
    processor.tick()
    return published.length
  }
  t.equal(tick(0), 1, 'at the start')
  t.equal(tick(4), 1)
  t.equal(tick(1), 2)
  await processor.process(0, requests(10))
  t.equal(tick(1), 3)
  t.match(published.at(-1), { timestamp: 2006, global_metrics: { total_requests: 10 } })
  t.equal(tick(1), 4, 'until what was open is answered')
  t.match(published.at(-1)?.global_metrics, { successful_requests: 10 })
  t.equal(tick(1), 4)
  t.equal(tick(5), 5)
})

t.test('closed, it answers what waits and batches no more', async (t) => {
  const { processor, answered, timers } = processing()
  const work = processor.process(0, requests(3))
  processor.close()
  await work
  await processor.process(0, requests(2, 3))
  t.same(
    answered.map((batch) => batch.length),
    [3, 2]
  )
  t.equal(timers.length, 0)
})
