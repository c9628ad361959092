import t from 'tap'
import { assertReplicasSuffice } from '#services/load-test/domain/capacity/guards.ts'
import { planOf } from '#services/load-test/domain/capacity/plan.ts'
import { type MeasurementParts, runMeasurement } from '#services/load-test/domain/capacity/run-measurement.ts'
import { createLoadTests, type LoadTestsOptions } from '#services/load-test/domain/load/load-tests.ts'
import { interruptedRun } from '#services/load-test/domain/load/run-record.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import type { Fault } from '#shared/contracts/cluster.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createJobRunner } from '#shared/jobs/runner.ts'
import type { BrokerView, ClusterMetadata } from '#shared/kafka/model.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { memoryStore } from '../../../../shared/jobs/memory-store.ts'
import { disksWith, noGroups, simulatedEngine } from '../../fakes.ts'
import { environment } from './measured-capacities.ts'

type When = 'search all' | 'search down' | 'inject' | 'heal' | 'create'

interface World {
  /** Throws at this point. */
  fails?: When
  /** Aborts the measurement at this point. */
  abortsAt?: When
  /** The agent no longer knows the fault. */
  losesFault?: boolean
  /** The stopped broker goes on answering, or answers again during the search. */
  answers?: 'always' | 'again'
  replicasComeBack?: boolean
  /** A broker that nobody stopped is gone for a while during this search. */
  bounces?: 'all' | 'down'
  limits?: { all: number; down: number }
}

const brokers = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null }))

/** A cluster in memory of which kafka-3 can be stopped. */
function build(world: World = {}) {
  const clock = manualClock()
  const abort = new AbortController()
  const calls: string[] = []
  const topics = new Set<string>()
  const { all = 3000, down = 2000 } = world.limits ?? {}
  let stopped = false
  let everStopped = false
  let answersAgain = false
  let bounced = false

  function at(when: When): void {
    if (world.abortsAt === when) abort.abort(new Error('Cancelled on request'))
    if (world.fails === when) throw new Error(`${when} failed`)
  }

  function metadata(): ClusterMetadata {
    const isr = stopped || (everStopped && world.replicasComeBack === false) ? [1, 2] : [1, 2, 3]
    const partitions = [0, 1, 2].map((partition) => ({
      ...{ partition, leader: bounced ? 1 : (isr[partition % isr.length] ?? 1), leaderEpoch: stopped ? 2 : 1 },
      ...{ replicas: [1, 2, 3], isr, offlineReplicas: [] }
    }))
    return {
      ...{ clusterId: 'c', controllerId: 1, brokers },
      topics: Array.from(['orders', ...topics], (name) => ({ name, internal: false, partitions }))
    }
  }
  const view = ({ id, host, port }: (typeof brokers)[number]): BrokerView => {
    const endpoint = { host, port }
    const silent = id === 3 && stopped && world.answers !== 'always' && !answersAgain
    if (silent) return { endpoint, reachable: false, error: new KopsError('broker_unreachable', 'silent') }
    return { endpoint, reachable: true, responseTimeMs: 1, metadata: metadata() }
  }
  const fault: Fault = {
    ...{ id: 'f', kind: 'stop', node: 'kafka-3', state: 'active', injectedAt: '', expiresAt: '' },
    ...{ healedAt: null, healedBy: null }
  }

  const engine = { all: simulatedEngine(all), down: simulatedEngine(down) }
  const admin: MeasurementParts['admin'] = {
    async createTopic({ name }) {
      at('create')
      calls.push(`create ${name}`)
      topics.add(name)
    },
    async deleteTopic(name) {
      calls.push(`delete ${name}`)
      topics.delete(name)
    }
  }
  const options: LoadTestsOptions = {
    runner: createJobRunner<LoadTestRun>({
      ...{ clock, noun: 'load test', keep: 100, store: memoryStore<LoadTestRun>(), interrupted: interruptedRun },
      newId: () => `run-${everStopped ? 'down' : 'all'}`,
      atMost: { jobs: 1, because: 'they would measure each other' },
      assertRoom: async () => {},
      onProblem: () => {}
    }),
    clock,
    engine: {
      async prepare(order) {
        const search = stopped ? 'down' : 'all'
        const load = await engine[search].prepare(order)
        return {
          ...load,
          async run(signal, onSecond) {
            if (stopped && world.answers === 'again') answersAgain = true
            // A second look of the watcher.
            for (let turn = 0; turn < 5; turn += 1) await clock.turn()
            if (world.bounces === search) bounced = true
            at(`search ${search}`)
            return load.run(signal, onSecond)
          }
        }
      },
      close: async () => {}
    },
    consume: noGroups,
    groups: noGroups,
    admitGroups: async () => {},
    disks: disksWith(1e12),
    admitTransactions: async () => {},
    abortTransactions: async () => {},
    admin,
    reserved: createReservedTopics({ auditTopic: 'audit-logs' }),
    readEnvironment: async () => environment,
    reports: { load: async () => undefined, save: async () => {} },
    onSecond: () => {},
    since: { read: async () => undefined, write: async () => {} },
    onProblem: () => {}
  }
  const loadTests = createLoadTests(options)
  const plan = planOf(
    {
      ...{ oneBrokerDown: true, node: 'kafka-3', confirm: 'kafka-3', durationSeconds: 86_400 },
      topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
      rate: { kind: 'search', precision: 0.1, soakSeconds: 10 },
      payload: { kind: 'lines', lines: ['one'] }
    },
    3,
    { maxPerSecond: 1e6, maxRecords: 1e9, maxSeconds: 1e5, maxBytes: 1e12 }
  )
  let state: Partial<CapacityMeasurement> = {}
  const events: string[] = []
  const statuses: string[] = []
  const order = {
    id: 'm',
    plan,
    stopping: {
      node: 'kafka-3',
      check: async () => brokers[2] ?? brokers[0],
      agent: {
        async inject({ kind, node }) {
          at('inject')
          calls.push(`${kind} ${node}`)
          stopped = true
          everStopped = true
          return fault
        },
        async renew() {
          if (!world.losesFault) return fault
          stopped = false
          throw new KopsError('fault_not_found', 'gone')
        },
        async heal() {
          calls.push('heal')
          stopped = false
          at('heal')
          if (world.losesFault) throw new KopsError('fault_not_found', 'gone')
          return fault
        },
        fault: async () => fault
      }
    },
    signal: abort.signal,
    onEvent: (event: string) => void events.push(event),
    onChange(change: Partial<CapacityMeasurement>) {
      if (change.status) statuses.push(change.status)
      state = { ...state, ...change }
    }
  } as Parameters<typeof runMeasurement>[1]
  const reader: MeasurementParts['reader'] = {
    views: async () => brokers.map(view),
    async view(endpoint) {
      const broker = brokers.find(({ port }) => port === endpoint.port)
      return broker
        ? view(broker)
        : { endpoint, reachable: false, error: new KopsError('broker_unreachable', 'unknown') }
    },
    metadata: async () => ({ value: metadata(), warnings: [] }),
    topicConfigs: async () => ({ value: new Map(), warnings: [] })
  }
  const parts: MeasurementParts = { loadTests, reader, admin, clock, readEnvironment: options.readEnvironment as never }
  return {
    measure: (change: Partial<typeof order> = {}) => runMeasurement(parts, { ...order, ...change }),
    state: () => state,
    ...{ calls, events, statuses, topics, engine, loadTests, isStopped: () => stopped }
  }
}

