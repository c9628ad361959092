// Runs alone: it stops nodes.
import kafkajs from 'kafkajs'
import t from 'tap'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { WhatIf } from '#shared/contracts/what-if.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import {
  type ClusterMetadata,
  mergeMetadata,
  metadataOf,
  type PartitionMetadata,
  placeKey
} from '#shared/kafka/model.ts'
import { kops } from '../../integration/cli/kops.ts'
import {
  agentOf,
  kafka,
  kafkaTool,
  ownTopic,
  untilHealth,
  untilHealthy
} from '../../integration/health/cluster-under-test.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { skipWithoutZooKeeper, testMode } from '../../integration/support/test-cluster.ts'
import { connection, healthUrl } from '../../integration/support/under-test.ts'

const lost = { id: 3, name: 'kafka-3' }
const run = Date.now().toString(36)
const topics = {
  /** Survives one loss. */
  safe: `test-what-if-safe-${run}`,
  /** Never survives one. */
  tight: `test-what-if-tight-${run}`,
  single: `test-what-if-single-${run}`
}
const groups = Array.from({ length: 6 }, (_, index) => `test-what-if-${run}-${index}`)

const client = createClient({ urls: { admin: healthUrl, health: healthUrl, loadTest: healthUrl } })
const reader = createClusterReader({ ...connection, clientId: 'test-what-if' })
const admin = kafka.admin()
await admin.connect()
t.teardown(() => Promise.all([reader.close(), admin.disconnect()]))

async function metadata(): Promise<ClusterMetadata> {
  return mergeMetadata(metadataOf(await reader.views({ deadlineMs: 900, evenSilent: true })))
}

function partitionsOf({ topics }: ClusterMetadata): Map<string, PartitionMetadata> {
  return new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => [placeKey(name, partition.partition), partition] as const)
    )
  )
}

/** `min.insync.replicas` of each topic, as the brokers have it. */
async function requiredReplicas(topics: string[]): Promise<Map<string, number>> {
  const configNames = ['min.insync.replicas']
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames }))
  })
  return new Map(
    resources.map(({ resourceName, configEntries: [entry] }) => [resourceName, Number(entry?.configValue)])
  )
}

/** The coordinators of the groups, by Kafka's own tool: `127.0.0.1:9093 (2)`. */
async function coordinators(): Promise<Map<string, number>> {
  const output = await kafkaTool('consumer-groups', '--describe', '--all-groups', '--state')
  return new Map(
    output.split('\n').flatMap((line): [string, number][] => {
      const [, group = '', id] = /^(\S+)\s+\S+:\d+\s+\((\d+)\)/.exec(line) ?? []
      return groups.includes(group) ? [[group, Number(id)]] : []
    })
  )
}

