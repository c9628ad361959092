import t from 'tap'
import Value from 'typebox/value'
import type { PreparedGroup } from '#services/load-test/domain/load/consume-port.ts'
import type { PreparedLoad, SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { fingerprintOf, workloadHashOf } from '#services/load-test/domain/load/fingerprint.ts'
import { createLoadTests, type LoadTestsOptions } from '#services/load-test/domain/load/load-tests.ts'
import type { WorkloadLimits } from '#services/load-test/domain/load/resolve-workload.ts'
import { interruptedRun, recordOf } from '#services/load-test/domain/load/run-record.ts'
import { noRecords } from '#services/load-test/domain/verification/partition-check.ts'
import { type LoadTestRun, LoadTestRunSchema, type RunSeconds } from '#shared/contracts/load-test.ts'
import type { Verification } from '#shared/contracts/load-test-result.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { createJobRunner, type JobRunnerOptions } from '#shared/jobs/runner.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { memoryStore } from '../../../../shared/jobs/memory-store.ts'
import {
  disksWith,
  type FakeProducerOptions,
  fakeEngine,
  fakeProducer,
  noGroups,
  simulatedEngine,
  simulatedSecond,
  workload
} from '../../fakes.ts'

const runnerOptions: Omit<JobRunnerOptions<LoadTestRun>, 'store'> = {
  clock: manualClock(),
  noun: 'load test',
  keep: 100,
  newId: () => 'another',
  atMost: { jobs: 1, because: 'they would measure each other' },
  interrupted: interruptedRun,
  assertRoom: async () => {},
  onProblem: (error) => {
    throw error
  }
}

async function build(producer: Omit<FakeProducerOptions, 'onOutcome'> = {}, change: Partial<LoadTestsOptions> = {}) {
  const clock = manualClock()
  const store = memoryStore<LoadTestRun>()
  const heard: SecondReport[] = []
  const topics: string[] = []
  const reports = new Map<string, RunSeconds>()
  let ids = 0
  let since: string | undefined
  const loadTests = createLoadTests({
    runner: createJobRunner({ ...runnerOptions, store, clock, newId: () => `run-${++ids}` }),
    clock,
    engine: fakeEngine((_order, onOutcome) => fakeProducer({ ...producer, onOutcome })),
    disks: disksWith(1e12),
    admitTransactions: async () => {},
    abortTransactions: async () => {},
    consume: noGroups,
    groups: noGroups,
    admitGroups: async () => {},
    admin: {
      async createTopic({ name }) {
        topics.push(name)
      },
      async deleteTopic(name) {
        topics.splice(topics.indexOf(name), 1)
      }
    },
    readEnvironment: async (topic) => fingerprintOf({ 'topic.name': topic }),
    reports: { load: async (id) => reports.get(id), save: async (each) => void reports.set(each.id, each) },
    reserved: createReservedTopics({ auditTopic: 'audit-logs' }),
    onSecond: (report) => heard.push(report),
    since: {
      read: async () => since,
      async write(at) {
        since = at
      }
    },
    onProblem: (error) => {
      throw error
    },
    ...change
  })
  await loadTests.open()
  return { loadTests, store, heard, clock, topics }
}

t.test('a run ends with the outcome of every event, and is saved', async (t) => {
  const { loadTests, store, heard } = await build()
  const run = await loadTests.start(workload({ records: 1000 }))
  t.match(run, { status: 'running', links: { self: '/api/loadtest/runs/run-1' } })
  const end = await loadTests.ended(run.id)
  t.match(end, {
    status: 'completed',
    progress: { acknowledged: 1000, failed: 0 },
    result: {
      acknowledged: 1000,
      failed: 0,
      uncompressedBytes: 1_000_000,
      compressedBytes: 400_000,
      compressionRatio: 0.4,
      errors: []
    }
  })
  t.ok(Math.abs((end.result?.sendLatencyMs?.p99 ?? 0) - 4) < 0.1)
  t.equal(
    heard.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    1000
  )
  const { seconds, partitions, spectrum } = await loadTests.report(run.id)
  t.equal(
    seconds.reduce((sum, { sent }) => sum + sent, 0),
    1000
  )
  t.match(partitions, [
    { partition: 0, acknowledged: Number, failed: 0 },
    { partition: 1, acknowledged: Number, failed: 0 },
    { partition: 2, acknowledged: Number, failed: 0 }
  ])
  t.equal(
    partitions?.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    1000
  )
  t.equal(spectrum?.serviceTime.at(-1)?.valueMs, end.result?.serviceTimeMs?.max)
  await t.rejects(loadTests.report('nothing'), { code: 'job_not_found' })
  t.same(JSON.parse(store.documents.get(run.id) ?? ''), end)
})

t.test('failed events are counted by code, and separately from those that may have been written', async (t) => {
  const { loadTests } = await build({
    outcomeOf: ({ partition }) =>
      partition === 0
        ? { status: 'failed', code: 'NOT_ENOUGH_REPLICAS' }
        : partition === 1
          ? { status: 'indeterminate', code: 'NETWORK_EXCEPTION' }
          : { status: 'acknowledged', code: undefined }
  })
  const { result, status } = await loadTests.ended((await loadTests.start(workload({ records: 300 }))).id)
  t.equal(status, 'completed')
  const count = (code: string) => result?.errors.find((error) => error.code === code)?.count ?? 0
  t.equal((result?.acknowledged ?? 0) + count('NOT_ENOUGH_REPLICAS') + count('NETWORK_EXCEPTION'), 300)
  t.equal(result?.failed, count('NOT_ENOUGH_REPLICAS') + count('NETWORK_EXCEPTION'))
  t.equal(result?.indeterminate, count('NETWORK_EXCEPTION'))
  t.ok(count('NOT_ENOUGH_REPLICAS') > 0)
})

t.test('a run of which nothing was acknowledged has failed', async (t) => {
  const { loadTests } = await build({ outcomeOf: () => ({ status: 'failed', code: 'NOT_ENOUGH_REPLICAS' }) })
  const end = await loadTests.ended((await loadTests.start(workload({ records: 10 }))).id)
  t.match(end, {
    status: 'failed',
    failure: /NOT_ENOUGH_REPLICAS \(10\)/,
    result: { sendLatencyMs: null, compressedBytes: null }
  })
})

t.test('an unknown topic starts nothing, and does not take a slot', async (t) => {
  let known = false
  const { loadTests } = await build({
    open: async () => {
      if (!known) throw fieldError('topic_not_found', 'topic', 'x does not exist')
    }
  })
  await t.rejects(loadTests.start(workload({ records: 10 })), { code: 'topic_not_found' })
  t.same(loadTests.list({ limit: 10 }).items, [])
  known = true
  t.match(await loadTests.start(workload({ records: 10 })), { status: 'running' })
})

t.test('runs beyond the limit are refused, even concurrent ones', async (t) => {
  const { loadTests } = await build({ silent: true })
  const both = await Promise.allSettled([
    loadTests.start(workload({ records: 10 })),
    loadTests.start(workload({ records: 10 }))
  ])
  t.same(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected']
  )
  t.match(both[1], { reason: { code: 'job_conflict' } })
  await loadTests.close()
})

t.test('a topic has one run at a time, and the refusal names it', async (t) => {
  let known = true
  const { loadTests } = await build(
    {
      silent: true,
      open: async () => {
        if (!known) throw new KopsError('topic_not_found', 'x')
      }
    },
    {
      runner: createJobRunner({
        ...runnerOptions,
        ...{ store: memoryStore<LoadTestRun>(), atMost: { jobs: 4, because: '' }, newId: () => `run-${++ids}` }
      })
    }
  )
  let ids = 0
  const on = (name: string) => workload({ records: 10, topic: { kind: 'existing', name, confirm: name } })
  const both = await Promise.allSettled([loadTests.start(on('x')), loadTests.start(on('x'))])
  t.match(both[1], { reason: { code: 'job_conflict', message: /run-1 writes to x/ } }, 'also while it is prepared')
  const other = await loadTests.start(on('y'))
  await loadTests.cancel('run-1', 'enough')
  const again = await loadTests.start(on('x'))
  await t.rejects(loadTests.start(on('x')), { code: 'job_conflict', message: new RegExp(`${again.id} writes to x`) })
  known = false
  await t.rejects(loadTests.start(on('z')), { code: 'topic_not_found' })
  known = true
  t.match(await loadTests.start(on('z')), { topic: 'z' }, 'a run that did not start has no topic')
  t.not(other.id, again.id)
  await loadTests.close()
})

const cappedRuns: { cap: string; limits: Partial<WorkloadLimits>; records: number; because: RegExp }[] = [
  {
    cap: 'records',
    limits: { maxRecords: 1000 },
    records: 1000,
    because: /^Stopped at KOPS_LOAD_MAX_RECORDS: 1000 rec/
  },
  { cap: 'bytes', limits: { maxBytes: 2000 }, records: 545, because: /_MAX_BYTES: 545 records are about 2000 bytes/ }
]
for (const { cap, limits, records, because } of cappedRuns) {
  t.test(`a closed rate that only its duration would end stops at the cap on ${cap}, and says so`, async (t) => {
    const { loadTests } = await build()
    const { id } = await loadTests.start(workload({ durationSeconds: 600, producers: 3 }, limits))
    const end = await loadTests.ended(id)
    t.match(end, {
      ...{ status: 'aborted', failure: because, eventCount: null, fingerprint: undefined },
      result: { acknowledged: records, failed: 0 }
    })
    t.equal(Value.Check(LoadTestRunSchema, end), true)
  })
}

t.test('a cancelled run is aborted with the reason, and events in flight are indeterminate', async (t) => {
  const { loadTests } = await build({ silent: true })
  const { id } = await loadTests.start(workload({ records: 10 }))
  await new Promise((resolve) => setImmediate(resolve))
  const end = await loadTests.cancel(id, 'Cancelled on request')
  t.match(end, { status: 'aborted', failure: 'Cancelled on request', result: { acknowledged: 0, indeterminate: 10 } })
  await t.rejects(loadTests.cancel(id, ''), { code: 'job_finished' })
  await t.rejects(loadTests.cancel('nothing', ''), { code: 'job_not_found' })
})

t.test('closing aborts running jobs and accepts no new ones', async (t) => {
  const { loadTests } = await build({ silent: true })
  const { id } = await loadTests.start(workload({ records: 10 }))
  await loadTests.close()
  t.match(loadTests.get(id), { status: 'aborted', failure: 'The service was stopped' })
  await t.rejects(loadTests.start(workload({ records: 10 })), new KopsError('job_conflict', 'The service is closing'))
})

const clean: Verification = {
  verdict: 'clean',
  ...noRecords(),
  attempted: 10,
  acknowledged: 10,
  read: 10,
  durationMs: 5,
  faults: [],
  evidence: [],
  unread: []
}

function verifying(verify: PreparedLoad['verify']) {
  return build({}, { engine: fakeEngine((_order, onOutcome) => fakeProducer({ onOutcome }), verify) })
}

t.test('a verified run reads back what it wrote, and a fault of the data is its own', async (t) => {
  const cases: [what: Partial<Verification>, end: Partial<LoadTestRun>][] = [
    [{}, { status: 'completed' }],
    [{ verdict: 'incomplete', unseen: 3 }, { status: 'completed' }],
    [
      { verdict: 'faulty', faults: ['2 are missing', '1 is corrupt'] },
      { status: 'failed', failure: '2 are missing; 1 is corrupt' }
    ]
  ]
  for (const [what, end] of cases) {
    const verification = { ...clean, ...what }
    const { loadTests } = await verifying(async () => verification)
    const run = await loadTests.ended((await loadTests.start(workload({ verify: true, records: 10 }))).id)
    t.match(run, { ...end, result: { acknowledged: 10, verification } }, JSON.stringify(what))
    t.notOk(run.progress?.phase, 'it is over')
  }
})

t.test('while a run is verified, its progress says so; it can be cancelled, and keeps its result', async (t) => {
  const { loadTests } = await verifying(
    (signal, onRead) =>
      new Promise((_, reject) => {
        onRead(7)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
  )
  const { id } = await loadTests.start(workload({ verify: true, records: 10 }))
  const seen = await new Promise<LoadTestRun>((resolve) => {
    loadTests.subscribe(id, (run) => run.progress?.read === 7 && resolve(run))
  })
  t.match(seen, { status: 'running', progress: { acknowledged: 10, phase: 'verifying', read: 7 } })
  const end = await loadTests.cancel(id, 'enough')
  t.match(end, { status: 'aborted', failure: 'enough', result: { acknowledged: 10 } })
  t.notOk(end.result?.verification)
})

t.test('the totals count from the last reset', async (t) => {
  const { loadTests, clock } = await build()
  await loadTests.ended((await loadTests.start(workload({ records: 10 }))).id)
  t.match(loadTests.stats(), { acknowledged: 10, runs: { total: 1, completed: 1 }, last: { id: 'run-1' } })
  clock.advance(1000)
  t.match(await loadTests.reset(), { acknowledged: 0, runs: { total: 0 }, last: null })
  await loadTests.ended((await loadTests.start(workload({ records: 5 }))).id)
  t.match(loadTests.stats(), { acknowledged: 5, runs: { total: 1 }, last: { id: 'run-2' } })
})

t.test('the progress of a run that a crash ended is unknown', async (t) => {
  const { loadTests, store } = await build()
  const run = await loadTests.ended((await loadTests.start(workload({ records: 10 }))).id)
  t.same(interruptedRun({ ...run, status: 'running', result: null }), {
    ...run,
    status: 'running',
    result: null,
    progress: null,
    failure: 'The service ended while the load test was running'
  })
  t.equal(store.documents.size, 1)
})

t.test('a search is one run: its trials share a topic, a result and a report', async (t) => {
  const engine = simulatedEngine(3000)
  const { loadTests, topics, heard } = await build({}, { engine })
  const topic = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
  const rate = { kind: 'search', precision: 0.5, soakSeconds: 0 } as const
  const started = await loadTests.start(workload({ topic, rate, records: 1_000_000, durationSeconds: 600 }))
  t.match(started, { eventCount: null, workload: { rate: { ...rate, trialSeconds: 5 } } })
  const end = await loadTests.ended(started.id)
  t.match(end, {
    status: 'completed',
    progress: { acknowledged: 5 * (1000 + 2000 + 3 * 4000 + 3 * 2828), failed: 0, trial: undefined },
    result: { limitedBy: 'cluster', search: { highestPass: 2828, lowestFail: 4000, endedBecause: 'found' } }
  })
  t.same(new Set(engine.orders.map((order) => order.topic)), new Set([started.topic]))
  t.same([topics, engine.open()], [[], 0])
  t.equal((await loadTests.report(started.id)).seconds.length, 8 * 5)
  t.equal(heard.length, 8 * 5, 'metrics see every second')
})

t.test('a temporary topic is made for the run, and goes with it, whatever its end', async (t) => {
  const topic = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
  const { loadTests, topics } = await build()
  const run = await loadTests.start(workload({ topic }))
  t.match(run, { topic: 'kops-load-run-1', workload: { topic, records: 10 } })
  t.same(topics, ['kops-load-run-1'])
  t.match(await loadTests.ended(run.id), { status: 'completed' })
  t.same(topics, [])

  const silent = await build({ silent: true })
  const { id } = await silent.loadTests.start(workload({ topic }))
  await silent.loadTests.cancel(id, 'enough')
  t.same(silent.topics, [])

  const refused = await build({
    open: async () => {
      throw new KopsError('cluster_unreachable', 'no broker')
    }
  })
  await t.rejects(refused.loadTests.start(workload({ topic })), { code: 'cluster_unreachable' })
  t.same(refused.topics, [])
})

t.test('topic and groups of a run that a crash ended go with the next start, if they are temporary', async (t) => {
  const never: PreparedGroup['run'] = (signal) =>
    new Promise((resolve) => {
      const end = { lag: 0, firstMs: null, lastMs: null, producedMs: null, drained: false }
      signal.addEventListener('abort', () => resolve(end))
    })
  const prepare = async () => ({ run: never, close: async () => {} })
  const groups: string[] = []
  const notFound = async (group: string) => {
    throw fieldError('group_not_found', 'group', group)
  }
  const ofGroups = {
    consume: { prepare, close: async () => {} },
    groups: { describe: notFound, deleteGroup: async (group: string) => void groups.push(group) }
  }
  const { loadTests, store, topics } = await build({ silent: true }, ofGroups)
  const topic = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
  await loadTests.start(workload({ topic, consumers: [{ members: 1 }, { group: 'kept', members: 1 }] }))
  const deleted: string[] = []
  const admin = { createTopic: async () => {}, deleteTopic: async (name: string) => void deleted.push(name) }
  const { loadTests: next } = await build(
    {},
    { ...ofGroups, admin, runner: createJobRunner({ ...runnerOptions, store }) }
  )
  t.match(next.get('run-1'), { status: 'aborted', progress: null })
  await next.close()
  t.same(deleted, topics)
  t.same(groups, ['kops-load-run-1-1'])
  await loadTests.close()
})

t.test('a run for which a disk has no room starts nothing, and one that fills a disk is stopped', async (t) => {
  const disks = disksWith(1e6)
  const { loadTests, topics } = await build({}, { disks })
  const topic = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
  await t.rejects(loadTests.start(workload({ topic, records: 1e6 })), { code: 'broker_disk_low' })
  t.same(topics, [])
  const filling = await build({ silent: true }, { disks })
  const { id } = await filling.loadTests.start(workload({ records: 100 }))
  disks.usableBytes = 10
  t.match(await filling.loadTests.ended(id), { status: 'aborted', failure: /has only 10 bytes free/ })
})

t.test(
  'a run that completed has the hash of its workload, and the environment as it was while the topic was there',
  async (t) => {
    const order: string[] = []
    const admin = { createTopic: async () => {}, deleteTopic: async () => void order.push('topic deleted') }
    const readEnvironment: LoadTestsOptions['readEnvironment'] = async (topic, signal) => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`read ${topic}${signal.aborted ? ' aborted' : ''}`)
      return fingerprintOf({ topic })
    }
    const { loadTests } = await build({}, { admin, readEnvironment })
    const change = { topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 } } as const
    const run = await loadTests.ended((await loadTests.start(workload(change))).id)
    t.same(order, ['read kops-load-run-1', 'topic deleted'])
    t.same(run.fingerprint, fingerprintOf({ topic: 'kops-load-run-1' }))
    t.equal(run.workloadHash, workloadHashOf(workload(change)))

    const silent = await build({ silent: true }, { readEnvironment })
    const { id } = await silent.loadTests.start(workload())
    t.equal((await silent.loadTests.cancel(id, 'enough')).fingerprint, undefined)
  }
)