const whole = ['create kops-capacity-m-all', 'delete kops-capacity-m-all', 'create kops-capacity-m-down']

t.test('both searches find their limit, and the broker is back before the topic goes', async (t) => {
  const { measure, state, calls, events, statuses, engine } = build()
  t.same(await measure(), { status: 'completed', run: null })
  const { allBrokers, oneBrokerDown } = state()
  t.match(allBrokers, { stoppedNode: null, meaning: 'found', run: 'run-all', soak: 'passed' })
  t.match(oneBrokerDown, { stoppedNode: 'kafka-3', meaning: 'found', run: 'run-down' })
  const near = (rate: number | undefined, limit: number) => t.ok((rate ?? 0) <= limit && (rate ?? 0) >= limit / 1.1)
  near(allBrokers?.recordsPerSecond, 3000)
  near(oneBrokerDown?.recordsPerSecond, 2000)
  t.same(calls, [...whole, 'stop kafka-3', 'heal', 'delete kops-capacity-m-down'])
  t.same(statuses, ['healing', 'recovering'])
  t.match(engine.down.orders[0], { topic: 'kops-capacity-m-down', workload: { rate: { kind: 'constant' } } })
  t.ok(Object(engine.down.orders[0]?.workload.rate).perSecond > 1300, 'starts near what all brokers take')
  t.same(
    events.filter((event) => !event.startsWith('topic')),
    [
      ...['searching', 'found', 'broker-stopping', 'broker-stopped', 'searching', 'found'],
      ...['healing', 'healed', 'recovering', 'recovered']
    ]
  )
})

t.test('without a broker to stop the first search is all', async (t) => {
  const { measure, state, calls } = build()
  t.match(await measure({ stopping: undefined }), { status: 'completed' })
  t.ok(state().allBrokers)
  t.equal(state().oneBrokerDown, undefined)
  t.same(calls, whole.slice(0, 2))
})

