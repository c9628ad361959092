import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { checkMetrics } from '../../unit/prometheus/check-metrics.ts'
import { skip } from '../../unit/prometheus/programs.ts'
import { seriesOf } from '../../unit/services/health/metrics/small-snapshot.ts'
import { testMode } from '../support/test-cluster.ts'
import { healthUrl } from '../support/under-test.ts'
import { consume, kafka, kafkaTool, ownTopic, produce, untilHealthy } from './cluster-under-test.ts'

/** One scrape: the text, and the series by name and labels. @throws Error for a duplicate series */
async function scrape(): Promise<{ text: string; series: Map<string, number> }> {
  const { statusCode, body } = await request(`${healthUrl}/metrics`)
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`/metrics answered ${statusCode}: ${text}`)
  return { text, series: seriesOf(text) }
}

/** @param about part of the series that a failure shows */
async function untilScrape(what: string, wanted: (series: Map<string, number>) => boolean, about = 'kops_health_') {
  const until = performance.now() + 60_000
  for (;;) {
    const scraped = await scrape()
    if (wanted(scraped.series)) return scraped
    if (performance.now() > until) {
      const shown = Array.from(scraped.series).filter(([key]) => key.includes(about))
      throw new Error(`not in time: ${what}; there is ${JSON.stringify(shown)}`)
    }
    await delay(500)
  }
}

t.test('metrics match Kafka’s own tools, and have nothing that no longer exists', async (t) => {
  await untilHealthy()
  const topic = `test-metrics-${Date.now().toString(36)}`
  const group = `${topic}-group`
  await ownTopic(t, topic, 4)
  await produce(topic, 400)
  await consume(topic, group, 400)
  await produce(topic, 100)
  const lagSum = `kafka_consumergroup_lag_sum{consumergroup="${group}",topic="${topic}"}`
  const { text, series } = await untilScrape('the lag of the group', (series) => series.get(lagSum) === 100, group)

  const described = await kafkaTool('consumer-groups', '--describe', '--group', group)
  const rows = described.split('\n').filter((line) => line.startsWith(group))
  t.equal(rows.length, 4)
  for (const row of rows) {
    const [, , partition, committed, end, lag] = row.trim().split(/\s+/)
    const of = `topic="${topic}",partition="${partition}"`
    t.equal(series.get(`kafka_consumergroup_current_offset{consumergroup="${group}",${of}}`), Number(committed))
    t.equal(series.get(`kafka_consumergroup_lag{consumergroup="${group}",${of}}`), Number(lag))
    t.equal(series.get(`kafka_topic_partition_current_offset{${of}}`), Number(end))
    t.equal(series.get(`kafka_topic_partition_oldest_offset{${of}}`), 0)
  }
  const partitions = await kafkaTool('topics', '--describe', '--topic', topic)
  const layout = /Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)\s+Isr: ([\d,]+)/g
  const found = Array.from(partitions.matchAll(layout))
  t.equal(found.length, 4)
  for (const [, partition, leader, replicas = '', isr = ''] of found) {
    const of = `{topic="${topic}",partition="${partition}"}`
    t.equal(series.get(`kafka_topic_partition_leader${of}`), Number(leader))
    t.equal(series.get(`kafka_topic_partition_replicas${of}`), replicas.split(',').length)
    t.equal(series.get(`kafka_topic_partition_in_sync_replica${of}`), isr.split(',').length)
    t.equal(series.get(`kafka_topic_partition_leader_is_preferred${of}`), Number(replicas.split(',')[0] === leader))
  }
  t.equal(series.get(`kafka_consumer_lag{group="${group}"}`), 100)
  t.equal(series.get(`kops_group_members{group="${group}"}`), 0)
  t.equal(series.get(`kops_group_state{group="${group}",state="Empty"}`), 1)
  t.ok((series.get(`kops_topic_size_bytes{topic="${topic}"}`) ?? 0) > 0)
  t.equal(series.get('kafka_brokers'), 3)
  for (const id of [1, 2, 3]) {
    t.equal(series.get(`kafka_broker_up{broker="kafka-${id}"}`), 1)
    t.ok((series.get(`kops_broker_uptime_seconds{broker="kafka-${id}"}`) ?? 0) > 0)
    t.ok((series.get(`kops_broker_leaders{broker="kafka-${id}"}`) ?? 0) > 0)
  }
  if (testMode === 'kraft') t.equal(series.get('kops_quorum_voters'), 3)
  else t.equal(series.get('kops_zookeeper_quorum'), 1)
  for (const part of ['brokers', 'metadata', 'configs', 'groups', 'commits', 'offsets', 'logDirs', 'jmx']) {
    const at = series.get(`kops_health_part_last_success_timestamp_seconds{part="${part}"}`) ?? 0
    t.ok(Date.now() / 1000 - at < 120, `${part} was read lately`)
    t.ok((series.get(`kops_health_part_duration_seconds_count{part="${part}"}`) ?? 0) > 0)
  }
  if (skip) t.comment(skip)
  else {
    const faults = (await checkMetrics(text)).trim().split('\n')
    const ours = faults.map((fault) => fault.split(' ')[0]).filter((name) => /^(kops|kafka)_/.test(name ?? ''))
    t.same(ours, ['kafka_consumergroup_current_offset_sum', 'kafka_consumergroup_lag_sum'], faults.join('\n'))
    t.notMatch(faults.join('\n'), /error/)
  }

  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const speaksOf = (label: string, name: string) => (key: string) => key.includes(`${label}="${name}"`)
  await admin.deleteGroups([group])
  await untilScrape('no series of the group', (series) => {
    const keys = Array.from(series.keys())
    return !keys.some(speaksOf('group', group)) && !keys.some(speaksOf('consumergroup', group))
  })
})

t.test('a deleted topic has no series any more', async (t) => {
  const topic = `test-metrics-gone-${Date.now().toString(36)}`
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2, replicationFactor: 3 }] })
  const its = (series: Map<string, number>) => Array.from(series.keys()).filter((key) => key.includes(`"${topic}"`))
  await untilScrape('series of the topic', (series) => its(series).length > 0)
  await admin.deleteTopics({ topics: [topic] })
  await untilScrape('no series of the topic', (series) => its(series).length === 0)
})
