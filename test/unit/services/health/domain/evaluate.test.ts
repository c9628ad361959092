import t from 'tap'
import { createEvaluate, evaluate } from '#services/health/domain/evaluate.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { answering, endpoint, metadata, partition, readings, silent, topic, zookeeper } from '../plain-cluster.ts'

const timeout = new KopsError('kafka_timeout', 'kafka:9093: no answer within 900 ms')
const whole = metadata([topic('a', partition()), topic('b', partition())])
const shrunk = metadata([topic('a', partition({ isr: [1, 2] })), topic('b', partition({ isr: [1, 2] }))])
const withoutBroker3 = [answering(1, shrunk), answering(2, shrunk), silent(3, timeout)]

t.test('the status follows from the readings, and says why', async (t) => {
  const cases: { name: string; given: Partial<ClusterReadings>; status: string; reasons: string[] }[] = [
    { name: 'all is well', given: {}, status: 'HEALTHY', reasons: [] },
    {
      name: 'a broker is dead and its replicas are behind',
      given: { views: withoutBroker3, metadata: shrunk },
      status: 'DEGRADED',
      reasons: ['broker_unreachable', 'partitions_under_replicated']
    },
    {
      name: 'a broker is black-holed and the cluster has not noticed yet',
      given: { views: [answering(1, whole), answering(2, whole), silent(3, timeout)] },
      status: 'DEGRADED',
      reasons: ['broker_unreachable', 'partitions_unconfirmed']
    },
    {
      name: 'no broker answers',
      given: { views: [1, 2, 3].map((id) => silent(id, timeout)), metadata: null, groups: null },
      status: 'DOWN',
      reasons: ['no_broker_reachable']
    },
    {
      name: 'a partition has no leader',
      given: { metadata: metadata([topic('a', partition(), partition({ leader: null, isr: [3] }))]) },
      status: 'DOWN',
      reasons: ['partitions_offline', 'partitions_under_min_isr', 'partitions_under_replicated']
    },
    {
      name: 'some partitions refuse writes',
      given: { metadata: metadata([topic('a', partition({ isr: [1] })), topic('b', partition())]) },
      status: 'DEGRADED',
      reasons: ['partitions_under_min_isr', 'partitions_under_replicated']
    },
    {
      name: 'all partitions refuse writes',
      given: { metadata: metadata([topic('a', partition({ isr: [1] })), topic('b', partition({ isr: [1] }))]) },
      status: 'DOWN',
      reasons: ['partitions_under_min_isr', 'partitions_under_replicated']
    },
    { name: 'there are no topics', given: { metadata: metadata([]) }, status: 'HEALTHY', reasons: [] },
    {
      name: 'a topic has fewer replicas by design',
      given: {
        metadata: metadata([topic('a', partition({ replicas: [1], isr: [1] }))]),
        minInsyncReplicas: new Map([['a', 1]])
      },
      status: 'HEALTHY',
      reasons: []
    },
    {
      name: 'a broker that is cut off claims its leaderships',
      given: {
        views: [
          answering(1, whole),
          answering(2, whole),
          answering(3, metadata([topic('a', partition({ leader: 3, leaderEpoch: 4 }))]))
        ]
      },
      status: 'DEGRADED',
      reasons: ['broker_views_disagree']
    },
    {
      name: 'a broker answers and has been dropped by its cluster',
      given: { metadata: { ...whole, brokers: whole.brokers.slice(0, 2) } },
      status: 'DEGRADED',
      reasons: ['broker_views_disagree']
    },
    {
      name: 'the brokers are of two clusters',
      given: { views: [answering(1, whole), answering(2, { ...whole, clusterId: 'other' })] },
      status: 'DEGRADED',
      reasons: ['broker_unreachable', 'broker_views_disagree', 'partitions_unconfirmed']
    },
    {
      name: 'there is no controller',
      given: { metadata: { ...whole, controllerId: null } },
      status: 'DEGRADED',
      reasons: ['no_controller']
    },
    {
      name: 'a ZooKeeper node is silent',
      given: {
        zookeepers: [
          zookeeper(1, 'leader'),
          zookeeper(2, 'follower'),
          { ...zookeeper(3, null), reachable: false, error: new KopsError('zookeeper_unreachable', 'silent') }
        ]
      },
      status: 'DEGRADED',
      reasons: ['zookeeper_unreachable']
    },
    {
      name: 'ZooKeeper serves no quorum, but the controller works',
      given: { zookeepers: [zookeeper(1, null), zookeeper(2, null)] },
      status: 'DEGRADED',
      reasons: ['zookeeper_no_quorum']
    },
    {
      name: 'ZooKeeper serves no quorum and there is no controller',
      given: { zookeepers: [zookeeper(1, null)], metadata: { ...whole, controllerId: null } },
      status: 'DOWN',
      reasons: ['no_controller', 'zookeeper_no_quorum']
    },
    { name: 'a cluster without ZooKeeper', given: { zookeepers: [] }, status: 'HEALTHY', reasons: [] },
    {
      name: 'a part could not be read though all brokers answer',
      given: { errors: new Map([['configs', 1]]), minInsyncReplicas: new Map() },
      status: 'DEGRADED',
      reasons: ['reading_incomplete']
    },
    {
      name: 'a part is missing because of a dead broker',
      given: {
        views: withoutBroker3,
        metadata: shrunk,
        errors: new Map([
          ['metadata', 1],
          ['groups', 1]
        ])
      },
      status: 'DEGRADED',
      reasons: ['broker_unreachable', 'partitions_under_replicated']
    }
  ]
  for (const { name, given, status, reasons } of cases) {
    const health = evaluate(readings(given))
    t.equal(health.status, status, name)
    t.same(
      health.reasons.map(({ code }) => code),
      reasons,
      name
    )
  }
})

