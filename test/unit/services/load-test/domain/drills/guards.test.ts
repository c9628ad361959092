import t from 'tap'
import { admitStop, guardNames } from '#services/load-test/domain/drills/guards.ts'
import type { PlanInput } from '#services/load-test/domain/drills/plan.ts'
import type { Situation } from '#services/load-test/domain/drills/situation.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { type ErrorCode, KopsError } from '#shared/errors/catalog.ts'
import { healthy, now, plan, status, topic, withMetadata, withNode } from './plain-situation.ts'

const stop: StartDrill = { kind: 'broker-stop', node: 'kafka-1' }
const otherFault = {
  id: 'f',
  kind: 'pause',
  node: 'kafka-2',
  state: 'active',
  injectedAt: now,
  expiresAt: '2026-01-31T12:00:20.500Z',
  healedAt: null,
  healedBy: null
} as const
const force = { reason: 'agreed rehearsal' }
const clusterId = 'cluster-1'

t.test('a healthy cluster passes every guard', async (t) => {
  const { guards, refusal } = plan(stop)
  t.equal(refusal, undefined)
  t.same(
    guards.map(({ name }) => name),
    guardNames.map(({ name }) => name)
  )
  t.ok(guards.every(({ passed, reading, limit }) => passed && reading !== '' && limit !== ''))
})

