// Runs alone: it compares whole readings with those of Kafka's tools.
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

/** The leader and the preferred leader of each partition that Kafka's tool describes. */
function leadersIn(described: string): [leader: string | undefined, preferred: string | undefined][] {
  return Array.from(described.matchAll(/Leader: (\d+)\s+Replicas: (\d+)/g), ([, leader, first]) => [leader, first])
}

/**
 * A reading of health-service between two equal descriptions by Kafka's tool: brokers that are back, and the probe, move
 * leaderships for a while. The last one in any case, so that a reading that never agrees fails the test.
 */
async function untilLeadersRest() {
  let described = await kafkaTool('topics', '--describe')
  for (let tries = 0; ; tries += 1) {
    const { health } = await untilHealthy()
    const after = await kafkaTool('topics', '--describe')
    const count = leadersIn(after).filter(([leader, first]) => leader !== first).length
    if ((after === described && health.partitions?.notPreferredLeader === count) || tries === 8) {
      return { health, described: after }
    }
    described = after
  }
}

t.test('the reading of a healthy cluster matches Kafka’s own tools', async (t) => {
  await untilHealthy()
  const { health, described } = await untilLeadersRest()

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
    // Brokers of a KRaft cluster name any broker that is alive: requests for the controller go through it.
    t.equal(isController, id === (testMode === 'kraft' ? health.quorum?.leaderId : controller))
  }
  const ensemble = testMode === 'kraft' ? [] : ['follower', 'follower', 'leader']
  t.same(health.zookeepers.map(({ mode }) => mode).sort(), ensemble)

  const partitions = Array.from(described.matchAll(/Topic: (\S+)\s+Partition: (\d+)/g), ([, topic]) => topic)
  const counts = Map.groupBy(partitions, (topic) => topic)
  t.same(
    health.topics.map(({ name, partitions }) => [name, partitions]),
    Array.from(counts, ([topic, list]) => [topic, list.length]).sort()
  )
  const led = leadersIn(described)
  t.same(health.partitions, {
    total: partitions.length,
    underReplicated: 0,
    underMinIsr: 0,
    offline: 0,
    unconfirmed: 0,
    atMinIsr: 0,
    notPreferredLeader: led.filter(([leader, first]) => leader !== first).length
  })
  for (const { id, leaders } of health.brokers) t.equal(leaders, led.filter(([leader]) => Number(leader) === id).length)
  t.equal((await kafkaTool('topics', '--describe', '--under-replicated-partitions')).trim(), '')
  t.equal((await kafkaTool('topics', '--describe', '--under-min-isr-partitions')).trim(), '')

  t.equal(await readMetric('kafka_cluster_brokers_healthy'), 3)
  t.equal(await readMetric('kafka_cluster_topics_healthy'), health.topics.length)
  t.equal(await readMetric('kafka_cluster_under_replicated_partitions'), 0)
})

t.test('the lag of a group matches Kafka’s own tool, and disappears with the group', async (t) => {
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

t.test('exporters, disks and the ensemble are read in every sweep', async (t) => {
  const { health } = await untilHealth(
    'every part has been read',
    ({ parts, brokers }) =>
      parts.length >= 8 && brokers.every(({ uptimeSeconds, logDirs }) => uptimeSeconds && logDirs),
    30_000
  )
  for (const { part, ok } of health.parts) t.ok(ok, part)
  t.equal(
    health.parts.some(({ part }) => part === 'quorum'),
    testMode === 'kraft'
  )
  t.equal(
    health.parts.some(({ part }) => part === 'zookeeper'),
    testMode !== 'kraft'
  )
  for (const { name, uptimeSeconds, requestQueueSize, handlerIdleRatio, logDirs } of health.brokers) {
    t.ok(uptimeSeconds && uptimeSeconds > 0, `${name} has been up for ${uptimeSeconds} s`)
    t.type(requestQueueSize, 'number')
    t.ok(handlerIdleRatio !== null && handlerIdleRatio >= 0, `${name} is idle for ${handlerIdleRatio}`)
    t.equal(logDirs?.length, 1)
    const [{ online, sizeBytes, totalBytes, usableBytes } = {}] = logDirs ?? []
    t.ok(online && sizeBytes && usableBytes && totalBytes && usableBytes < totalBytes)
  }
  t.equal(health.controllers, 1, 'one broker claims to be the controller')
  t.ok(health.leaderSkew && health.leaderSkew >= 1 && health.leaderSkew <= 3)
  t.ok(health.score.score > 50, JSON.stringify(health.score))
  for (const { mode, latencyMs, outstandingRequests, version } of health.zookeepers) {
    t.ok(mode && version)
    t.ok(latencyMs && latencyMs.min <= latencyMs.avg && latencyMs.avg <= latencyMs.max)
    t.type(outstandingRequests, 'number')
  }
})

t.test('the size of a topic matches Kafka’s own tool', async (t) => {
  const topic = `test-health-size-${Date.now().toString(36)}`
  await ownTopic(t, topic, 3)
  await produce(topic, 500)
  const described = await kafkaTool('log-dirs', '--describe', '--topic-list', topic)
  const told = described.split('\n').find((line) => line.startsWith('{'))
  const sizes = Array.from((told ?? '').matchAll(/"size":(\d+)/g), ([, size]) => Number(size))
  t.equal(sizes.length, 9)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  t.ok(bytes > 0)
  const sizeOf = (health: { topics: { name: string; sizeBytes: number | null }[] }) =>
    health.topics.find(({ name }) => name === topic)?.sizeBytes
  await untilHealth(`the topic has ${bytes} bytes`, (health) => sizeOf(health) === bytes, 20_000)
})

t.test('a topic with fewer replicas than min.insync.replicas takes writes, and counts as healthy', async (t) => {
  const topic = `test-health-single-${Date.now().toString(36)}`
  const configs = [{ name: 'min.insync.replicas', value: '2' }]
  await ownTopic(t, topic, 1, { replicas: 1, configs })
  await produce(topic, 10)
  const { health } = await untilHealth(
    'the topic is reported',
    ({ topics }) => topics.some(({ name }) => name === topic),
    20_000
  )
  t.match(
    health.topics.find(({ name }) => name === topic),
    { underMinIsr: 0, atMinIsr: 1, healthy: true, score: { score: 90, reasons: [{ code: 'single_replica' }] } }
  )
})
