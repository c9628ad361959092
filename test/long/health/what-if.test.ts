// Runs undisturbed: it breaks brokers.
import t from 'tap'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { mergeMetadata, metadataOf } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { agentOf, ownTopic, untilHealth, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { connection, healthUrl } from '../../integration/support/under-test.ts'

const topic = `test-what-if-seconds-${Date.now().toString(36)}`
/** A busy machine delays both the controller and whoever looks. */
const busySeconds = 3

const client = createClient({ urls: { admin: healthUrl, health: healthUrl, loadTest: healthUrl } })
const reader = createClusterReader({ ...connection, clientId: 'test-what-if' })
t.teardown(() => reader.close())

for (const { how, undo } of [
  { how: 'kill', undo: 'start' },
  { how: 'pause', undo: 'resume' },
  { how: 'stop', undo: 'start' }
] as const) {
  t.test(
    `${how} of the active controller, then of another broker: leaders move within the expected seconds`,
    async (t) => {
      const agent = await agentOf(t)
      await ownTopic(t, `${topic}-${how}`, 6)
      for (const isController of [true, false]) {
        const { health } = await untilHealthy()
        const target = health.brokers.find(({ controller }) => controller === isController)
        if (!target || target.id === null) throw new Error('there is no such broker')
        const { scenarios } = await client.call(endpoints.whatIf, { query: { broker: target.id, how } })
        const expected = scenarios[0]?.seconds.leaders
        if (!expected) throw new Error('there is no expectation')
        const readTopic = async () => {
          const views = await reader.views({ topics: [`${topic}-${how}`], deadlineMs: 500, evenSilent: true })
          return mergeMetadata(metadataOf(views)).topics.flatMap(({ partitions }) => partitions)
        }
        t.teardown(async () => {
          const { nodes } = await agent.status()
          const state = nodes.find(({ name }) => name === target.name)?.state
          if (state !== 'running') await agent.node(target.name, state === 'paused' ? 'resume' : 'start')
          await untilHealthy()
        })
        const from = performance.now()
        const done = agent.node(target.name, how)
        const { done: moved } = await poll(
          readTopic,
          (partitions) =>
            partitions.length === 6 &&
            partitions.every(({ leader, isr }) => leader !== target.id && !isr.includes(target.id ?? -1)),
          { timeoutMs: 60_000, pauseMs: 100 }
        )
        const seconds = (performance.now() - from) / 1000
        await done
        t.ok(moved, 'it leads nothing and is in no ISR')
        const what = `${target.name}, ${isController ? 'the controller' : 'not the controller'}: ${seconds.toFixed(1)} s, expected ${expected.min} to ${expected.max}`
        t.ok(seconds >= expected.min - 0.5 && seconds <= expected.max + busySeconds, what)
        t.comment(what)
        await agent.node(target.name, undo)
        await untilHealth('it is back', ({ brokers }) => brokers.every(({ reachable }) => reachable), 60_000)
      }
    }
  )
}