t.test('a run whose service was killed leaves no transaction open: the next start aborts them', async (t) => {
  const aborted: string[][] = []
  const { loadTests, store } = await build({}, { abortTransactions: async (ids) => void aborted.push(ids) })
  const { id } = await loadTests.start(workload({ records: 10 }))
  const run = await loadTests.ended(id)
  t.same(aborted, [], 'a run without transactions has none')
  const killed = { ...run, id: 'killed', status: 'running', finishedAt: null, result: null } as const
  await store.save({ ...killed, workload: recordOf(workload({ producers: 2, transactions: { records: 5 } })) })
  const runner = createJobRunner({ ...runnerOptions, store })
  const { loadTests: next } = await build({}, { runner, abortTransactions: async (ids) => void aborted.push(ids) })
  await next.close()
  t.match(aborted, [[/^kops-load-[0-9a-f]{8}-0$/, /^kops-load-[0-9a-f]{8}-1$/]])
})

t.test('a plan says what a run would send, and what would refuse it', async (t) => {
  const { loadTests } = await build({}, { disks: disksWith(1) })
  const asked = workload({ rate: { kind: 'constant', perSecond: 100 }, durationSeconds: 60 })
  const guard = (name: string, reason?: string) => ({
    name,
    limit: 'none',
    check: async () => {
      if (reason !== undefined) throw new KopsError('job_conflict', reason)
    }
  })
  const plan = await loadTests.plan({ ...asked, records: null }, [guard('a'), guard('b', 'another one')])
  t.match(plan, { seconds: 60, records: 6000, canStart: false, workload: { rate: { kind: 'constant' } } })
  t.same(
    plan.guards.map(({ name, passed }) => [name, passed]),
    [
      ['place-free', true],
      ['a', true],
      ['b', false],
      ['room-on-brokers', false],
      ['groups-free', true]
    ]
  )
  t.match(plan.guards, [{}, {}, { reading: 'another one' }, { reading: /bytes free/ }, {}])
  t.same(loadTests.all(), [], 'nothing was started')
  const unexpected = { name: 'c', limit: '', check: async () => Promise.reject(new TypeError('a bug')) }
  await t.rejects(loadTests.plan(asked, [unexpected]), TypeError)
})

