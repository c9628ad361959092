import t from 'tap'
import { describeKinds } from '#services/load-test/domain/drills/describe-kinds.ts'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import { assertRequest } from '#services/load-test/domain/drills/plan.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { type DrillKind, DrillKindSchema, type StartDrill } from '#shared/contracts/drill-request.ts'
import type { ErrorCode } from '#shared/errors/catalog.ts'
import { healthy, kraft, plan, status, topic, withMetadata } from './plain-situation.ts'

const inKraft = { ...healthy, status: kraft }
const partition = { topic: 'log-events', partition: 2 }

const targets: {
  request: StartDrill
  on?: ClusterStatus
  nodes: string[]
  brokers: number[]
  faults: string[][]
  says: RegExp
}[] = [
  ...(['broker-stop', 'broker-kill', 'broker-pause', 'network-partition', 'disk-full'] as const).map((kind) => ({
    request: { kind, node: 'kafka-1' },
    nodes: ['kafka-1'],
    brokers: [1],
    faults: [[`${drillKinds[kind].faults[0]} kafka-1`]],
    says: /kafka-1 was named/
  })),
  {
    request: { kind: 'controller-kill' },
    nodes: ['kafka-2'],
    brokers: [2],
    faults: [['kill kafka-2']],
    says: /kafka-2 was the controller/
  },
  {
    request: { kind: 'leader-kill', partition },
    nodes: ['kafka-3'],
    brokers: [3],
    faults: [['kill kafka-3']],
    says: /kafka-3 led log-events-2/
  },
  {
    // "indexer".hashCode() is 1943292198, which 3 divides.
    request: { kind: 'coordinator-kill', group: 'indexer' },
    nodes: ['kafka-1'],
    brokers: [1],
    faults: [['kill kafka-1']],
    says: /kafka-1 coordinated indexer/
  },
  {
    request: { kind: 'coordinator-kill', consumers: {} },
    nodes: ['kafka-1'],
    brokers: [1],
    faults: [['kill kafka-1']],
    says: /kafka-1 coordinated kops-drill-/
  },
  {
    request: { kind: 'zookeeper-stop', node: 'zookeeper-2' },
    nodes: ['zookeeper-2'],
    brokers: [],
    faults: [['stop zookeeper-2']],
    says: /named/
  },
  {
    request: { kind: 'zookeeper-quorum-loss' },
    nodes: ['zookeeper-3', 'zookeeper-2'],
    brokers: [],
    faults: [['stop zookeeper-3', 'stop zookeeper-2']],
    says: /Without 2 of 3/
  },
  {
    request: { kind: 'zookeeper-quorum-loss', node: 'zookeeper-1' },
    nodes: ['zookeeper-1', 'zookeeper-3'],
    brokers: [],
    faults: [['stop zookeeper-1', 'stop zookeeper-3']],
    says: /Without 2 of 3/
  },
  {
    request: { kind: 'controller-stop', node: 'kafka-2' },
    on: kraft,
    nodes: ['kafka-2'],
    brokers: [2],
    faults: [['stop kafka-2']],
    says: /named/
  },
  {
    request: { kind: 'controller-quorum-loss' },
    on: kraft,
    nodes: ['kafka-3', 'kafka-2'],
    brokers: [3, 2],
    faults: [['kill kafka-3', 'kill kafka-2']],
    says: /Without 2 of 3/
  },
  {
    request: { kind: 'rolling-restart' },
    nodes: ['kafka-1', 'kafka-3', 'kafka-2'],
    brokers: [1, 3, 2],
    faults: [['stop kafka-1'], ['stop kafka-3'], ['stop kafka-2']],
    says: /controller last/
  }
]
for (const { request, on = status, nodes, brokers, faults, says } of targets) {
  t.test(`a drill ${request.kind} of ${JSON.stringify(request)} breaks ${nodes}`, async (t) => {
    const { target, stages } = plan(request, { ...healthy, status: on })
    t.same(target.nodes, nodes)
    t.same(
      target.brokers.map(({ id }) => id),
      brokers
    )
    t.match(target.detail, says)
    const named = stages.map((stage) =>
      stage.faults.map((fault) => (fault.by === 'agent' ? `${fault.kind} ${fault.node}` : fault.by))
    )
    t.same(named, faults)
  })
}

t.test('a node is found by its name where that is its host, as in a container network', async (t) => {
  const brokers = [1, 2, 3].map((id) => ({ id, host: `kafka-${id}`, port: 29092, rack: null }))
  t.equal(plan({ kind: 'broker-stop', node: 'kafka-1' }, withMetadata({ brokers })).target.brokers[0]?.id, 1)
})

