import t from 'tap'
import type { NodeVerb } from '#shared/contracts/cluster.ts'
import {
  agentOf,
  answerLimitMs,
  createSweepTimes,
  readMetric,
  untilHealth,
  untilHealthy
} from './cluster-under-test.ts'

const broker = 'kafka-3'

/** The maximum cost of one dead or silent broker for a full sweep, including the delay of a busy machine. */
const extraSweepMs = 2000
const busyMs = 1000
/** Number of sweeps to compare with and without the fault, by their medians. */
const comparedSweeps = 3

export interface BrokerFault {
  name: string
  inject: NodeVerb
  undo: NodeVerb
}

/** Breaks a broker, records what health-service shows meanwhile and afterwards, and heals it. */
export function testBrokerFault({ name, inject, undo }: BrokerFault): void {
  t.test(`a broker is ${name}: the cluster is DEGRADED at once, and HEALTHY after`, async (t) => {
    const agent = await agentOf(t)
    const { isolation } = await agent.status()
    if (inject === 'isolate' && !isolation.available) {
      t.plan(0, isolation.detail)
      return
    }
    await untilHealthy()
    const healthy = createSweepTimes()
    await untilHealth(
      'enough sweeps of the healthy cluster are seen',
      (health) => {
        healthy.record(health)
        return healthy.count >= comparedSweeps
      },
      60_000
    )
    t.teardown(async () => {
      await agent.node(broker, undo)
      await untilHealthy()
    })
    await agent.node(broker, inject)
    const injectedAt = Date.now()

    const noticed = await untilHealth(
      `${broker} is unreachable`,
      ({ brokers }) => brokers.some(({ name, reachable }) => name === broker && !reachable),
      10_000
    )
    const faulty = createSweepTimes()
    const shrunk = await untilHealth(
      'its replicas are out of the ISRs, and enough sweeps are seen',
      (health) => {
        if (Date.parse(health.parts.find(({ part }) => part === 'groups')?.asOf ?? '') > injectedAt)
          faulty.record(health)
        const out = health.reasons.some(({ code }) => code === 'partitions_under_replicated')
        return out && faulty.count >= comparedSweeps
      },
      90_000
    )
    const extra = faulty.medianMs() - healthy.medianMs()
    t.ok(extra < extraSweepMs + busyMs, `a sweep takes ${Math.round(extra)} ms more`)
    t.comment(`sweep: ${Math.round(healthy.medianMs())} ms, with the fault ${Math.round(faulty.medianMs())} ms`)
    const { health } = shrunk
    t.match(health, { status: 'DEGRADED', partitions: { offline: 0, underMinIsr: 0 } })
    t.same(
      health.brokers.map(({ id, reachable }) => [id, reachable]),
      [
        [1, true],
        [2, true],
        [3, false]
      ]
    )
    t.equal(health.topics.length, noticed.health.topics.length, 'no topic is missing')
    const gone = health.brokers.find(({ name }) => name === broker)
    t.match(gone, { uptimeSeconds: null, requestQueueSize: null, logDirs: null, leaders: 0 })
    t.ok(health.score.score < 90, 'the score falls')
    const sizes = health.topics.map(({ sizeBytes }) => sizeBytes)
    t.ok(
      sizes.every((size) => size === null),
      'no size is reported without the replicas of a broker'
    )
    t.ok(health.groups.every(({ lagReason }) => lagReason !== 'broker_unreachable'))
    t.equal(await readMetric('kafka_cluster_brokers_healthy'), 2)
    t.equal(await readMetric(`kafka_broker_up{broker="${broker}"}`), 0)

    await agent.node(broker, undo)
    const healed = await untilHealthy()
    const slowest = Math.max(noticed.slowestMs, shrunk.slowestMs, healed.slowestMs)
    t.ok(slowest < answerLimitMs, `the slowest of all answers took ${Math.round(slowest)} ms`)
    t.comment(`slowest answer: ${Math.round(slowest)} ms`)
  })
}
