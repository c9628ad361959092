// Runs alone: it kills the controller.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { type Answer, ask, independentAdmin } from '../../integration/admin/service.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { agentUnderTest, connection } from '../../integration/support/under-test.ts'

t.test(
  'if the controller dies while a catalog is applied, missing topics are reported, and created later',
  async (t) => {
    const agent = await agentUnderTest()
    const reader = createClusterReader(connection)
    const { value } = await reader.metadata({ topics: [], deadlineMs: 3000 })
    await reader.close()
    const controller = `kafka-${value.controllerId}`
    const kafka = await independentAdmin(t)
    const stem = `test-admin-many-${Date.now().toString(36)}`
    const names = Array.from({ length: 60 }, (_, index) => `${stem}-${index}`)
    t.teardown(async () => {
      await agent.node(controller, 'start').catch(() => {})
      await agent.close()
      const existing = await kafka.listTopics()
      await kafka.deleteTopics({ topics: names.filter((name) => existing.includes(name)), timeout: 20_000 })
    })
    const catalog = { name: 'many', topics: names.map((name) => ({ name, partitions: 3, replicationFactor: 2 })) }

    const running = ask('POST', '/api/catalog/apply', catalog)
    let ended = false
    running.finally(() => {
      ended = true
    })
    // In the middle: the first topics exist.
    await until(
      'the first topics are made',
      15_000,
      async () => ended || (await kafka.listTopics()).some((name) => names.includes(name))
    )
    await agent.node(controller, 'kill')
    const first = await running
    t.comment(`killed ${controller}: ${first.status} ${String(first.body['detail'] ?? '').slice(0, 160)}`)
    if (first.status !== 200) {
      t.ok([400, 503, 504].includes(first.status))
      t.match(first.body['detail'], /\d+ of 60 changes were made|Nothing was changed/i)
    }

    await agent.node(controller, 'start')
    const second = await untilApplied(catalog)
    t.equal(second.status, 200, JSON.stringify(second.body).slice(0, 300))
    const third = await ask('POST', '/api/catalog/apply', catalog)
    const actions = new Set((third.body['changes'] as { action: string }[]).map(({ action }) => action))
    t.same([...actions], ['none'])
    // A broker that has just started does not know its topics at once.
    await until('the other client sees every topic with its leaders', 15_000, async () => {
      const seen = await kafka.fetchTopicMetadata({ topics: names }).catch(() => ({ topics: [] }))
      return (
        seen.topics.length === 60 &&
        seen.topics.every(({ partitions }) => partitions.length === 3 && partitions.every(({ leader }) => leader >= 0))
      )
    })
  }
)

/** Acts like an operator: applies again while the cluster reports a retriable error. */
async function untilApplied(catalog: object): Promise<Answer> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const answer = await ask('POST', '/api/catalog/apply', catalog)
    if (answer.status === 200 || answer.body['retriable'] !== true || performance.now() > deadline) return answer
    await delay(500)
  }
}