t.test('a broker is stopped: what happens is what was predicted, and a second restart is refused', async (t) => {
  const agent = await agentOf(t)
  await untilHealthy()
  await ownTopic(t, topics.safe, 6)
  await ownTopic(t, topics.tight, 3, { replicas: 2, configs: [{ name: 'min.insync.replicas', value: '2' }] })
  await ownTopic(t, topics.single, 3, { replicas: 1 })
  t.teardown(() => admin.deleteGroups(groups))
  for (const groupId of groups) {
    await admin.setOffsets({ groupId, topic: topics.safe, partitions: [{ partition: 0, offset: '0' }] })
  }

  const ask = (): Promise<WhatIf> =>
    client.call(endpoints.whatIf, { query: { broker: lost.id, how: 'stop', limit: 10_000 } })
  const isWhole = ({ topics: known }: ClusterMetadata) =>
    known.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length))
  await eventually('every replica is in sync', metadata, isWhole, 60_000)
  const homes = await coordinators()
  const moving = groups.filter((group) => homes.get(group) === lost.id)
  const predicted = await eventually(
    'the prediction has the new topics and groups',
    ask,
    ({ detail, scenarios: [scenario] }) => {
      const known = [...(detail?.moves ?? []), ...(detail?.writesStop ?? [])].map(({ topic }) => topic)
      const named = detail?.groups?.map(({ group }) => group) ?? []
      return (
        Object.values(topics).every((topic) => known.includes(topic)) &&
        scenario?.writesStop !== null &&
        moving.every((group) => named.includes(group))
      )
    },
    90_000
  )
  const before = partitionsOf(await metadata())
  const { detail, scenarios } = predicted
  const [scenario] = scenarios
  if (!detail || !scenario) throw new Error('there is no prediction')
  t.match(scenario, { name: lost.name, serves: true, quorum: 'kept', restart: { safe: true, reasons: [] } })
  t.same(predicted.assumed, [], 'the settings of the brokers are known')
  t.ok(scenario.leaders > 0 && scenario.offline.singleReplica > 0, 'leaders move, and single replicas are offline')
  t.match(scenario.writesStop, { degraded: 0 }, 'nothing stops that could be helped')
  t.ok((scenario.writesStop?.configuration ?? 0) > 0, 'and some of what cannot')
  t.same(
    detail.groups
      ?.filter(({ group }) => groups.includes(group))
      .map(({ group }) => group)
      .sort(),
    moving.sort()
  )

  t.teardown(async () => {
    const { nodes } = await agent.status()
    if (nodes.find(({ name }) => name === lost.name)?.state !== 'running') await agent.node(lost.name, 'start')
    await untilHealthy()
  })
  const stoppedAt = performance.now()
  const isGone = (now: ClusterMetadata) =>
    Array.from(partitionsOf(now).values()).every(
      ({ leader, isr, replicas }) =>
        leader !== lost.id && (leader === null || !isr.includes(lost.id) || replicas.length === 1)
    )
  const untilGone = async () => {
    const now = await eventually('it leads nothing, and is out of the ISRs', metadata, isGone, 30_000)
    const seconds = ((performance.now() - stoppedAt) / 1000).toFixed(1)
    t.comment(`within ${seconds} s, expected: ${JSON.stringify(scenario.seconds.leaders)}`)
    return now
  }
  // Its process ends later than it has given its leaders away.
  const [now] = await Promise.all([untilGone(), agent.node(lost.name, 'stop')])

  const after = partitionsOf(now)
  const places = Array.from(before.keys()).sort()
  const moved = new Map(detail.moves.map(({ topic, partition, to }) => [placeKey(topic, partition), to]))
  const offline = new Set(detail.offline.map(({ topic, partition }) => placeKey(topic, partition)))
  t.same(
    places.map((place) => [place, after.get(place)?.leader]),
    places.map((place) => [place, offline.has(place) ? null : (moved.get(place) ?? before.get(place)?.leader)]),
    'every partition has the leader that was predicted, or none'
  )
  const required = await requiredReplicas(now.topics.map(({ name }) => name))
  const refusing = places.filter((place) => {
    const partition = after.get(place)
    const topic = place.slice(0, place.lastIndexOf('/'))
    const least = Math.min(required.get(topic) ?? Number.NaN, partition?.replicas.length ?? 0)
    return partition && (partition.leader === null || partition.isr.length < least)
  })
  t.same(
    refusing,
    detail.writesStop.map(({ topic, partition }) => placeKey(topic, partition)).sort(),
    'writes stop where predicted'
  )
  const homesNow = await eventually(
    'every group has a coordinator',
    coordinators,
    ({ size }) => size === groups.length,
    60_000
  )
  const next = new Map(detail.groups?.map(({ group, to }) => [group, to]))
  t.same(
    groups.map((group) => [group, homesNow.get(group)]),
    groups.map((group) => [group, next.get(group) ?? homes.get(group)]),
    'every group has the coordinator that was predicted'
  )

  await untilHealth(
    'health knows',
    ({ brokers }) => brokers.some(({ id, reachable }) => id === lost.id && !reachable),
    10_000
  )
  const asked = await kops(['can-restart', 'kafka-1'])
  t.equal(asked.code, 5)
  t.match(asked.stdout, /^restart kafka-1 now: no\n/)
  t.match(asked.stdout, 'would not accept writes with acks=all')
  if (testMode === 'kraft') t.match(asked.stdout, 'The quorum would be lost: kafka-3 does not serve')
  t.match(await kops(['can-restart', '3']), { code: 0, stdout: 'kafka-3 does not serve now: a restart stops nothing' })
  t.match(await kops(['cluster', 'restart', 'kafka-1']), {
    code: 1,
    stderr: /Restarting kafka-1 now is not safe[\s\S]*--force/
  })
  t.match(await kops(['cluster', 'restart', 'kafka-1', '--force']), { code: 2, stderr: /--force needs --reason/ })
  const { nodes } = await agent.status()
  t.equal(nodes.find(({ name }) => name === 'kafka-1')?.state, 'running')

  t.match(await kops(['cluster', 'restart', lost.name]), { code: 0 }, 'what is down may be restarted')
  await untilHealthy()
  t.match(await kops(['can-restart', 'kafka-1']), { code: 0, stdout: /^restart kafka-1 now: yes/ })
})

t.test('a ZooKeeper node is down: no other one may be restarted', { skip: skipWithoutZooKeeper }, async (t) => {
  const agent = await agentOf(t)
  await untilHealthy()
  t.match(await kops(['can-restart', 'zookeeper-2']), { code: 0 })
  t.teardown(async () => {
    await agent.node('zookeeper-1', 'start')
    await untilHealthy()
  })
  await agent.node('zookeeper-1', 'stop')
  await untilHealth('health knows', ({ zookeepers }) => zookeepers.some(({ mode }) => mode === null), 10_000)
  const asked = await kops(['can-restart', 'zookeeper-2'])
  t.match(asked, { code: 5, stdout: /The quorum would be lost: zookeeper-1 does not serve/ })
  t.match(await kops(['can-restart', 'zookeeper-1']), { code: 0 })
  t.match(await kops(['can-restart', 'kafka-1']), { code: 0 }, 'two nodes are a quorum for brokers')
})
