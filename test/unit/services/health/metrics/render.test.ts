import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  type RenderOptions,
  renderPulse,
  renderSnapshot,
  seriesDropped,
  snapshotMetrics
} from '#services/health/metrics/render.ts'
import { checkMetrics } from '../../../prometheus/check-metrics.ts'
import { skip } from '../../../prometheus/programs.ts'
import { metadata, partition, readings, topic } from '../plain-cluster.ts'
import { judgedPartition, kraftReadings, seriesOf, smallGroups, smallReadings, snapshotOf } from './small-snapshot.ts'

const everything: RenderOptions = { kafkaExporter: true, maxSeries: 200_000 }
const definitions = Object.values(snapshotMetrics)
  .flat()
  .flatMap((set) => set.definitions)

const textOf = (...of: Parameters<typeof renderSnapshot>) => Array.from(renderSnapshot(...of).pieces()).join('')
const render = (of = smallReadings, groups = smallGroups) => textOf(snapshotOf(of, groups), everything)

t.test('a snapshot is written as this text, the same each time', async (t) => {
  const golden = await readFile(join(import.meta.dirname, 'small-snapshot.txt'), 'utf8')
  t.equal(render(), golden)
  t.equal(render(), golden)
  t.equal(
    render(smallReadings, smallGroups.toReversed()),
    golden,
    'in the order of names, not in that in which groups were read'
  )
})

t.test('the pulse has the groups that are watched, which the scrape of everything leaves to it', async (t) => {
  const written = (count: number) => {
    const groups = Array.from({ length: count }, (_, lag) =>
      smallGroups.slice(0, 1).map((one) => ({ ...one, group: `g${lag}`, lag, verdict: 'STOP' as const }))
    )
    const watched = new Set(count === 0 ? [] : ['g2'])
    const snapshot = { ...snapshotOf(smallReadings, groups.flat()), watched }
    const options = { kafkaExporter: false, maxSeries: 100_000 }
    return {
      pulse: seriesOf(renderPulse(snapshot)),
      sweep: seriesOf(textOf(snapshot, options, { without: 'pulse' })),
      all: seriesOf(textOf(snapshot, options))
    }
  }
  const names = ['kafka_consumer_lag{group="g2"}', 'kops_group_verdict{group="g2",verdict="STOP"}']
  const { pulse, sweep, all } = written(500)
  for (const name of names) {
    t.ok(pulse.has(name), name)
    t.notOk(sweep.has(name), 'and only there')
    t.ok(all.has(name))
  }
  t.ok(sweep.has('kops_group_verdict{group="g3",verdict="STOP"}'))
  t.ok(sweep.has('kops_group_state{group="g2",state="Stable"}'), 'the rest of it is with the sweep')
  t.equal(pulse.size, written(100).pulse.size, 'it does not grow with groups')
  t.notOk(Array.from(written(0).pulse.keys()).some((key) => /topic=|group=/.test(key)))
})