const refusals: {
  guard: string
  when: string
  request?: StartDrill
  given?: Situation
  change?: Partial<PlanInput>
  code: ErrorCode
  says: RegExp
  again?: number
}[] = [
  {
    guard: 'topic-confirmed',
    when: 'an existing topic is not confirmed, whose consumers get the records',
    request: { ...stop, topic: 'log-events' },
    given: { ...healthy, readers: { groups: ['billing', 'indexer'], isPartial: false } },
    code: 'validation_failed',
    says: /confirmTopic: must be log-events, because the records of the drill go to billing, indexer/
  },
  {
    guard: 'topic-confirmed',
    when: 'another topic is confirmed, and a coordinator does not answer',
    request: { ...stop, topic: 'log-events', confirmTopic: 'log-event' },
    given: { ...healthy, readers: { groups: [], isPartial: true } },
    code: 'validation_failed',
    says: /go to no known group, and maybe others/
  },
  {
    guard: 'topic-not-compacted',
    when: 'the topic is compacted, also by time',
    request: { ...stop, topic: 'log-events', confirmTopic: 'log-events' },
    given: { ...healthy, cleanupPolicies: new Map([['log-events', 'compact,delete']]) },
    code: 'drill_unsafe',
    says: /topic: log-events would keep the records of the drill: cleanup.policy compact,delete/
  },
  {
    guard: 'topic-not-compacted',
    when: 'nobody knows the policy of the topic',
    request: { ...stop, topic: 'log-events', confirmTopic: 'log-events' },
    given: { ...healthy, cleanupPolicies: new Map() },
    code: 'drill_unsafe',
    says: /cannot be read/
  },
  {
    guard: 'replicas-suffice',
    when: 'the topic that is named has one replica',
    request: { ...stop, topic: 'log-events', confirmTopic: 'log-events' },
    given: withMetadata({ topics: [topic('log-events', { replicas: [1], isr: [1], leader: 1 })] }),
    code: 'replicas_insufficient',
    says: /replication factor 1, min.insync.replicas 2/
  },
  {
    guard: 'fault-available',
    when: 'nodes cannot be isolated here',
    request: { kind: 'network-partition', node: 'kafka-1' },
    given: unavailable('isolate', 'needs Docker or root'),
    code: 'fault_unavailable',
    says: /needs Docker/
  },
  {
    guard: 'fault-available',
    when: 'a disk cannot be slowed here',
    request: { kind: 'disk-slow', node: 'kafka-1' },
    given: unavailable('disk-slow', 'needs cgroup v2'),
    code: 'fault_unavailable',
    says: /needs cgroup v2/
  },
  {
    guard: 'fault-available',
    when: 'packets cannot be delayed here',
    request: { kind: 'slow-network', node: 'kafka-1', slow: { delayMs: 50 } },
    given: {
      ...healthy,
      status: {
        ...status,
        faultKinds: [
          { kind: 'slow', available: true, detail: '', lacks: [{ parameter: 'delayMs', detail: 'needs netem' }] }
        ]
      }
    },
    code: 'fault_unavailable',
    says: /needs netem/
  },
  {
    guard: 'no-other-fault',
    when: 'another fault is active',
    given: { ...healthy, status: { ...status, faults: [otherFault] } },
    code: 'fault_conflict',
    says: /pause of kafka-2/,
    again: 21
  },
  {
    guard: 'nodes-running',
    when: 'the node is stopped',
    given: withNode({ state: 'stopped' }),
    code: 'node_state_conflict',
    says: /stopped/
  },
  {
    guard: 'nodes-running',
    when: 'the node is cut off',
    given: withNode({ isolated: true }),
    code: 'node_state_conflict',
    says: /isolated/
  },
  {
    guard: 'same-cluster',
    when: "the agent's cluster is another one",
    given: withNode({ address: '127.0.0.1:19092' }),
    code: 'node_state_conflict',
    says: /not a broker of the cluster/
  },
  {
    guard: 'timeout-allowed',
    when: 'a broker allows no transaction to be open so long',
    request: { kind: 'hanging-transaction' },
    given: { ...healthy, settings: new Map([[1, new Map([['transaction.max.timeout.ms', '20000']])]]) },
    code: 'validation_failed',
    says: /30000 ms; brokers allow 20000 ms/
  },
  {
    guard: 'brokers-enough',
    when: 'there are too few brokers',
    given: withMetadata({ brokers: healthy.metadata.brokers.slice(0, 2) }),
    code: 'cluster_unhealthy',
    says: /needs 3/,
    again: 5
  },
  {
    guard: 'brokers-answer',
    when: 'a broker does not answer',
    given: {
      ...healthy,
      views: [
        ...healthy.views.slice(0, 2),
        {
          endpoint: { host: '127.0.0.1', port: 9094 },
          reachable: false,
          error: new KopsError('broker_unreachable', '')
        }
      ]
    },
    code: 'cluster_unhealthy',
    says: /127.0.0.1:9094/,
    again: 5
  },
  {
    guard: 'no-under-replicated',
    when: 'a partition is under-replicated',
    given: withMetadata({ topics: [topic('log-events', { isr: [1, 2] })] }),
    code: 'cluster_unhealthy',
    says: /Under-replicated: log-events-0/,
    again: 5
  },
  {
    guard: 'cluster-confirmed',
    when: 'it is meant for another cluster',
    request: { ...stop, clusterId: 'cluster-2' },
    code: 'cluster_mismatch',
    says: /cluster-2/
  },
  {
    guard: 'cluster-confirmed',
    when: 'it is forced and does not say on which cluster',
    request: { ...stop, force },
    code: 'validation_failed',
    says: /clusterId: is required/
  },
  {
    guard: 'no-other-job',
    when: 'the capacity is being measured',
    change: { underWay: { loadTests: [], others: ['m1'] } },
    code: 'job_conflict',
    says: /m1/
  },
  {
    guard: 'no-load-test',
    when: 'a load test is under way',
    change: { underWay: { loadTests: ['r1'], others: [] } },
    code: 'job_conflict',
    says: /r1/
  },
  {
    guard: 'no-reassignment',
    when: 'partitions are moving',
    given: { ...healthy, reassignments: 4 },
    code: 'reassignment_conflict',
    says: /4/,
    again: 5
  },
  {
    guard: 'no-reassignment',
    when: 'nobody can say whether partitions are moving',
    given: { ...healthy, reassignments: 'no controller' },
    code: 'reassignment_conflict',
    says: /no controller/,
    again: 5
  },
  {
    guard: 'quorum-survives',
    when: 'no majority of ZooKeeper would be left',
    request: { kind: 'zookeeper-quorum-loss' },
    code: 'drill_unsafe',
    says: /quorum would be lost/
  },
  {
    guard: 'quorum-survives',
    when: 'one of ZooKeeper is down already',
    request: { kind: 'zookeeper-stop', node: 'zookeeper-1' },
    given: withNode({ state: 'stopped', ready: false }, 'zookeeper-2'),
    code: 'drill_unsafe',
    says: /quorum would be lost/
  },
  {
    guard: 'blast-radius',
    when: 'it breaks two brokers at once, although the quorum is forced',
    request: { kind: 'controller-quorum-loss' },
    given: { ...healthy, status: { ...status, mode: 'kraft', nodes: status.nodes.slice(0, 3) } },
    code: 'drill_unsafe',
    says: /quorum would be lost/
  },
  {
    guard: 'replicas-suffice',
    when: 'partitions that would survive it are short of replicas',
    given: withMetadata({ topics: [topic('log-events', { isr: [1, 2] })] }),
    code: 'cluster_unhealthy',
    says: /Under-replicated/,
    again: 5
  }
]
for (const { guard, when, request = stop, given = healthy, change, code, says, again } of refusals) {
  t.test(`${guard} refuses with ${code} when ${when}`, async (t) => {
    const { guards, refusal } = plan(request, given, change)
    t.equal(refusal?.code, code)
    t.match(refusal?.message, says)
    t.equal(refusal?.retryAfterSeconds, again)
    t.same(refusal?.guards, guards, 'the refusal has all guards')
    t.equal(guards.length, guardNames.length, 'all are looked at, and not only up to the first')
    t.match(
      guards.find(({ name }) => name === guard),
      { passed: false }
    )
  })
}

