// Brings its own cluster: one with the real timings.
/**
 * Alerts with the default timings: sweeps every 30 s, the pulse every 2 s, and the rules' own `for`. On its own cluster
 * with the whole stack; about eight minutes.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket } from '#shared/cluster/agent-sockets.ts'
import { saveDefinition } from '#shared/cluster/definition.ts'
import { createLocalStack } from '#shared/cluster/stack/local-stack.ts'
import type { AlertList } from '#shared/contracts/alerts.ts'
import type { GroupHealthDetail } from '#shared/contracts/group-health.ts'
import { poll } from '#shared/poll.ts'
import { defineTestCluster, skipWithoutZooKeeper, testMode } from '../../integration/support/test-cluster.ts'
import { coordinatorOf } from '../support/coordinator.ts'

t.setTimeout(1_400_000)

const projectRoot = join(import.meta.dirname, '../../..')
// The same directory each time: the next run repairs what a killed one left.
const stateDir = join(projectRoot, '.kops', 'test-real-timings')
const definition = await defineTestCluster(
  stateDir,
  'kops-real-timings',
  { broker: '384m', zookeeper: '96m' },
  testMode
)
const stack = createLocalStack(definition, { projectRoot, stateDir })
const servers = definition.ports.kafka.map((port) => `127.0.0.1:${port}`)
const healthUrl = `http://127.0.0.1:${definition.ports.health}`
const kafka = new kafkajs.Kafka({ brokers: servers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 12 } })
const agent = createAgentClient(agentSocket(definition))

/** A group without members and 12,000 records behind, from the beginning on. */
const left = 'left-behind'
/** Allowance for busy machines beyond the targets. */
const leniency = 1.6

async function prepare(): Promise<void> {
  await saveDefinition(stateDir, definition)
  await stack.wipe(() => {})
  t.teardown(async () => {
    await agent.close()
    await stack.wipe(() => {})
  })
  try {
    await stack.up(() => {})
  } catch (error) {
    await stack.wipe(() => {})
    throw error
  }
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: ['left', 'busy', 'slow'].map((topic) => ({ topic, numPartitions: 1, replicationFactor: 3 }))
  })
  await produce('left', 12_000)
  await admin.setOffsets({ groupId: left, topic: 'left', partitions: [{ partition: 0, offset: '0' }] })
  await admin.disconnect()
}

async function ask<T>(url: string): Promise<T | undefined> {
  try {
    const { statusCode, body } = await request(url, { headersTimeout: 5000 })
    if (statusCode === 200) return (await body.json()) as T
    await body.dump()
  } catch {
    // It may be busy, or down: the next attempt counts.
  }
  return undefined
}

/** Alerts that `GET /api/alerts` shows as firing, as `name` or `name group`; held back or not. */
async function firing(): Promise<string[]> {
  const list = await ask<AlertList>(`${healthUrl}/api/alerts`)
  return (list?.alerts ?? [])
    .filter(({ status }) => status === 'firing')
    .map(({ name, labels }) => (labels['group'] === undefined ? name : `${name} ${labels['group']}`))
}

const groupHealth = (group: string) => ask<GroupHealthDetail>(`${healthUrl}/api/health/groups/${group}`)

/** Seconds until a condition holds. @throws Error at the deadline */
async function secondsUntil(what: string, limitSeconds: number, holds: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  const { done } = await poll(holds, Boolean, { timeoutMs: limitSeconds * 1000, pauseMs: 200 })
  if (!done) throw new Error(`not within ${limitSeconds} s: ${what}; ${await firing()}`)
  return Math.round((performance.now() - startedAt) / 100) / 10
}

/** The group's commit in the topic's only partition, from Kafka. */
async function committedBy(groupId: string, topic: string): Promise<string | undefined> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return found?.partitions[0]?.offset
  } finally {
    await admin.disconnect()
  }
}

async function produce(topic: string, count: number): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: count }, (_, nth) => ({ value: `record ${nth}` }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** Ten records every 100 ms, until the test ends. */
async function keepProducing(t: Test, topic: string): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  let going = true
  const sending = (async () => {
    while (going) {
      await producer.send({ topic, messages: Array.from({ length: 10 }, () => ({ value: 'record' })) }).catch(() => {})
      await delay(100)
    }
  })()
  t.teardown(async () => {
    going = false
    await sending
    await producer.disconnect()
  })
}

