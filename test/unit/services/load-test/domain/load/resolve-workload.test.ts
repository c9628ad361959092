import t from 'tap'
import { workloadHashOf } from '#services/load-test/domain/load/fingerprint.ts'
import { resolveWorkload, type WorkloadLimits } from '#services/load-test/domain/load/resolve-workload.ts'
import { isolationOf } from '#services/load-test/domain/load/transactions.ts'
import type { Workload } from '#shared/contracts/workload.ts'

const limits: WorkloadLimits = { maxPerSecond: 50_000, maxRecords: 1_000_000, maxSeconds: 600, maxBytes: 1_000_000_000 }
const logs = { kind: 'existing', name: 'log-events' } as const
const temporary = { kind: 'temporary', partitions: 12, replicationFactor: 3 } as const

function resolve(change: Partial<Workload>) {
  const workload: Workload = { name: 'x', topic: logs, ...change }
  return resolveWorkload(workload, { defaultTopic: 'log-events', limits })
}

t.test('what a workload leaves out has a default', async (t) => {
  t.same(resolve({ records: 1000 }), {
    name: 'x',
    description: null,
    topic: logs,
    rate: { kind: 'closed' },
    records: 1000,
    durationSeconds: null,
    warmUpSeconds: null,
    payload: { kind: 'log-events' },
    keys: { kind: 'distinct' },
    headers: [],
    producer: {
      acks: 'all',
      idempotent: true,
      compression: 'snappy',
      batchBytes: 16_384,
      lingerMs: 5,
      bufferBytes: 33_554_432,
      requestsInFlight: 5,
      requestTimeoutMs: 10_000,
      deliveryTimeoutMs: 60_000
    },
    producers: 1,
    consumers: [],
    verify: false,
    thresholds: []
  })
})

t.test('each load worker has a producer, unless the workload has more', async (t) => {
  t.match(resolve({ ...minute, workers: 3 }), { workers: 3, producers: 3 })
  t.match(resolve({ ...minute, workers: 3, producers: 8 }), { workers: 3, producers: 8 })
  t.notOk('workers' in resolve(minute), 'the hashes of other workloads stay as they were')
})

t.test('only a closed rate without a number of records has a cap', async (t) => {
  t.same(resolve(minute).cap, { records: 1_000_000, because: 'KOPS_LOAD_MAX_RECORDS: 1000000 records' })
  const large = resolve({ ...minute, payload: random({ kind: 'fixed', bytes: 4000 }) })
  t.match(large.cap, { records: 250_000, because: /^KOPS_LOAD_MAX_BYTES: 250000 records are about 1000000000 bytes/ })
  for (const change of [
    { records: 10 },
    { records: 10, ...minute },
    { rate: constant(10), ...minute },
    { rate: { kind: 'search' } as const }
  ]) {
    t.equal(resolve(change).cap, undefined)
  }
  t.equal(workloadHashOf(large), workloadHashOf({ ...large, cap: { records: 1, because: 'other' } }))
})

t.test('a profile sets the producer, and settings of its own win', async (t) => {
  const fast = resolve({ records: 1, profile: 'high-throughput', producer: { lingerMs: 50, compression: 'zstd' } })
  t.match(fast.producer, {
    acks: 'leader',
    idempotent: false,
    batchBytes: 65_536,
    bufferBytes: 134_217_728,
    lingerMs: 50,
    compression: 'zstd'
  })
  const quick = resolve({ records: 1, profile: 'low-latency', producer: { acks: 'all', idempotent: true } })
  t.match(quick.producer, { acks: 'all', idempotent: true, compression: 'none', batchBytes: 1, lingerMs: 0 })
  t.equal(quick.producer.deliveryTimeoutMs, quick.producer.requestTimeoutMs, 'no retry')
})