t.test('every metric has its own header before its series, and the labels of its definition', async (t) => {
  const all = [...definitions, seriesDropped]
  const names = all.map(({ name }) => name)
  t.equal(new Set(names).size, names.length, 'no name is defined twice')
  const text = render() + render(kraftReadings)
  for (const { name, labels } of all) {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    t.ok(lines.length > 0, `${name} has series`)
    for (const line of lines) {
      const found = Array.from(line.matchAll(/([a-z]+)="/g), ([, label]) => label)
      t.same(found, labels, line)
    }
  }
  for (const part of [render(), render(kraftReadings)]) {
    const heads = Array.from(part.matchAll(/^# TYPE (\S+) gauge$/gm), ([, name]) => name)
    t.equal(new Set(heads).size, heads.length, 'no head stands twice')
    let head = ''
    for (const line of part.trimEnd().split('\n')) {
      if (line.startsWith('# HELP ')) head = line.split(' ')[2] ?? ''
      else if (!line.startsWith('#')) t.equal(line.split(/[{ ]/)[0], head)
    }
  }
})

t.test('metrics have the names that alerts and dashboards are written against', async (t) => {
  const expected = {
    kafka_cluster_:
      'brokers_healthy brokers_configured zookeepers_healthy zookeepers_configured topics topics_healthy partitions ' +
      'under_replicated_partitions under_min_isr_partitions offline_partitions status',
    kafka_: 'broker_up consumer_lag brokers broker_info topic_partitions',
    kops_cluster_:
      'unconfirmed_partitions at_min_isr_partitions not_preferred_leader_partitions controllers leader_skew_ratio health_score',
    kops_broker_:
      'uptime_seconds leaders partitions request_queue_size handler_idle_ratio controller log_dir_bytes ' +
      'log_dir_total_bytes log_dir_usable_bytes log_dir_online',
    kops_topic_: 'size_bytes health_score under_min_isr_partitions offline_partitions unconfirmed_partitions',
    kops_zookeeper_: 'up leader outstanding_requests latency_avg_seconds latency_max_seconds connections quorum',
    kops_quorum_: 'available voters observers leader_epoch high_watermark voter_lag leader',
    kops_group_:
      'members state verdict lag_seconds partition_lag_seconds retention_margin_records retention_loss_seconds',
    kafka_topic_partition_:
      'current_offset oldest_offset in_sync_replica replicas leader leader_is_preferred under_replicated_partition',
    kafka_consumergroup_: 'current_offset lag current_offset_sum lag_sum members'
  }
  const names = Object.entries(expected).flatMap(([prefix, rest]) => rest.split(' ').map((name) => prefix + name))
  t.same(definitions.map(({ name }) => name).sort(), names.sort())
})

t.test('metrics of kafka_exporter have its labels, and are left out when they are not wanted', async (t) => {
  const labelsOf = (name: string) => definitions.find((definition) => definition.name === name)?.labels
  t.same(labelsOf('kafka_broker_info'), ['id', 'address'])
  t.same(labelsOf('kafka_topic_partition_current_offset'), ['topic', 'partition'])
  t.same(labelsOf('kafka_consumergroup_lag'), ['consumergroup', 'topic', 'partition'])
  t.same(labelsOf('kafka_consumergroup_lag_sum'), ['consumergroup', 'topic'])
  t.same(labelsOf('kafka_consumergroup_members'), ['consumergroup'])
  const text = textOf(snapshotOf(), { ...everything, kafkaExporter: false })
  t.notMatch(text, /consumergroup|kafka_topic_|kafka_brokers|kafka_broker_info/)
  t.match(text, /^kafka_consumer_lag\{group="reader"\} 12$/m)
})

t.test('label values are escaped', async (t) => {
  const name = 'a "quoted" \\ and\nbroken ✓ {x="1"}'
  const [reader] = smallGroups
  const series = seriesOf(render(smallReadings, reader ? [{ ...reader, group: name }] : []))
  t.equal(series.get(String.raw`kafka_consumer_lag{group="a \"quoted\" \\ and\nbroken ✓ {x=\"1\"}"}`), 12)
})

t.test('unread values have no series', async (t) => {
  const nothing = seriesOf(render(readings({ metadata: null, zookeepers: [], groups: null, known: new Map() }), []))
  t.same(
    Array.from(nothing.keys()).filter((key) => !key.startsWith('kops_health_series_dropped')),
    [
      'kafka_cluster_brokers_healthy',
      'kafka_cluster_brokers_configured',
      'kops_cluster_health_score',
      'kafka_cluster_status{status="HEALTHY"}',
      'kafka_cluster_status{status="DEGRADED"}',
      'kafka_cluster_status{status="DOWN"}',
      'kafka_brokers'
    ]
  )
  const series = seriesOf(render())
  const none = (key: string) => t.notOk(series.has(key), key)
  none('kops_broker_uptime_seconds{broker="kafka-3"}')
  none('kops_broker_log_dir_bytes{broker="kafka-3",dir="/data"}')
  none('kops_broker_log_dir_bytes{broker="kafka-2",dir="/data"}')
  none('kops_zookeeper_leader{node="zookeeper-2"}')
  none('kafka_topic_partition_leader{topic="b",partition="1"}')
  none('kafka_topic_partition_current_offset{topic="b",partition="1"}')
  none('kafka_consumer_lag{group="partly"}')
  none('kops_group_members{group="silent"}')
  none('kafka_consumergroup_lag{consumergroup="partly",topic="b",partition="0"}')
  none('kafka_consumergroup_lag_sum{consumergroup="partly",topic="b"}')
  t.notMatch(Array.from(series.keys()).join(), /verdict="(null)?"/)
  t.notOk(Array.from(series.values()).some(Number.isNaN))
  t.notMatch(render({ ...smallReadings, jmx: new Map() }), /kops_cluster_controllers|request_queue/)
  t.match(series.get('kafka_consumergroup_current_offset_sum{consumergroup="partly",topic="b"}'), 3)
})

t.test('without an answer of the quorum no broker is reported as the controller', async (t) => {
  t.match(render(kraftReadings), /^kops_broker_controller\{broker="kafka-1"\} 1$/m)
  t.notMatch(render({ ...kraftReadings, quorum: null }), /kops_broker_controller/)
})

t.test('a deleted topic takes its series with it at once, including those of groups', async (t) => {
  const shrunk = { ...smallReadings, metadata: metadata([topic('a', partition())]) }
  const text = render(shrunk)
  t.notMatch(text, /topic="b"/)
  t.match(text, /kafka_consumergroup_lag\{consumergroup="reader",topic="a",partition="0"\} 7/)
})

t.test('the worst partition of a topic decides its retention', async (t) => {
  const [reader] = smallGroups
  const partitions = [
    judgedPartition({ partition: 1, retentionMarginRecords: -4, retentionLossSeconds: null }),
    judgedPartition({ partition: 0, retentionMarginRecords: 9, retentionLossSeconds: 60 })
  ]
  const series = seriesOf(render(smallReadings, reader ? [{ ...reader, partitions }] : []))
  t.equal(series.get('kops_group_retention_margin_records{group="reader",topic="a"}'), -4)
  t.equal(series.get('kops_group_retention_loss_seconds{group="reader",topic="a"}'), 60)
})

t.test('promtool finds no fault', { skip }, async (t) => {
  for (const reading of [smallReadings, kraftReadings]) {
    const text = textOf(snapshotOf(reading), { ...everything, kafkaExporter: false })
    t.equal(await checkMetrics(text), '')
    const faults = (await checkMetrics(render(reading))).trim().split('\n')
    t.same(
      faults.map((fault) => fault.split(' ')[0]),
      ['kafka_consumergroup_current_offset_sum', 'kafka_consumergroup_lag_sum'],
      'but for two names of kafka_exporter, which end as those of histograms do'
    )
  }
  t.not(await checkMetrics('# TYPE x gauge\nx{ 1\n'), '', 'it would if there were one')
})
