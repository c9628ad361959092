import t from 'tap'
import { evaluate } from '#services/health/domain/evaluate.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import { createKeptSettings } from '#services/health/domain/what-if/broker-settings.ts'
import { situationOf } from '#services/health/domain/what-if/known-cluster.ts'
import { createWhatIf } from '#services/health/domain/what-if/what-if.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { KraftQuorum, QuorumReplica } from '#shared/kafka/cluster/port.ts'
import { type BrokerSettings, timingNames } from '#shared/prediction/timings.ts'
import { createFakeClock } from '../../fake-clock.ts'
import { answering, metadata, partition, readings, silent, topic, zookeeper } from '../../plain-cluster.ts'

const unreachable = new KopsError('broker_unreachable', 'does not answer')

function known(overrides: Partial<ClusterReadings> = {}) {
  const read = readings(overrides)
  return { readings: read, health: evaluate(read) }
}

const none: BrokerSettings = new Map()

function voter(id: number, lastFetchTimestamp: number | null, lag: number | null = 0): QuorumReplica {
  const unknown = { directoryId: null, logEndOffset: null, lastCaughtUpTimestamp: null }
  return { id, lag, lastFetchTimestamp, ...unknown }
}

function quorumOf(...voters: QuorumReplica[]): KraftQuorum {
  return { kind: 'kraft', leaderId: voters[0]?.id ?? 1, leaderEpoch: 3, highWatermark: 9, voters, observers: [] }
}

const kraft = (quorum: KraftQuorum | null): Partial<ClusterReadings> => ({
  quorum,
  zookeepers: [],
  parts: new Map([['quorum', { asOf: new Date(), durationMs: 1, ok: quorum !== null }]])
})

t.test('who serves: brokers that answer, ZooKeeper nodes in the ensemble, voters that fetch', async (t) => {
  const votersOf = (overrides: Partial<ClusterReadings>, last: KraftQuorum | null = null) =>
    situationOf(known(overrides), none, last).ensemble.map(({ name, serves }) => (serves ? name : `(${name})`))
  const told = metadata([topic('a', partition())])
  const twoOf3 = { metadata: told, views: [answering(1, told), answering(2, told), silent(3, unreachable)] }

  t.same(Array.from(situationOf(known(twoOf3), none, null).live), [1, 2])
  t.same(votersOf({ zookeepers: [zookeeper(1, 'leader'), zookeeper(2, null), zookeeper(3, 'follower')] }), [
    'zookeeper-1',
    '(zookeeper-2)',
    'zookeeper-3'
  ])
  const brokers = quorumOf(voter(1, 90_000), voter(2, 89_900), voter(3, 89_900))
  t.same(votersOf({ ...twoOf3, ...kraft(brokers) }), ['kafka-1', 'kafka-2', '(kafka-3)'], 'a node that is both')
  const controllers = quorumOf(voter(101, 90_000), voter(102, 79_000), voter(103, null), voter(104, 89_000))
  t.same(
    votersOf(kraft(controllers)),
    ['kafka-101', '(kafka-102)', '(kafka-103)', 'kafka-104'].map((name) =>
      name === '(kafka-103)' ? 'kafka-103' : name
    ),
    'controllers alone, by their last fetch; one that reports none, by its lag'
  )
  t.same(votersOf(kraft(null), brokers), ['(kafka-1)', '(kafka-2)', '(kafka-3)'], 'the quorum does not answer')
  t.same(votersOf(kraft(null)), [], 'it never has')
})

t.test('settings: the slowest broker counts, and Kafka’s defaults where none is known', async (t) => {
  const settings: BrokerSettings = new Map([
    [1, new Map([['zookeeper.session.timeout.ms', '6000']])],
    [2, new Map([['zookeeper.session.timeout.ms', '9000']])]
  ])
  t.match(situationOf(known(), settings, null), {
    timings: { sessionTimeoutMs: 9000, replicaLagMs: 30_000 },
    assumed: ['replica.lag.time.max.ms']
  })
  t.match(situationOf(known(kraft(quorumOf(voter(1, 1)))), none, null), {
    mode: 'kraft',
    controllerId: 1,
    timings: { sessionTimeoutMs: 9000, heartbeatMs: 2000 },
    assumed: ['broker.session.timeout.ms', 'broker.heartbeat.interval.ms', 'replica.lag.time.max.ms']
  })
})

t.test('settings are kept, a broker that is down keeps its own, and what lacks a broker is read again', async (t) => {
  const clock = createFakeClock()
  let calls = 0
  let value = new Map([[1, new Map([['replica.lag.time.max.ms', '1']])]])
  let warnings = [{ code: 'broker_unreachable', message: 'kafka-2 does not answer' }]
  const settings = createKeptSettings({
    reader: {
      brokerSettings: async (names) => {
        t.same(names, timingNames)
        calls += 1
        return { value, warnings }
      }
    },
    clock,
    everyMs: 1000,
    deadlineMs: 10
  })
  const { signal } = new AbortController()
  await Promise.all([settings.refresh(signal), settings.refresh(signal)])
  t.equal(calls, 1, 'callers at the same time share a reading')
  value = new Map([[2, new Map([['replica.lag.time.max.ms', '2']])]])
  warnings = []
  await settings.refresh(signal)
  t.same(Array.from(settings.current().keys()), [1, 2])
  const before = settings.current()
  await settings.refresh(signal)
  t.equal(settings.current(), before)
  t.equal(calls, 2, 'whole, and not due')
  clock.advance(1000)
  await settings.refresh(signal)
  t.equal(calls, 3)
})

t.test('predictions are kept until what decides them changes', async (t) => {
  let settings: BrokerSettings = new Map()
  const whatIf = createWhatIf({ settings: () => settings, traffic: () => null })
  const first = known()
  const overview = whatIf.overview(first)
  t.equal(overview?.length, 9, 'three brokers, three racks, three ZooKeeper nodes')
  const { readings } = first
  const again = { readings: { ...readings, asOf: new Date() }, health: evaluate({ ...readings, asOf: new Date() }) }
  t.equal(whatIf.overview(again), overview, 'the next snapshot, of which nothing differs')
  t.not(whatIf.overview(again, 'pause'), overview)
  settings = new Map([[1, new Map([['zookeeper.session.timeout.ms', '6000']])]])
  t.equal(whatIf.overview(again)?.[0]?.seconds.detection?.max, 8)
  const changes: [what: string, change: Partial<ClusterReadings>][] = [
    ['metadata', { metadata: metadata([]) }],
    ['settings', { minInsyncReplicas: new Map() }],
    ['unclean election', { uncleanElection: new Set(['a']) }],
    ['groups', { groups: [] }],
    ['a ZooKeeper node', { zookeepers: [zookeeper(1, 'leader'), zookeeper(2, null), zookeeper(3, 'follower')] }]
  ]
  for (const [what, change] of changes) {
    const before = whatIf.overview(first)
    const changed = { ...readings, ...change }
    t.not(whatIf.overview({ readings: changed, health: evaluate(changed) }), before, what)
  }
  t.equal(whatIf.overview(known({ metadata: null })), null, 'no broker answers')
})