t.test('a plan does not promise what only the cluster knows', async (t) => {
  const { loadTests } = await build()
  const closed = workload({ rate: { kind: 'closed' } })
  t.match(await loadTests.plan({ ...closed, records: null, durationSeconds: 60 }, []), {
    seconds: 60,
    records: null,
    valueBytes: null,
    canStart: true
  })
  t.match(await loadTests.plan(workload({ rate: { kind: 'search' }, durationSeconds: 100 }), []), {
    seconds: null,
    records: null,
    valueBytes: null
  })
})

t.test('while a run goes on, its report has the seconds so far, and its place is taken in a plan', async (t) => {
  let report: (() => void) | undefined
  const engine = simulatedEngine(1, async (signal, onSecond) => {
    report = () => onSecond(simulatedSecond(100, 0, 5))
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { durationMs: 1000 }
  })
  const { loadTests } = await build({}, { engine })
  const { id } = await loadTests.start(workload({ rate: { kind: 'constant', perSecond: 100 }, records: 1000 }))
  t.same((await loadTests.report(id)).seconds, [])
  report?.()
  t.match((await loadTests.report(id)).seconds, [{ second: 0, acknowledged: 100 }])
  const { guards, canStart } = await loadTests.plan(workload({ records: 10 }), [])
  t.equal(canStart, false)
  t.match(guards[0], { name: 'place-free', passed: false, reading: /run-1/ })
  await loadTests.cancel(id, 'enough')
  t.match((await loadTests.report(id)).seconds, [{ second: 0, acknowledged: 100 }], 'and afterwards the kept ones')
})