t.test('brokers and ZooKeeper nodes are listed by name, dead ones with their last known details', async (t) => {
  const known = readings().known
  const { brokers, zookeepers } = evaluate(readings({ views: withoutBroker3, metadata: shrunk, known }))
  const unknown = {
    ...{ startedAt: null, uptimeSeconds: null, requestQueueSize: null, handlerIdleRatio: null, logDirs: null },
    partitions: 2
  }
  const answers = { reachable: true, responseTimeMs: 3.1, ...unknown }
  t.same(brokers, [
    { id: 1, name: 'kafka-1', ...endpoint(1), rack: 'rack-1', controller: false, leaders: 2, ...answers },
    { id: 2, name: 'kafka-2', ...endpoint(2), rack: 'rack-2', controller: true, leaders: 0, ...answers },
    {
      ...unknown,
      leaders: 0,
      id: 3,
      name: 'kafka-3',
      ...endpoint(3),
      rack: 'rack-3',
      reachable: false,
      controller: false,
      responseTimeMs: null
    }
  ])
  t.match(zookeepers[1], {
    name: 'zookeeper-2',
    host: 'zookeeper',
    port: 2182,
    mode: 'leader',
    reachable: true,
    outstandingRequests: 0,
    latencyMs: { avg: 0.5 }
  })
})

t.test('exporter and disk data is reported only for live brokers', async (t) => {
  const startTime = new Date('2026-01-31T11:00:00Z')
  const told = { requestQueueSize: 3, handlerIdleRatio: 0.9, activeController: 0, startTime, counts: new Map() }
  const dir = { dir: '/data', sizeBytes: 10, totalBytes: 100, usableBytes: 40, online: true }
  const given = {
    jmx: new Map([1, 2, 3].map((id) => [id, { ...told, activeController: id === 2 ? 1 : 0 }])),
    logDirs: [1, 2, 3].map((broker) => ({ broker, ...dir })),
    parts: new Map([['logDirs' as const, { asOf: new Date(), durationMs: 1, ok: true }]])
  }
  const all = evaluate(readings(given))
  t.match(all.brokers[2], {
    uptimeSeconds: 3600,
    startedAt: startTime.toISOString(),
    requestQueueSize: 3,
    logDirs: [dir]
  })
  t.equal(all.controllers, 1)
  t.equal(all.leaderSkew, 3)
  const { brokers, controllers } = evaluate(readings({ ...given, views: withoutBroker3, metadata: shrunk }))
  t.match(brokers[2], { uptimeSeconds: null, requestQueueSize: null, handlerIdleRatio: null, logDirs: null })
  t.equal(controllers, 1, 'the others reported')
  const unheard = evaluate(readings({ ...given, jmx: new Map([[1, told]]) }))
  t.equal(unheard.controllers, null, 'a claim that was not heard is not a missing controller')
})