t.test('a cut and a slow network have the parameters of the request', async (t) => {
  const cut = plan({ kind: 'partial-partition', node: 'kafka-1', from: ['metadata'], direction: 'incoming' })
  t.match(cut.stages, [{ faults: [{ kind: 'cut', cut: { from: ['metadata'], direction: 'incoming' } }] }])
  const byDefault = plan({ kind: 'partial-partition', node: 'kafka-1' })
  t.match(byDefault.stages, [{ holdMs: 60_000, faults: [{ cut: { from: ['brokers'], direction: 'both' } }] }])
  const slow = plan({ kind: 'slow-network', node: 'kafka-1', slow: { lossPercent: 20 }, faultDurationMs: 7000 })
  t.match(slow.stages, [{ holdMs: 7000, faults: [{ kind: 'slow', slow: { lossPercent: 20 } }] }])
})

const wrong: { request: StartDrill; code: ErrorCode; says: RegExp }[] = [
  { request: { kind: 'broker-stop' }, code: 'validation_failed', says: /node: is required/ },
  { request: { kind: 'broker-stop', node: 'kafka-9' }, code: 'node_not_found', says: /kafka-9/ },
  { request: { kind: 'broker-stop', node: 'zookeeper-1' }, code: 'validation_failed', says: /not a broker/ },
  { request: { kind: 'zookeeper-stop', node: 'kafka-1' }, code: 'validation_failed', says: /not a zookeeper/ },
  { request: { kind: 'controller-kill', node: 'kafka-1' }, code: 'validation_failed', says: /node: .* takes none/ },
  { request: { kind: 'leader-kill' }, code: 'validation_failed', says: /partition: is required/ },
  { request: { kind: 'broker-stop', node: 'kafka-1', partition }, code: 'validation_failed', says: /partition/ },
  { request: { kind: 'leader-kill', partition: { topic: 'x', partition: 0 } }, code: 'topic_not_found', says: /x/ },
  {
    request: { kind: 'leader-kill', partition: { topic: 'log-events', partition: 7 } },
    code: 'validation_failed',
    says: /0 to 2/
  },
  { request: { kind: 'coordinator-kill' }, code: 'validation_failed', says: /group: is required/ },
  {
    request: { kind: 'member-leave', consumers: { protocol: 'consumer' } },
    code: 'fault_unavailable',
    says: /The group protocol consumer needs .*KRaft/
  },
  {
    request: { kind: 'broker-stop', node: 'kafka-1', direction: 'both' },
    code: 'validation_failed',
    says: /direction: a drill broker-stop takes none/
  },
  {
    request: { kind: 'member-kill', transaction: { end: 'abort' } },
    code: 'validation_failed',
    says: /transaction: a drill member-kill takes none/
  },
  { request: { kind: 'slow-network', node: 'kafka-1' }, code: 'validation_failed', says: /slow: is required/ },
  {
    request: { kind: 'broker-stop', node: 'kafka-1', producers: { acks: 'leader', idempotence: true } },
    code: 'validation_failed',
    says: /acks=all/
  },
  {
    request: { kind: 'broker-stop', node: 'kafka-1', topic: 'gone', confirmTopic: 'gone' },
    code: 'topic_not_found',
    says: /topic: there is no topic gone/
  },
  {
    request: { kind: 'broker-stop', node: 'kafka-1', confirmTopic: 'log-events' },
    code: 'validation_failed',
    says: /confirmTopic: confirms a topic, and the request has none/
  },
  { request: { kind: 'controller-stop', node: 'kafka-1' }, code: 'fault_unavailable', says: /KRaft/ }
]
for (const { request, code, says } of wrong) {
  t.test(`${JSON.stringify(request)} is refused with ${code}`, async (t) => {
    const attempt = () => {
      assertRequest(request)
      plan(request)
    }
    t.throws(attempt, { code, message: says })
  })
}

t.test('a drill for ZooKeeper says what it needs where there is none', async (t) => {
  t.throws(() => plan({ kind: 'zookeeper-quorum-loss' }, inKraft), {
    code: 'fault_unavailable',
    status: 422,
    message: /in ZooKeeper/
  })
})

t.test('the prediction has who takes over, who stops, and for how long', async (t) => {
  const { record, ofTopic } = plan({ kind: 'broker-kill', node: 'kafka-1' }).prediction
  t.same(record.moves, [
    { topic: 'log-events', partition: 0, from: 1, to: 2, unclean: false },
    { topic: '__consumer_offsets', partition: 0, from: 1, to: 2, unclean: false }
  ])
  t.same(record.totals, { moves: 2, offline: 0, writesStop: 0 })
  t.same(record.groups, [{ group: 'indexer', from: 1, to: 2 }])
  t.match(record.seconds, { detection: { min: 4, max: 8 }, clientGap: { min: 4, max: 10 } })
  t.equal(record.ownTopic, null)
  t.same(ofTopic(topic('kops-drill-d'), 2), { moves: 1, offline: 0, writesStop: 0 })
})

