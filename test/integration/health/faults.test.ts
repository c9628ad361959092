// Runs alone: it stops nodes.
import t from 'tap'
import { skipWithoutZooKeeper } from '../support/test-cluster.ts'
import { testBrokerFault } from './broker-fault.ts'
import { agentOf, answerLimitMs, untilHealth, untilHealthy } from './cluster-under-test.ts'

testBrokerFault({ name: 'stopped', inject: 'stop', undo: 'start' })

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