t.test('the controller of a KRaft cluster is the leader of its quorum, whichever the brokers name', async (t) => {
  const quorum = { kind: 'kraft' as const, leaderId: 3, leaderEpoch: 1, highWatermark: 5, voters: [], observers: [] }
  const { brokers } = evaluate(readings({ quorum, zookeepers: [] }))
  t.same(
    brokers.map(({ controller }) => controller),
    [false, false, true]
  )
})

t.test('a failed look-up never yields 0', async (t) => {
  const replicaSizes = [{ broker: 1, topic: 'a', partition: 0, sizeBytes: 10 }]
  const ok = { asOf: new Date(), durationMs: 1, ok: true }
  const dir = { dir: '/data', sizeBytes: 10, totalBytes: null, usableBytes: null, online: true }
  const logDirs = [1, 2, 3].map((broker) => ({ broker, ...dir }))
  const read = { parts: new Map([['logDirs' as const, ok]]), replicaSizes, logDirs }
  t.equal(evaluate(readings(read)).topics[0]?.sizeBytes, 10)
  const partly = evaluate(readings({ ...read, errors: new Map([['logDirs', 1]]) }))
  t.equal(partly.topics[0]?.sizeBytes, null, 'a sum of which a broker is missing is no size')
  const forgotten = evaluate(readings({ ...read, logDirs: logDirs.slice(0, 2) }))
  t.equal(forgotten.topics[0]?.sizeBytes, null, 'nor one of which a broker is missing that nobody asks any more')
  const blind = evaluate(readings({ metadata: null, views: [silent(1, timeout)], groups: null }))
  t.match(blind, { partitions: null, leaderSkew: null, controllers: null, score: { score: 0 } })
  t.equal(evaluate(readings({ minInsyncReplicas: new Map() })).partitions?.underMinIsr, null)
})

t.test('a dead exporter does not make a cluster unhealthy; a lost quorum and a dead disk do', async (t) => {
  const codes = (given: Partial<ClusterReadings>) => evaluate(readings(given)).reasons.map(({ code }) => code)
  t.same(codes({ errors: new Map([['jmx', 3]]) }), [])
  t.same(codes({ errors: new Map([['quorum', 1]]), zookeepers: [] }), ['quorum_unavailable'])
  const logDirs = [{ broker: 2, dir: '/data', sizeBytes: 0, totalBytes: null, usableBytes: null, online: false }]
  t.same(codes({ logDirs }), ['log_dir_offline'])
})

t.test('a broker that never answered is named by its place, or by its address when that name is taken', async (t) => {
  const name = (known: ClusterReadings['known']) =>
    evaluate(readings({ views: [silent(7, timeout), answering(1, whole)], known })).brokers.map(({ name }) => name)
  const one = { id: 1, endpoint: endpoint(1), rack: null }
  const two = { id: 2, endpoint: endpoint(1), rack: null }
  t.same(name(new Map([[1, one]])), ['kafka:9097', 'kafka-1'])
  t.same(name(new Map([[2, two]])), ['kafka-1', 'kafka-2'])
})

t.test('a dead broker that still holds replicas is listed as unreachable', async (t) => {
  const { brokers, status } = evaluate(
    readings({ views: [answering(1, shrunk), answering(2, shrunk)], metadata: { ...shrunk, controllerId: 1 } })
  )
  t.match(brokers[2], { id: 3, name: 'kafka-3', ...endpoint(3), reachable: false, responseTimeMs: null })
  t.equal(status, 'DEGRADED')
})