t.test('a silent broker costs the writers of the drill their own request timeout, and not 30 s', async (t) => {
  const { seconds } = plan({ kind: 'broker-pause', node: 'kafka-1' }).prediction.record
  t.same(seconds.clientGap, { min: 4, max: 10 })
})

const predicted: { request: StartDrill; on?: ClusterStatus; record: object }[] = [
  {
    request: { kind: 'partial-partition', node: 'kafka-1', faultDurationMs: 30_000 },
    record: {
      totals: { moves: 0, offline: 0, writesStop: 2 },
      seconds: { detection: null, leaders: null, followed: { min: 10, max: 16 }, clientGap: { min: 10, max: 40 } }
    }
  },
  {
    request: { kind: 'partial-partition', node: 'kafka-1', from: ['metadata'] },
    record: { totals: { moves: 2 }, seconds: { detection: { min: 4, max: 8 } } }
  },
  {
    request: { kind: 'slow-network', node: 'kafka-1', slow: { delayMs: 100 } },
    record: { totals: { moves: 0, offline: 0, writesStop: 0 }, seconds: { clientGap: null } }
  },
  {
    request: { kind: 'disk-full', node: 'kafka-1' },
    record: { totals: { moves: 2 }, seconds: { detection: { min: 0, max: 8 } } }
  },
  {
    // The controller ends with the broker, so that another one is elected first.
    request: { kind: 'disk-full', node: 'kafka-2' },
    on: kraft,
    record: { seconds: { detection: { min: 0, max: 11 } } }
  },
  {
    request: { kind: 'zookeeper-quorum-loss' },
    record: { totals: { moves: 0, offline: 0, writesStop: 0 }, notes: [/Without a quorum/], seconds: { leaders: null } }
  },
  {
    request: { kind: 'controller-quorum-loss' },
    on: kraft,
    record: { totals: { moves: 0, offline: 4 }, notes: [/Without a quorum/] }
  },
  {
    request: { kind: 'rolling-restart' },
    record: { totals: { moves: 6, offline: 0, writesStop: 0 }, seconds: { leaders: { min: 0, max: 3 } } }
  }
]
for (const { request, on = status, record } of predicted) {
  t.test(`the prediction of ${JSON.stringify(request)}`, async (t) => {
    t.match(plan(request, { ...healthy, status: on }).prediction.record, record)
  })
}

t.test('the list of kinds says what each takes, and what is not possible here', async (t) => {
  const { kinds } = describeKinds(status)
  t.same(
    kinds.map(({ kind }) => kind),
    DrillKindSchema.enum
  )
  const of = (kind: DrillKind, on = status) => describeKinds(on).kinds.find((each) => each.kind === kind)
  t.match(of('broker-kill'), { available: true, requires: ['node'], takes: [], detail: 'how to kill' })
  const nodesOf = (role: string, on = status) => on.nodes.flatMap((node) => (node.role === role ? node.name : []))
  t.same(of('broker-kill')?.nodes, nodesOf('broker'))
  t.same(of('zookeeper-stop')?.nodes, nodesOf('zookeeper'))
  t.same(of('controller-quorum-loss', kraft)?.nodes, nodesOf('broker', kraft))
  t.same(of('leader-kill')?.nodes, [], 'found, not named')
  t.match(of('slow-network'), { requires: ['node', 'slow'] })
  t.match(of('partial-partition'), { requires: ['node'], takes: ['from', 'direction'] })
  t.match(of('controller-stop'), { available: false, detail: /KRaft/ })
  t.match(of('zookeeper-stop', kraft), { available: false, detail: /ZooKeeper/ })
  const without = { ...status, faultKinds: [{ kind: 'cut', available: false, detail: 'needs root' } as const] }
  t.match(of('partial-partition', without), { available: false, detail: 'needs root' })
})

t.test('the stages of a kind inject the faults of its row, and no others', async (t) => {
  for (const kind of DrillKindSchema.enum) {
    const { mode, requires = [], targets, faults } = drillKinds[kind]
    const request: StartDrill = {
      kind,
      ...(targets === 'broker' ? { node: 'kafka-1' } : {}),
      ...(targets === 'ensemble' ? { node: mode === 'kraft' ? 'kafka-1' : 'zookeeper-1' } : {}),
      ...(targets === 'leader' ? { partition } : {}),
      ...(targets === 'coordinator' ? { group: 'indexer' } : {}),
      ...(requires.includes('slow') ? { slow: { delayMs: 10 } } : {})
    }
    assertRequest(request)
    const { stages } = plan(request, { ...healthy, status: mode === 'kraft' ? kraft : status })
    const injected = stages.flatMap((stage) =>
      stage.faults.flatMap((fault) => (fault.by === 'agent' ? fault.kind : []))
    )
    t.same([...new Set(injected)], faults, kind)
  }
})