function startConsumer(t: Test, group: string, topic: string, pauseMs = 0) {
  const script = join(import.meta.dirname, '../support/consumer-process.ts')
  const child = spawn(process.execPath, [script, servers.join(), group, topic, String(pauseMs)], { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Looks on while something happens, every half second: how often an alert was not there. */
function watch(t: Test, alert: string) {
  let [seen, missing, going] = [0, 0, true]
  const watching = (async () => {
    while (going) {
      if ((await firing()).includes(alert)) seen += 1
      else missing += 1
      await delay(500)
    }
  })()
  const end = async () => {
    going = false
    await watching
    return { seen, missing }
  }
  t.teardown(end)
  return end
}

await prepare()

t.test('a group whose only consumer is killed has an alert within 90 s, and none once it reads again', async (t) => {
  await keepProducing(t, 'busy')
  const consumer = startConsumer(t, 'busy-group', 'busy')
  let sweeps = new Set<string>()
  await secondsUntil('three sweeps see it read', 240, async () => {
    const health = await groupHealth('busy-group')
    if (health?.verdict === 'OK') sweeps = sweeps.add(health.asOf)
    return sweeps.size >= 3
  })
  consumer.kill('SIGKILL')
  const alert = 'KafkaConsumerGroupStuck busy-group'
  const seconds = await secondsUntil('it is an alert', 90 * leniency, async () => (await firing()).includes(alert))
  t.comment(`stopped: ${seconds} s after kill -9, 45 s of which it stayed a member`)
  const { verdict, state } = (await groupHealth('busy-group')) ?? {}
  t.match({ verdict, state }, { verdict: 'STOP', state: 'Empty' })
  const committed = await committedBy('busy-group', 'busy')
  startConsumer(t, 'busy-group', 'busy')
  await secondsUntil('it commits again', 90, async () => (await committedBy('busy-group', 'busy')) !== committed)
  const over = await secondsUntil('it is over', 30 * leniency, async () => !(await firing()).includes(alert))
  t.comment(`over: ${over} s after a new consumer's first commit`)
})

t.test('a group that grows by 45 a second is judged within 90 s of its first commit', async (t) => {
  await keepProducing(t, 'slow')
  startConsumer(t, 'slow-group', 'slow', 18)
  await secondsUntil('it commits', 90, async () => (await groupHealth('slow-group'))?.lag !== undefined)
  const judged = async () => (await groupHealth('slow-group'))?.verdict
  const seconds = await secondsUntil('it is judged', 90 * leniency, async () => (await judged()) === 'WARN')
  t.comment(`WARN ${seconds} s after a sweep saw its first commit`)
})

t.test(
  'alerts on a group survive a minute without quorum, and the death of its coordinator',
  {
    skip: skipWithoutZooKeeper
  },
  async (t) => {
    const alert = `KafkaConsumerLagHigh ${left}`
    await secondsUntil('the lag is an alert', 240, async () => (await firing()).includes(alert))
    const watching = watch(t, alert)
    const nodes = ['zookeeper-1', 'zookeeper-2']
    t.teardown(() => Promise.all(nodes.map((node) => agent.node(node, 'start').catch(() => {}))))
    await Promise.all(nodes.map((node) => agent.node(node, 'kill')))
    const lost = 'KafkaZookeeperQuorumLost'
    const seconds = await secondsUntil('the lost quorum is an alert', 25 * leniency, async () =>
      (await firing()).includes(lost)
    )
    t.comment(`quorum lost: ${seconds} s`)
    await delay(60_000 - seconds * 1000)
    await Promise.all(nodes.map((node) => agent.node(node, 'start')))
    t.comment(
      `quorum back: over after ${await secondsUntil('it is over', 30 * leniency, async () => !(await firing()).includes(lost))} s`
    )

    const node = `kafka-${await coordinatorOf(kafka, left)}`
    t.teardown(() => agent.node(node, 'start').catch(() => {}))
    await agent.node(node, 'kill')
    const down = 'KafkaBrokersUnhealthy'
    t.comment(
      `broker killed: ${await secondsUntil('the dead broker is an alert', 20 * leniency, async () => (await firing()).includes(down))} s`
    )
    await delay(60_000)
    await agent.node(node, 'start')
    t.comment(
      `broker back: over after ${await secondsUntil('it is over', 30 * leniency, async () => !(await firing()).includes(down))} s`
    )
    const { seen, missing } = await watching()
    t.equal(missing, 0, `the lag was an alert at all of ${seen} looks`)
  }
)

t.test(
  'a KRaft quorum that is lost is an alert, and none once it is back',
  { skip: testMode === 'kraft' ? false : 'a cluster with ZooKeeper has no quorum of controllers' },
  async (t) => {
    const alert = 'KafkaKraftQuorumLost'
    const nodes = ['kafka-2', 'kafka-3']
    t.teardown(() => Promise.all(nodes.map((node) => agent.node(node, 'start').catch(() => {}))))
    await Promise.all(nodes.map((node) => agent.node(node, 'kill')))
    const seconds = await secondsUntil('the lost quorum is an alert', 25 * leniency, async () =>
      (await firing()).includes(alert)
    )
    t.comment(`quorum lost: ${seconds} s`)
    // It is over when they answer again.
    await Promise.all(nodes.map((node) => agent.node(node, 'start')))
    const over = await secondsUntil('it is over', 30 * leniency, async () => !(await firing()).includes(alert))
    t.comment(`quorum back: over after ${over} s`)
  }
)
