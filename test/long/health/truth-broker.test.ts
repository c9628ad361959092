// Runs alone: it stops a broker.
import t from 'tap'
import {
  agentOf,
  askHealth,
  consume,
  produce,
  untilHealth,
  untilHealthy
} from '../../integration/health/cluster-under-test.ts'
import { askGroup, askTool, holdEqual, knownTopic, patienceMs, until } from '../support/group-truth.ts'

const partitions = 4
const run = Date.now().toString(36)

/** Under-replicated partitions by topic, as kafka-topics lists them. */
async function toolUnderReplicated(): Promise<Record<string, number>> {
  const printed = await askTool('topics', '--describe', '--under-replicated-partitions')
  const found = Array.from(printed.matchAll(/Topic: (\S+)\s+Partition: \d+/g), ([, topic]) => topic ?? '')
  return Object.fromEntries(
    Array.from(
      Map.groupBy(found, (topic) => topic),
      ([topic, list]) => [topic, list.length]
    )
  )
}

/** In health-service's order. */
async function ownUnderReplicated(): Promise<Record<string, number>> {
  const { health } = await askHealth()
  const troubled = health.topics.filter(({ underReplicated }) => underReplicated > 0)
  return Object.fromEntries(troubled.map(({ name, underReplicated }) => [name, underReplicated]))
}

t.test('a broker is stopped: under-replicated partitions and groups match the tools', async (t) => {
  const topic = `test-truth-broker-${run}`
  const group = `${topic}-group`
  await knownTopic(t, topic, partitions)
  await produce(topic, 400)
  await consume(topic, group, 400)
  await produce(topic, 77)
  const agent = await agentOf(t)
  await untilHealthy()
  t.teardown(async () => {
    await agent.node('kafka-3', 'start')
    await untilHealthy()
  })
  await agent.node('kafka-3', 'stop')
  await untilHealth(
    'the ISRs have shrunk',
    ({ reasons }) => reasons.some(({ code }) => code === 'partitions_under_replicated'),
    patienceMs
  )
  const order = (counts: Record<string, number>) => JSON.stringify(Object.entries(counts).sort())
  const told = await until(
    'the tool and the service report the same under-replicated partitions',
    async () => ({ tool: await toolUnderReplicated(), own: await ownUnderReplicated() }),
    ({ tool, own }) => order(tool) === order(own) && tool[topic] === partitions
  )
  t.equal(told.own[topic], partitions)
  await holdEqual(t, group, 'the group whose coordinator may have moved')
  t.equal((await askGroup(group))?.lag, 77)
})