t.test('warnings name nodes, and say the same of one node once', async (t) => {
  const late = { code: 'kafka_timeout', message: 'kafka:9093: no answer within 900 ms', target: 'kafka:9093' }
  const { warnings } = evaluate(
    readings({
      warnings: [
        late,
        { ...late, message: 'kafka:9093: no answer lately', target: 'kafka-3' },
        { code: 'topic_not_found', message: 'gone', target: 'a' },
        { code: 'internal', message: 'no target' }
      ]
    })
  )
  t.same(warnings, [
    { ...late, message: 'kafka-3: no answer within 900 ms', target: 'kafka-3' },
    { code: 'topic_not_found', message: 'gone', target: 'a' },
    { code: 'internal', message: 'no target' }
  ])
})

t.test('a silent node yields one warning, with what is missing', async (t) => {
  const late = (target: string, code = 'kafka_timeout') => ({ code, message: `${target}: no answer`, target })
  const errors = new Map([
    ['brokers' as const, 1],
    ['groups' as const, 1],
    ['logDirs' as const, 1]
  ])
  const gone = {
    ...zookeeper(3, null),
    reachable: false as const,
    error: new KopsError('zookeeper_unreachable', 'gone')
  }
  const { warnings } = evaluate(
    readings({
      ...{ views: withoutBroker3, metadata: shrunk, errors },
      zookeepers: [zookeeper(1, 'leader'), zookeeper(2, 'follower'), gone],
      warnings: [
        late('kafka:9093', 'broker_unreachable'),
        late('kafka-3'),
        late('zookeeper:2183', 'zookeeper_unreachable')
      ]
    })
  )
  t.same(
    warnings.map(({ message }) => message),
    ['kafka-3 does not answer: groups and log directories may be incomplete', 'zookeeper-3 does not answer']
  )
})

t.test('judging readings one after the other gives the same result as judging each alone', async (t) => {
  const other = metadata([topic('a', partition({ leader: 2 })), topic('b', partition({ leader: null, isr: [3] }))])
  const minimums = new Map([['a', 3]])
  const replicaSizes = [1, 2, 3].map((broker) => ({ broker, topic: 'a', partition: 0, sizeBytes: broker }))
  const parts = new Map([['logDirs' as const, { asOf: new Date(0), durationMs: 1, ok: true }]])
  const logDirs = [1, 2, 3].map((broker) => {
    return { broker, dir: '/d', sizeBytes: 1, totalBytes: null, usableBytes: null, online: true }
  })
  const given: Partial<ClusterReadings>[] = [
    {},
    { metadata: whole },
    { metadata: whole, views: [answering(1, whole), answering(2, whole), silent(3, timeout)] },
    { metadata: whole, views: [1, 2, 3].map((id) => answering(id, id === 3 ? other : whole)) },
    { metadata: shrunk, views: withoutBroker3 },
    { metadata: shrunk, minInsyncReplicas: minimums },
    { metadata: { ...shrunk, brokers: shrunk.brokers.slice(0, 2) }, minInsyncReplicas: minimums },
    { metadata: other, parts, logDirs, replicaSizes },
    { metadata: other, parts, logDirs, replicaSizes: replicaSizes.slice(1) },
    { metadata: null, views: [1, 2, 3].map((id) => silent(id, timeout)) }
  ]
  const lists = given.map((one) => readings(one))
  const judge = createEvaluate()
  // Each after each other one.
  for (const before of lists) {
    for (const now of lists) {
      judge(before)
      t.same(judge(now), evaluate(now))
    }
  }
})

t.test('a pulse that finds the metadata unchanged does not judge the topics again', async (t) => {
  const judge = createEvaluate()
  const swept = readings()
  const { topics } = judge(swept)
  const { asOf, topics: again } = judge({
    ...swept,
    asOf: new Date('2026-01-31T12:00:02Z'),
    metadata: { ...whole, topics: swept.metadata?.topics ?? [] }
  })
  t.equal(asOf, '2026-01-31T12:00:02.000Z')
  t.equal(again, topics)
})
