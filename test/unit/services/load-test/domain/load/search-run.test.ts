import t from 'tap'
import type { LoadEngine, LoadOrder, SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { prepareSearch } from '#services/load-test/domain/load/search-run.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { simulatedEngine, simulatedSecond, workload } from '../../fakes.ts'

const rate = {
  kind: 'search',
  startPerSecond: 1000,
  maxPerSecond: 8000,
  trialSeconds: 5,
  precision: 0.5,
  objective: { maxP99Ms: 100 },
  soakSeconds: 30,
  arrivals: 'even'
} as const

const order: LoadOrder = {
  topic: 'x',
  workload: workload({ rate, records: 1_000_000, durationSeconds: 600, thresholds: ['throughput > 2000/s'] }),
  seed: 7,
  timestampMs: 0
}

async function search(engine: { prepare: LoadEngine['prepare'] }) {
  const clock = manualClock()
  const { load, measurement } = await prepareSearch(order, rate, { prepare: engine.prepare, clock })
  const run = (signal = new AbortController().signal, onSecond: (report: SecondReport) => void = () => {}) =>
    load.run(signal, (report) => {
      measurement.add(report)
      onSecond(report)
    })
  return { run, load, measurement }
}

t.test('trials run one after the other at constant rates, and the result has them all', async (t) => {
  const engine = simulatedEngine(3000)
  const { run, measurement } = await search(engine)
  const progress: object[] = []
  await run(undefined, () => progress.push(measurement.progress()))
  const rates = engine.orders.map(({ workload }) => Object(workload.rate).perSecond)
  t.same(rates, [1000, 2000, 4000, 4000, 2828, 4000, 2828, 2828, 2545])
  t.match(engine.orders[0]?.workload, { rate: { arrivals: 'even' }, records: null, durationSeconds: 5 })
  t.equal(new Set(engine.orders.map(({ seed }) => seed)).size, 9, 'no trial repeats the arrivals of another one')
  t.equal(engine.open(), 0, 'all producers are given back')

  const { search: found, ...sums } = measurement.result(78_000)
  t.match(found, { highestPass: 2828, lowestFail: 4000, endedBecause: 'found' })
  t.match(found?.soak, { perSecond: 2545, seconds: 30, passed: true, reason: null })
  t.same(
    found?.trials.map(({ perSecond, passed }) => [perSecond, passed]),
    rates.slice(0, 8).map((each) => [each, each < 3000])
  )
  t.match(found?.trials[2], { perSecond: 4000, achievedPerSecond: 4000, reason: 'late' })
  t.ok(Math.abs((found?.trials[2]?.p99Ms ?? 0) - 500) < 1)
  const records = 5 * (1000 + 2000 + 3 * 4000 + 3 * 2828) + 30 * 2545
  t.match(sums, { acknowledged: records, failed: 0, limitedBy: 'cluster', compressionRatio: 0.4, errors: [] })
  t.ok((sums.responseTimeMs?.max ?? 999) < 10, 'times are those of the soak')
  t.match(sums.steadyState, { status: 'given', warmUpSeconds: 1, eventsPerSecond: 2545 })
  t.same(sums.thresholds, [{ threshold: 'throughput > 2000/s', actual: 2545, passed: true }])

  t.equal(measurement.spectrum()?.responseTime.at(-1)?.valueMs, sums.responseTimeMs?.max)
  const seconds = measurement.seconds()
  t.same(
    seconds.map((each) => each.second),
    Array.from({ length: 8 * 5 + 30 }, (_, nth) => nth)
  )
  t.match(seconds[5], { targetPerSecond: 2000, acknowledged: 2000 })
  t.match(progress[12], {
    acknowledged: 5 * 3000 + 3 * 4000,
    second: { second: 12, targetPerSecond: 4000 },
    trial: { number: 3, perSecond: 4000, seconds: 5, isSoak: false, highestPass: 2000, lowestFail: null }
  })
  t.match(progress.at(-1), { trial: { number: 9, isSoak: true, highestPass: 2828, lowestFail: 4000 } })
})

t.test('a cancelled search ends at once with what it knows, the current trial included', async (t) => {
  const abort = new AbortController()
  const engine = simulatedEngine(1500, (signal, onSecond) => {
    onSecond(simulatedSecond(2000, 0, 5))
    queueMicrotask(() => abort.abort(new Error('enough')))
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ durationMs: 500 }), { once: true })
    })
  })
  const { run, measurement } = await search(engine)
  await run(abort.signal)
  t.equal(engine.orders.length, 2)
  t.equal(engine.open(), 0)
  const result = measurement.result(6000)
  t.match(result, {
    acknowledged: 5 * 1000 + 2000,
    limitedBy: 'unknown',
    search: { highestPass: 1000, lowestFail: null, endedBecause: 'interrupted' }
  })
  t.equal(result.search?.trials.length, 1, 'half a trial is none')
  t.same([result.responseTimeMs, result.percentiles, result.sendLatencyMs], [undefined, undefined, null])
  t.match(result.thresholds, [{ actual: null, passed: false }])
  t.equal(measurement.seconds().length, 6)
})

t.test(
  'a search that is cancelled while a trial is prepared does not wait, and gives the producers back',
  async (t) => {
    const engine = simulatedEngine(3000)
    const abort = new AbortController()
    const late = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const { run, measurement } = await search({
      async prepare(order) {
        const load = await engine.prepare(order)
        if (engine.orders.length === 1) return load
        abort.abort(new Error('enough'))
        await late.promise
        return { ...load, close: async () => closed.resolve() }
      }
    })
    await t.rejects(run(abort.signal), /enough/)
    t.match(measurement.result(5000).search, { highestPass: 1000, endedBecause: 'interrupted' })
    late.resolve()
    await closed.promise
  }
)

t.test('a trial that cannot be prepared ends the search with what it knows', async (t) => {
  const engine = simulatedEngine(3000)
  const { run, measurement } = await search({
    async prepare(order) {
      if (engine.orders.length === 2) throw new KopsError('cluster_unreachable', 'no broker')
      return engine.prepare(order)
    }
  })
  await t.rejects(run(), { code: 'cluster_unreachable' })
  t.match(measurement.result(11_000), { acknowledged: 15_000, search: { highestPass: 2000, lowestFail: null } })
  t.equal(engine.open(), 0)
})

t.test('what is not answered soon after a trial is given up', async (t) => {
  const engine = simulatedEngine(1500, (signal, onSecond) => {
    const unanswered = simulatedSecond(2000, 0, 5)
    onSecond({
      ...unanswered,
      acknowledged: 0,
      failed: 2000,
      indeterminate: 2000,
      errors: { CANCELLED: { count: 2000, longestMs: 7000 } }
    })
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ durationMs: 7100 }), { once: true })
    })
  })
  const { run, measurement } = await search(engine)
  await run()
  const { search: found, errors } = measurement.result(100_000)
  t.match(found, { highestPass: 1414, lowestFail: 2000, endedBecause: 'found' })
  t.match(found?.trials[1], { reason: 'behind', achievedPerSecond: 0 })
  t.match(errors, [{ code: 'CANCELLED', longestMs: 7000 }])
})