t.test('a run ends by what it names, or else with the shape of its rate', async (t) => {
  const spike = { kind: 'spike', base: 10, peak: 100, afterSeconds: 20, forSeconds: 5 } as const
  const cases = [
    { change: { rate: spike }, records: null, durationSeconds: 25 },
    { change: { rate: spike, durationSeconds: 60 }, records: null, durationSeconds: 60 },
    { change: { rate: spike, records: 500 }, records: 500, durationSeconds: null },
    { change: { records: 10, durationSeconds: 5 }, records: 10, durationSeconds: 5 }
  ]
  for (const { change, ...ends } of cases) {
    const { records, durationSeconds } = resolve(change)
    t.same({ records, durationSeconds }, ends)
  }
  t.match(resolve({ rate: spike }).rate, { ...spike, arrivals: 'even' })
  t.match(resolve({ rate: { ...spike, arrivals: 'poisson' } }).rate, { arrivals: 'poisson' })
})

t.test('a topic that is not for load tests needs its name twice', async (t) => {
  for (const topic of [logs, temporary, { kind: 'existing', name: 'orders', confirm: 'orders' } as const]) {
    t.same(resolve({ topic, records: 1 }).topic, topic)
  }
})

const minute = { durationSeconds: 60 }
const constant = (perSecond: number) => ({ kind: 'constant', perSecond }) as const
const steps = (from: number, to: number, by: number) => ({ kind: 'steps', from, to, by, everySeconds: 0.001 }) as const
const random = (size: Extract<Workload['payload'], { kind: 'random' }>['size']) =>
  ({ kind: 'random', size, compressibility: 0.5 }) as const

