import type { Worker } from 'node:worker_threads'
import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t from 'tap'
import { createLoadThreads } from '#services/load-test/adapters/load-threads.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { startStubLeaders } from '../../../shared/kafka/stub-leaders.ts'
import { workload } from '../fakes.ts'

// Each thread warms up first.
t.setTimeout(120_000)

const initProducerId = 22
const nowhere = loadConfig({ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1' })

t.test('an order that cannot be prepared is refused with its error, as often as it is given', async (t) => {
  const engine = createLoadThreads({ config: nowhere, clientId: 'test' })
  t.teardown(() => engine.close())
  for (const producers of [1, 3, 1]) {
    const order = { topic: 'x', workload: workload({ producers }), seed: 1, timestampMs: 0 }
    await t.rejects(engine.prepare(order), { name: 'KopsError', code: 'cluster_unreachable' })
  }
})

t.test('settings that are not valid fail the run, not the service', async (t) => {
  const config = { ...nowhere, KOPS_BOOTSTRAP_SERVERS: 'no port' }
  const engine = createLoadThreads({ config, clientId: 'test' })
  t.teardown(() => engine.close())
  await t.rejects(engine.prepare({ topic: 'x', workload: workload(), seed: 1, timestampMs: 0 }), { message: /thread/ })
})

t.test('an order that is given again while a thread still prepares the first one gets its own producers', async (t) => {
  const values: string[] = []
  const asked = Promise.withResolvers<void>()
  let hasLeaders = true
  let identities = 0
  const leaders = await startStubLeaders({
    ...{ brokers: 1, partitions: 3 },
    leaderOf() {
      if (!hasLeaders) asked.resolve()
      return hasLeaders ? 0 : -1
    },
    // Of the order that comes last, one thread is ready much later than the other.
    other(key) {
      if (key === initProducerId) identities += 1
      return key === initProducerId && identities > 3 && identities < 9 ? null : undefined
    },
    receive: (batches) =>
      batches.map(({ partition, batch }) => {
        const { records } = readRecordsBatch(Reader.from(Buffer.from(batch)))
        values.push(...records.map(({ value }) => String(value)))
        return { partition, errorCode: 0, baseOffset: 0 }
      })
  })
  const config = loadConfig({ KOPS_BOOTSTRAP_SERVERS: leaders.bootstrap })
  const engine = createLoadThreads({ config, clientId: 'test' })
  t.teardown(async () => {
    await engine.close()
    leaders.close()
  })
  const order = (producers: number) => ({
    ...{ topic: 'x', seed: 1, timestampMs: 0 },
    workload: workload({ records: 400, producers, payload: { kind: 'log-events' } })
  })
  await (await engine.prepare(order(1))).close()

  // The first thread is refused at once, while the second one still starts.
  hasLeaders = false
  const refused = engine.prepare(order(2))
  await asked.promise
  hasLeaders = true
  await t.rejects(refused, { code: 'topic_not_ready' })
  const load = await engine.prepare(order(2))
  const producers = new Set<number>()
  await load.run(new AbortController().signal, ({ producer }) => producers.add(producer))
  await load.close()
  t.same(producers, new Set([0, 1]))
  t.equal(new Set(values).size, 400, 'no two producers have written the same records')
})

t.test('a run ends when the thread of one producer does, and the others stop', async (t) => {
  const workers: Worker[] = []
  const onWorker = (worker: Worker) => void workers.push(worker)
  process.on('worker', onWorker)
  const leaders = await startStubLeaders({ brokers: 1, partitions: 3 })
  const config = loadConfig({ KOPS_BOOTSTRAP_SERVERS: leaders.bootstrap })
  const engine = createLoadThreads({ config, clientId: 'test' })
  t.teardown(async () => {
    process.removeListener('worker', onWorker)
    await engine.close()
    leaders.close()
  })
  const endless = workload({ rate: { kind: 'constant', perSecond: 100 }, durationSeconds: 600, producers: 2 })
  const load = await engine.prepare({ topic: 'x', seed: 1, timestampMs: 0, workload: endless })
  const run = load.run(new AbortController().signal, () => void workers.at(-1)?.terminate())
  await t.rejects(run, { message: 'A load thread ended' })
  await load.close()
})
