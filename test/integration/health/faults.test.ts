import t from 'tap'
import type { NodeVerb } from '../../../shared/contracts/cluster.ts'
import { skipWithoutZooKeeper } from '../support/test-cluster.ts'
import { agentOf, answerLimitMs, readMetric, untilHealth, untilHealthy } from './cluster-under-test.ts'

const broker = 'kafka-3'

const faults: { name: string; inject: NodeVerb; undo: NodeVerb }[] = [
  { name: 'stopped', inject: 'stop', undo: 'start' },
  { name: 'paused: it accepts connections and answers nothing', inject: 'pause', undo: 'resume' },
  { name: 'cut off from the network: packets to it vanish', inject: 'isolate', undo: 'heal' }
]

for (const { name, inject, undo } of faults) {
  t.test(`a broker is ${name}: the cluster is DEGRADED, told at once, and HEALTHY after`, async (t) => {
    const agent = await agentOf(t)
    const { isolation } = await agent.status()
    if (inject === 'isolate' && !isolation.available) {
      t.plan(0, isolation.detail)
      return
    }
    await untilHealthy()
    t.teardown(async () => {
      await agent.node(broker, undo)
      await untilHealthy()
    })
    await agent.node(broker, inject)

    const noticed = await untilHealth(
      `${broker} is unreachable`,
      ({ brokers }) => brokers.some(({ name, reachable }) => name === broker && !reachable),
      10_000
    )
    const shrunk = await untilHealth(
      'its replicas are out of the ISRs',
      ({ reasons }) => reasons.some(({ code }) => code === 'partitions_under_replicated'),
      45_000
    )
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

t.test(
  'a ZooKeeper node is stopped: the cluster is DEGRADED, its data is not concerned',
  {
    skip: skipWithoutZooKeeper
  },
  async (t) => {
    const agent = await agentOf(t)
    await untilHealthy()
    t.teardown(async () => {
      await agent.node('zookeeper-1', 'start')
      await untilHealthy()
    })
    await agent.node('zookeeper-1', 'stop')
    const { health, slowestMs } = await untilHealth(
      'zookeeper-1 is unreachable',
      ({ reasons }) => reasons.some(({ code }) => code === 'zookeeper_unreachable'),
      10_000
    )
    t.match(health.zookeepers[0], { name: 'zookeeper-1', reachable: false, mode: null })
    t.not(health.status, 'DOWN')
    t.ok(slowestMs < answerLimitMs)
  }
)