const refusals: { change: Partial<Workload>; field: string; message: RegExp }[] = [
  { change: { ...minute, workers: 3, producers: 2 }, field: 'producers', message: /one for each of the 3 workers/ },
  { change: { ...minute, workers: 2, verify: true }, field: 'verify', message: /not possible with workers/ },
  { change: { rate: { kind: 'search' }, workers: 2 }, field: 'rate.kind', message: /not possible with workers/ },
  { change: {}, field: 'durationSeconds', message: /is required, unless there are records/ },
  { change: { rate: constant(10) }, field: 'durationSeconds', message: /is required/ },
  { change: { records: 1, thresholds: ['p99 < 1s', 'p98 < 1s'] }, field: 'thresholds.1', message: /must be like "p99/ },
  {
    change: { rate: constant(50_001), ...minute },
    field: 'rate.perSecond',
    message: /at most 50000 records per second/
  },
  {
    change: { rate: { kind: 'ramp', from: 60_000, to: 1, overSeconds: 9 } },
    field: 'rate.from',
    message: /at most 50000/
  },
  {
    change: { rate: { kind: 'ramp', from: 1, to: 60_000, overSeconds: 9 } },
    field: 'rate.to',
    message: /at most 50000/
  },
  { change: { rate: steps(1, 60_000, 1000) }, field: 'rate.to', message: /at most 50000/ },
  {
    change: { rate: { kind: 'spike', base: 1, peak: 60_000, afterSeconds: 1, forSeconds: 1 } },
    field: 'rate.peak',
    message: /at most 50000/
  },
  {
    change: { rate: { kind: 'stages', stages: [1, 60_000].map((perSecond) => ({ seconds: 1, perSecond })) } },
    field: 'rate.stages.1.perSecond',
    message: /at most 50000/
  },
  { change: { rate: steps(200, 100, 10) }, field: 'rate.to', message: /at least from, 200, because steps go up/ },
  { change: { rate: steps(1, 1001, 1) }, field: 'rate.by', message: /makes 1001 steps, and at most 1000/ },
  { change: { rate: constant(10), durationSeconds: 601 }, field: 'durationSeconds', message: /at most 600 s/ },
  { change: { records: 5, durationSeconds: 601 }, field: 'durationSeconds', message: /at most 600 s/ },
  {
    change: { rate: { kind: 'ramp', from: 1, to: 2, overSeconds: 601 } },
    field: 'rate',
    message: /makes the run last 601 s, and at most 600 s/
  },
  { change: { rate: constant(0.1), records: 61 }, field: 'records', message: /makes the run last 610 s/ },
  { change: { records: 1_000_001 }, field: 'records', message: /makes 1000001 records, and at most 1000000/ },
  { change: { rate: constant(20_000), ...minute }, field: 'durationSeconds', message: /makes 1200000 records/ },
  {
    change: { rate: constant(1000), ...minute, payload: random({ kind: 'fixed', bytes: 20_000 }) },
    field: 'durationSeconds',
    message: /makes about 1200000000 bytes of values, and at most 1000000000/
  },
  {
    change: { records: 300_000, ...minute, payload: random({ kind: 'uniform', from: 1, to: 7999 }) },
    field: 'records',
    message: /bytes of values/
  },
  {
    change: { rate: constant(1), ...minute, warmUpSeconds: 60 },
    field: 'warmUpSeconds',
    message: /less than the 60 s/
  },
  {
    change: { rate: constant(10), records: 100, ...minute, warmUpSeconds: 10 },
    field: 'warmUpSeconds',
    message: /than the 10 s/
  },
  { change: { rate: { kind: 'search', maxPerSecond: 50_001 } }, field: 'rate.maxPerSecond', message: /at most 50000/ },
  {
    change: { rate: { kind: 'search', startPerSecond: 2000, maxPerSecond: 1999 } },
    field: 'rate.startPerSecond',
    message: /at most maxPerSecond, 1999/
  },
  { change: { rate: { kind: 'search' }, verify: true }, field: 'verify', message: /not possible with a search/ },
  {
    change: { rate: { kind: 'search', trialSeconds: 3 }, warmUpSeconds: 3 },
    field: 'warmUpSeconds',
    message: /less than the 3 s that a trial lasts/
  },
  {
    change: { rate: { kind: 'search', trialSeconds: 10 }, durationSeconds: 9.9 },
    field: 'durationSeconds',
    message: /at least the 10 s that a trial lasts/
  },
  {
    change: { rate: { kind: 'search', startPerSecond: 500 }, records: 2499 },
    field: 'records',
    message: /at least the 2500 of the first trial/
  },
  {
    change: { rate: { kind: 'search' }, durationSeconds: 601 },
    field: 'durationSeconds',
    message: /601 s, and at most 600 s/
  },
  {
    change: { records: 1, payload: random({ kind: 'uniform', from: 10, to: 9 }) },
    field: 'payload.size.to',
    message: /at least from, 10/
  },
  {
    change: { records: 1, payload: random({ kind: 'log-normal', median: 10, p99: 10 }) },
    field: 'payload.size.p99',
    message: /more than the median, 10/
  },
  { change: { records: 1, producer: { acks: 'leader' } }, field: 'producer.idempotent', message: /needs acks=all/ },
  { change: { records: 1, producer: { acks: 'none' } }, field: 'producer.idempotent', message: /needs acks=all/ },
  {
    change: { records: 1, producer: { acks: 'none', idempotent: false }, transactions: {} },
    field: 'transactions',
    message: /acks=all, and producer.acks is none/
  },
  {
    change: { records: 1, producer: { idempotent: false }, transactions: {} },
    field: 'transactions',
    message: /idempotent/
  },
  { change: { rate: { kind: 'search' }, transactions: {} }, field: 'transactions', message: /search/ },
  {
    change: { rate: { kind: 'search' }, producer: { acks: 'none', idempotent: false } },
    field: 'producer.acks',
    message: /search/
  },
  { change: { records: 1, thresholds: ['commit.p99 < 1s'] }, field: 'thresholds.0', message: /needs transactions/ },
  {
    change: { records: 1, profile: 'low-latency', producer: { idempotent: true } },
    field: 'producer.idempotent',
    message: /needs acks=all/
  },
  {
    change: { records: 1, producer: { requestTimeoutMs: 60_001 } },
    field: 'producer.deliveryTimeoutMs',
    message: /at least requestTimeoutMs, 60001/
  },
  {
    change: { records: 1, topic: { kind: 'existing', name: 'orders' } },
    field: 'topic.confirm',
    message: /must be orders/
  },
  {
    change: { records: 1, topic: { kind: 'existing', name: 'orders', confirm: 'order' } },
    field: 'topic.confirm',
    message: /must be orders/
  },
  { change: { rate: { kind: 'search' }, consumers: [{ members: 1 }] }, field: 'consumers', message: /with a search/ },
  { change: { records: 1, workers: 1, consumers: [{ members: 1 }] }, field: 'consumers', message: /with workers/ },
  {
    change: { records: 1, consumers: [{ group: 'a', members: 1 }, { members: 1 }, { group: 'a', members: 1 }] },
    field: 'consumers.2.group',
    message: /a is there twice/
  },
  { change: { records: 1, thresholds: ['errors = 0', 'lag = 0'] }, field: 'thresholds.1', message: /needs consumers/ }
]

for (const { change, field, message } of refusals) {
  t.test(`${JSON.stringify(change)} is refused for ${field}`, async (t) => {
    t.throws(() => resolve(change), { code: 'validation_failed', errors: [{ field, message }] })
  })
}

t.test('a search needs no end of its own: the limits of a run bound all its trials', async (t) => {
  const defaults = {
    kind: 'search',
    startPerSecond: 1000,
    maxPerSecond: 50_000,
    trialSeconds: 5,
    precision: 0.05,
    objective: { maxP99Ms: 100 },
    soakSeconds: 60,
    arrivals: 'even'
  }
  const resolved = resolve({ rate: { kind: 'search' } })
  t.match(resolved, { rate: defaults, records: 1_000_000, durationSeconds: 600, warmUpSeconds: 1 })
  t.same(
    resolve({ rate: resolved.rate, records: 1_000_000, durationSeconds: 600 }).rate,
    resolved.rate,
    'a resolved search can be repeated'
  )
  const large = { kind: 'random', size: { kind: 'fixed', bytes: 100_000 }, compressibility: 0 } as const
  t.equal(resolve({ rate: { kind: 'search' }, payload: large }).records, 10_000, 'by its bytes')
  t.match(resolve({ rate: { kind: 'search', maxPerSecond: 100 } }).rate, { startPerSecond: 100 })
  const given = { kind: 'search', trialSeconds: 20, objective: { maxP99Ms: 5 }, soakSeconds: 0 } as const
  t.match(resolve({ rate: given, records: 50_000, durationSeconds: 60, warmUpSeconds: 0 }), {
    rate: given,
    records: 50_000,
    durationSeconds: 60,
    warmUpSeconds: 0
  })
})

t.test('exactly at the limits a workload is accepted', async (t) => {
  t.equal(resolve({ rate: constant(50_000), records: 1_000_000 }).records, 1_000_000)
  t.equal(resolve({ rate: constant(1), durationSeconds: 600, warmUpSeconds: 599 }).durationSeconds, 600)
  t.equal(resolve({ rate: constant(10), records: 2_000_000, ...minute }).records, 2_000_000, 'the minute comes first')
  t.match(resolve({ rate: steps(1, 1000, 1) }).rate, steps(1, 1000, 1))
  t.equal(resolve({ durationSeconds: 600 }).durationSeconds, 600, 'what a closed rate sends is unknown')
})

t.test('transactions have a duration, and groups read what is committed unless told otherwise', async (t) => {
  const resolved = resolve({
    ...{ records: 1, transactions: { records: 5 } },
    consumers: [{ members: 1 }, { members: 1, isolation: 'read_uncommitted' }]
  })
  t.same(resolved.transactions, { records: 5, durationMs: 3000, abortShare: 0 })
  t.same(
    resolved.consumers.map((each) => isolationOf(each, resolved)),
    ['read_committed', 'read_uncommitted']
  )
  t.equal(isolationOf({ members: 1 }, {}), 'read_uncommitted')
})
