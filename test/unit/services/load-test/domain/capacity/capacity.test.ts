import t from 'tap'
import Value from 'typebox/value'
import {
  type CapacityOptions,
  createCapacity,
  interruptedMeasurement
} from '#services/load-test/domain/capacity/capacity.ts'
import { CapacitySchema } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement, StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createJobRunner } from '#shared/jobs/runner.ts'
import type { ClusterMetadata } from '#shared/kafka/model.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { memoryStore } from '../../../../shared/jobs/memory-store.ts'
import { environment, measured } from './measured-capacities.ts'

const now = '2026-01-31T12:00:00.000Z'
const job = { createdAt: now, finishedAt: null, links: { self: '' } }
const running: LoadTestRun = {
  ...job,
  id: 'r9',
  status: 'running',
  topic: 'x',
  eventCount: 1,
  progress: null,
  result: null
}
const drilling: Drill = {
  ...job,
  id: 'd9',
  kind: 'broker-stop',
  node: 'kafka-1',
  status: 'running',
  verdict: null,
  timeline: []
}

interface World {
  isr?: number[]
  unreachable?: boolean
  /** What the reading of disks lacks. */
  lacks?: string
  running?: LoadTestRun[]
  drills?: Drill[]
  faults?: ClusterStatus['faults']
  leastIsr?: string
  agent?: 'away'
  kept?: CapacityMeasurement[]
}

function build(world: World = {}) {
  const clock = manualClock()
  const deleted: string[] = []
  const problems: string[] = []
  let agents = 0
  const brokers = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null }))
  const partition = {
    partition: 0,
    leader: 1,
    leaderEpoch: 1,
    replicas: [1, 2, 3],
    isr: world.isr ?? [1, 2, 3],
    offlineReplicas: []
  }
  const metadata: ClusterMetadata = {
    ...{ clusterId: 'c', controllerId: 1, brokers },
    topics: [{ name: 'orders', internal: false, partitions: [partition] }]
  }
  const node = (id: number): ClusterStatus['nodes'][number] => ({
    ...{ name: `kafka-${id}`, role: 'broker', state: 'running', isolated: false, ready: true },
    ...{ address: `127.0.0.1:${9091 + id}`, pid: 1, startedAt: now }
  })
  const status: ClusterStatus = {
    ...{ name: 'c', runtime: 'local', bootstrapServers: [], zookeeperServers: [], asOf: now },
    isolation: { available: false, mechanism: 'none', detail: '' },
    faultKinds: [],
    nodes: [node(1), node(2), node(3)],
    faults: world.faults ?? []
  }
  const never = () => new Promise<never>(() => {})
  const unused = async (): Promise<never> => {
    throw new Error('not used')
  }
  const options = {
    runner: createJobRunner<CapacityMeasurement>({
      ...{ clock, noun: 'measurement', keep: 100, interrupted: interruptedMeasurement },
      store: memoryStore<CapacityMeasurement>(world.kept),
      newId: () => 'm1',
      atMost: { jobs: 1, because: 'they would measure each other' },
      assertRoom: async () => {},
      onProblem: (_error, what) => void problems.push(what)
    }),
    loadTests: { running: () => world.running ?? [], all: () => world.running ?? [], start: unused },
    drills: { all: () => world.drills ?? [] },
    reader: {
      views: async () =>
        brokers.map(({ host, port }) => ({ endpoint: { host, port }, reachable: true, responseTimeMs: 1, metadata })),
      async metadata() {
        if (world.unreachable) throw new KopsError('cluster_unreachable', 'no broker answers')
        return { value: metadata, warnings: [] }
      },
      topicConfigs: async () => ({
        value: new Map([['orders', [{ name: 'min.insync.replicas', value: world.leastIsr ?? '2' }]]]),
        warnings: []
      }),
      async logDirs() {
        if (world.unreachable) throw new KopsError('cluster_unreachable', 'no broker answers')
        return {
          value: { dirs: [], replicaSizes: [] },
          warnings: world.lacks ? [{ code: 'broker_unreachable', message: world.lacks }] : []
        }
      }
    },
    // A measurement stays where its first topic is made.
    admin: { createTopic: never, deleteTopic: async (name: string) => void deleted.push(name) },
    readEnvironment: async () => environment,
    async connectAgent() {
      if (world.agent === 'away') throw new KopsError('agent_unreachable', 'it does not answer')
      agents += 1
      const close = async () => {
        agents -= 1
      }
      return { status: async () => status, close }
    },
    history: { prometheus: undefined, labels: [], deadlineMs: 1 },
    limits: { maxPerSecond: 1e6, maxRecords: 1e9, maxSeconds: 1e5, maxBytes: 1e12 },
    clock,
    onProblem: (_error: unknown, what: string) => void problems.push(what)
  }
  const capacity = createCapacity(options as unknown as CapacityOptions)
  return { capacity, deleted, problems, agents: () => agents }
}

