import t from 'tap'
import { testMode } from '../support/test-cluster.ts'
import {
  consume,
  kafka,
  kafkaTool,
  ownTopic,
  produce,
  readMetric,
  untilHealth,
  untilHealthy
} from './cluster-under-test.ts'

t.test("the reading of a healthy cluster is that of Kafka's own tools", async (t) => {
  const { health } = await untilHealthy()

  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const { clusterId, controller, brokers } = await admin.describeCluster()
  t.equal(health.clusterId, clusterId)
  t.same(
    health.brokers.map(({ id, host, port }) => ({ nodeId: id, host, port })),
    brokers.toSorted((a, b) => a.nodeId - b.nodeId).map(({ nodeId, host, port }) => ({ nodeId, host, port }))
  )
  for (const { id, name, rack, reachable, controller: isController } of health.brokers) {
    t.same({ name, rack, reachable }, { name: `kafka-${id}`, rack: `rack-${id}`, reachable: true })
    t.equal(isController, id === controller)
  }
  const ensemble = testMode === 'kraft' ? [] : ['follower', 'follower', 'leader']
  t.same(health.zookeepers.map(({ mode }) => mode).sort(), ensemble)

  const described = await kafkaTool('topics', '--describe')
  const partitions = Array.from(described.matchAll(/Topic: (\S+)\s+Partition: (\d+)/g), ([, topic]) => topic)
  const counts = Map.groupBy(partitions, (topic) => topic)
  t.same(
    health.topics.map(({ name, partitions }) => [name, partitions]),
    Array.from(counts, ([topic, list]) => [topic, list.length]).sort()
  )
  t.same(health.partitions, { total: partitions.length, underReplicated: 0, underMinIsr: 0, offline: 0 })
  t.equal((await kafkaTool('topics', '--describe', '--under-replicated-partitions')).trim(), '')
  t.equal((await kafkaTool('topics', '--describe', '--under-min-isr-partitions')).trim(), '')

  t.equal(await readMetric('kafka_cluster_brokers_healthy'), 3)
  t.equal(await readMetric('kafka_cluster_topics_healthy'), health.topics.length)
  t.equal(await readMetric('kafka_cluster_under_replicated_partitions'), 0)
})

t.test("the lag of a group is that of Kafka's own tool, and ends with the group", async (t) => {
  const topic = `test-health-lag-${Date.now().toString(36)}`
  const group = `${topic}-group`
  await ownTopic(t, topic, 6)
  await produce(topic, 3000)
  await consume(topic, group, 3000)
  await produce(topic, 777)

  const lagOf = (health: { groups: { group: string; lag: number | null }[] }) =>
    health.groups.find((item) => item.group === group)?.lag
  await untilHealth('the lag is known', (health) => lagOf(health) === 777, 15_000)
  t.equal(await readMetric(`kafka_consumer_lag{group="${group}"}`), 777)

  const described = await kafkaTool('consumer-groups', '--describe', '--group', group)
  const rows = described.split('\n').filter((line) => line.startsWith(group))
  const lags = rows.map((line) => Number(line.trim().split(/\s+/)[5]))
  t.equal(lags.length, 6)
  t.equal(
    lags.reduce((sum, lag) => sum + lag, 0),
    777
  )

  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  await admin.deleteGroups([group])
  await untilHealth('the group is gone', (health) => lagOf(health) === undefined, 15_000)
  t.equal(await readMetric(`kafka_consumer_lag{group="${group}"}`), undefined)
})