const broken: {
  name: string
  world: World
  status?: 'failed' | 'aborted'
  failure: RegExp
  /** What stays known. */
  known: ('allBrokers' | 'oneBrokerDown')[]
  /** Whether the broker was stopped. */
  stopped: boolean
}[] = [
  { name: 'no topic can be made', world: { fails: 'create' }, failure: /create failed/, known: [], stopped: false },
  {
    name: 'the first search fails',
    world: { fails: 'search all' },
    failure: /search all failed/,
    known: [],
    stopped: false
  },
  {
    name: 'it is cancelled in the first search',
    world: { abortsAt: 'search all' },
    status: 'aborted',
    failure: /Cancelled on request/,
    known: [],
    stopped: false
  },
  {
    name: 'no fault is injected',
    world: { fails: 'inject' },
    failure: /inject failed/,
    known: ['allBrokers'],
    stopped: false
  },
  {
    name: 'it is cancelled while the broker stops',
    world: { abortsAt: 'inject' },
    status: 'aborted',
    failure: /Cancelled/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'the second search fails',
    world: { fails: 'search down' },
    failure: /search down failed/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'it is cancelled in the second search',
    world: { abortsAt: 'search down' },
    status: 'aborted',
    failure: /Cancelled/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'the agent has healed the fault by itself',
    world: { losesFault: true },
    failure: /healed before that was requested|gone/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'the broker goes on answering',
    world: { answers: 'always' },
    failure: /kafka-3 still answers/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'the broker answers again during the search',
    world: { answers: 'again' },
    failure: /does not count: kafka-3 answered again/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'another broker is gone for a while in the first search',
    world: { bounces: 'all' },
    failure: /does not count: kafka-2 was gone meanwhile, and lost the lead of kops-capacity-m-all-1/,
    known: [],
    stopped: false
  },
  {
    name: 'another broker is gone for a while in the second search',
    world: { bounces: 'down' },
    failure: /does not count: kafka-2 was gone meanwhile, and lost the lead of kops-capacity-m-down-1/,
    known: ['allBrokers'],
    stopped: true
  },
  {
    name: 'healing fails',
    world: { fails: 'heal' },
    failure: /heal failed/,
    known: ['allBrokers', 'oneBrokerDown'],
    stopped: true
  },
  {
    name: 'replicas do not come back',
    world: { replicasComeBack: false },
    failure: /Under-replicated/,
    known: ['allBrokers', 'oneBrokerDown'],
    stopped: true
  },
  {
    name: 'no rate passes with a broker down',
    world: { limits: { all: 3000, down: 0 } },
    failure: /no rate passed/,
    known: ['allBrokers'],
    stopped: true
  }
]
for (const { name, world, status = 'failed', failure, known, stopped } of broken) {
  t.test(`when ${name}, the broker and the topics are as before, and what is known stays`, async (t) => {
    const { measure, state, calls, topics, isStopped, loadTests } = build(world)
    t.match(await measure(), { status, failure, run: null })
    t.equal(calls.includes('stop kafka-3'), stopped)
    t.equal(calls.includes('heal'), stopped)
    t.notOk(isStopped())
    t.equal(topics.size, 0)
    t.same(loadTests.running(), [])
    const { allBrokers, oneBrokerDown } = state()
    t.same(
      Object.entries({ allBrokers, oneBrokerDown }).flatMap(([key, value]) => (value ? [key] : [])),
      known
    )
  })
}

const replicas: { name: string; isr: number[]; least?: number; refused: boolean }[] = [
  { name: 'three in sync, two needed', isr: [1, 2, 3], least: 2, refused: false },
  { name: 'three in sync, three needed', isr: [1, 2, 3], least: 3, refused: true },
  { name: 'two in sync, two needed', isr: [1, 3], least: 2, refused: true },
  { name: 'the only one in sync', isr: [3], least: 1, refused: true },
  { name: 'needs that are not known', isr: [1, 2, 3], refused: true }
]
for (const { name, isr, least, refused } of replicas) {
  t.test(`stopping kafka-3 is ${refused ? 'refused' : 'possible'} with ${name}`, async (t) => {
    const partition = { partition: 0, leader: 1, leaderEpoch: 1, replicas: isr, isr, offlineReplicas: [] }
    const topics = [{ name: 'orders', internal: false, partitions: [partition] }]
    const check = () =>
      assertReplicasSuffice(
        { clusterId: null, controllerId: null, brokers, topics },
        3,
        new Map(least === undefined ? [] : [['orders', least]])
      )
    if (refused) t.throws(check, { code: 'replicas_insufficient', message: /orders-0 \(1 in all\)/ })
    else t.doesNotThrow(check)
  })
}

t.test('partitions of other brokers do not matter', async (t) => {
  const partition = { partition: 0, leader: 1, leaderEpoch: 1, replicas: [1], isr: [1], offlineReplicas: [] }
  const topics = [{ name: 'orders', internal: false, partitions: [partition] }]
  t.doesNotThrow(() => assertReplicasSuffice({ clusterId: null, controllerId: null, brokers, topics }, 3, new Map()))
})