const withOneDown: StartCapacity = { oneBrokerDown: true, node: 'kafka-3', confirm: 'kafka-3' }
const fault: ClusterStatus['faults'][number] = {
  ...{ id: 'f1', kind: 'pause', node: 'kafka-1', state: 'active', injectedAt: now, expiresAt: now },
  ...{ healedAt: null, healedBy: null }
}
const refused: { name: string; world: World; request?: StartCapacity; code: string }[] = [
  { name: 'a load test is under way', world: { running: [running] }, request: {}, code: 'job_conflict' },
  { name: 'a drill is under way', world: { drills: [drilling] }, request: {}, code: 'job_conflict' },
  {
    name: 'it is not confirmed',
    world: { unreachable: true },
    request: { ...withOneDown, confirm: '' },
    code: 'validation_failed'
  },
  { name: 'no broker answers', world: { unreachable: true }, request: {}, code: 'cluster_unreachable' },
  { name: 'replicas are not in sync', world: { isr: [1, 2] }, request: {}, code: 'cluster_unhealthy' },
  { name: 'the agent does not answer', world: { agent: 'away' }, code: 'agent_unreachable' },
  { name: 'a fault is active', world: { faults: [fault] }, code: 'fault_conflict' },
  {
    name: 'the node is unknown',
    world: {},
    request: { oneBrokerDown: true, node: 'kafka-9', confirm: 'kafka-9' },
    code: 'node_not_found'
  },
  { name: 'a topic needs all of its replicas', world: { leastIsr: '3' }, code: 'replicas_insufficient' }
]
for (const { name, world, request = withOneDown, code } of refused) {
  t.test(`a measurement is refused when ${name}, and leaves nothing behind`, async (t) => {
    const { capacity, agents } = build(world)
    await t.rejects(capacity.start(request), { code })
    t.equal(agents(), 0)
    t.same(capacity.list({ limit: 10 }).items, [])
    capacity.assertNone()
  })
}

t.test('a measurement keeps others and itself from starting, and says so', async (t) => {
  const { capacity } = build()
  t.match(await capacity.start(withOneDown), {
    id: 'm1',
    status: 'searching',
    node: 'kafka-3',
    allBrokers: null,
    links: { cancel: '/api/capacity/measurements/m1' }
  })
  t.throws(() => capacity.assertNone(), { code: 'job_conflict', message: /m1/ })
  await t.rejects(capacity.start({}), { code: 'job_conflict' })
  t.equal((await capacity.answer()).measuring, 'm1')
})

const kept: CapacityMeasurement = {
  ...{ id: 'm0', status: 'searching', node: 'kafka-3', createdAt: '2026-01-30T12:00:00.000Z', finishedAt: null },
  ...{ allBrokers: measured(), oneBrokerDown: null, run: 'r1', timeline: [], links: { self: '' } }
}
const older: CapacityMeasurement = {
  ...{ ...kept, id: 'm-1', status: 'completed', createdAt: '2026-01-20T12:00:00.000Z', finishedAt: now },
  allBrokers: measured({ recordsPerSecond: 1 }),
  oneBrokerDown: measured({ stoppedNode: 'kafka-1', recordsPerSecond: 5000 })
}

t.test('after the death of the service, what was found stays known, and its topics go', async (t) => {
  const { capacity, deleted } = build({ kept: [kept] })
  await capacity.open()
  t.match(capacity.get('m0'), {
    status: 'aborted',
    run: null,
    failure: /service ended.*lease/,
    allBrokers: { run: 'r1' }
  })
  await capacity.close()
  t.same(deleted, ['kops-capacity-m0-all', 'kops-capacity-m0-down'])
})

t.test('each figure is the newest that was found', async (t) => {
  const { capacity } = build({ kept: [older, { ...kept, status: 'failed', finishedAt: now }] })
  await capacity.open()
  const answer = await capacity.answer()
  t.equal(Value.Check(CapacitySchema, answer), true)
  t.match(answer, {
    allBrokers: { measured: { recordsPerSecond: 10_000 }, stale: false, now: null },
    oneBrokerDown: { measured: { recordsPerSecond: 5000, stoppedNode: 'kafka-1' } }
  })
})

t.test('with nothing to know, each null has its reason', async (t) => {
  const answer = await build({ unreachable: true }).capacity.answer()
  t.equal(Value.Check(CapacitySchema, answer), true)
  t.match(answer, {
    allBrokers: { measured: null, unknown: /not measured yet/ },
    oneBrokerDown: { measured: null, unknown: /--one-broker-down/ },
    traffic: { now: null, unknown: /no Prometheus/ },
    disks: { dirs: [], unknown: 'no broker answers' }
  })
})

t.test('a broker that does not report its disks is named', async (t) => {
  const answer = await build({ lacks: 'kafka-2 does not answer' }).capacity.answer()
  t.match(answer.disks, { dirs: [], unknown: 'kafka-2 does not answer' })
})