t.test('every guard has a row in the table above', async (t) => {
  const tested = new Set(refusals.map(({ guard }) => guard))
  t.same(
    guardNames.filter(({ name }) => !tested.has(name)),
    []
  )
})

t.test('a reason overrides the guards that may be overridden, and no others', async (t) => {
  for (const { guard, request = stop, given = healthy, change } of refusals) {
    const canForce = guardNames.find(({ name }) => name === guard)?.canForce
    const { guards, refusal } = plan({ ...request, clusterId: request.clusterId ?? clusterId, force }, given, change)
    const found = guards.find(({ name }) => name === guard)
    if (guard === 'cluster-confirmed' && request.clusterId === undefined) continue
    t.equal(found?.forced === true, canForce, guard)
    const { force: _, ...gentle } = request
    const unforced = plan(gentle, given, change).guards
    t.equal(unforced.find(({ name }) => name === guard)?.canForce === true, canForce, `${guard} says so`)
    t.equal(refusal === undefined, canForce, guard)
  }
})

t.test('partitions with one replica do not refuse a drill: that would not help', async (t) => {
  const single = topic('single', { replicas: [1], isr: [1], leader: 1 })
  const { guards, refusal, prediction } = plan(stop, withMetadata({ topics: [...healthy.metadata.topics, single] }))
  t.equal(refusal, undefined)
  t.match(guards.find(({ name }) => name === 'replicas-suffice')?.reading, /never survive it: single-0, single-1/)
  t.equal(prediction.record.totals.offline, 3)
})

t.test('a topic that is named and confirmed passes, and its guards read that one', async (t) => {
  const given = withMetadata({ brokers: healthy.metadata.brokers.slice(0, 2), topics: [pair()] })
  const readers = { groups: ['billing'], isPartial: false }
  const {
    guards,
    refusal,
    topic: found
  } = plan(
    { ...stop, topic: 'log-events', confirmTopic: 'log-events' },
    { ...given, minInsyncReplicas: new Map([['log-events', 1]]), readers }
  )
  t.equal(refusal, undefined, 'two brokers are enough for two replicas')
  t.match(found, { name: 'log-events', isShared: true, partitions: 3, replicationFactor: 2, minInsyncReplicas: 1 })
  const readingOf = (name: string) => guards.find((guard) => guard.name === name)?.reading
  t.match(readingOf('topic-confirmed'), /log-events; the records of the drill go to billing/)
  t.match(readingOf('replicas-suffice'), /its topic: replication factor 2, min.insync.replicas 1/)
})

t.test('a broker that other work wants to stop is admitted by the same guards', async (t) => {
  const given = { ...healthy, now: new Date(now) }
  t.equal(admitStop('kafka-3', given).id, 3)
  t.throws(() => admitStop('kafka-9', given), { code: 'node_not_found' })
  t.throws(() => admitStop('zookeeper-1', given), { code: 'validation_failed' })
  t.throws(() => admitStop('kafka-1', { ...withNode({ state: 'stopped' }), now: new Date(now) }), {
    code: 'node_state_conflict'
  })
})

function pair() {
  const { partitions, ...rest } = topic('log-events', { replicas: [1, 2], isr: [1, 2] })
  return { ...rest, partitions: partitions.map((each, nth) => ({ ...each, leader: (nth % 2) + 1 })) }
}

function unavailable(kind: 'isolate' | 'disk-slow', detail: string): Situation {
  return { ...healthy, status: { ...status, faultKinds: [{ kind, available: false, detail }] } }
}
