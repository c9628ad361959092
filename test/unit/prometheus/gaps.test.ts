import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { readAlertRules, rulesOf } from './alert-rules.ts'
import { runProgram, skip } from './programs.ts'

/** A series' value at a time in seconds; null: no sample. */
type Figure = number | null | ((seconds: number) => number)

interface GapCase {
  alert: string
  /** Seconds for which the last figure counts while there is none. */
  holds: number
  /** The series of the rule, all with the label `cluster`: with which figures all is well, and with which it is not. */
  series: { name: string; labels?: string; well: Figure; ill: Figure }[]
  /** Seconds after which the values are `ill`, and the rule's condition holds. */
  illAfter?: number
  /** Seconds that the alert keeps firing after recovery. */
  keepsFiring?: number
}

const sweepSeconds = 30
const quick = 120
const swept = 180
const group = 'group="g"'

/** A series that exists throughout, except for the gap. */
const steady = (name: string, figure: number, labels?: string) => ({
  name,
  well: figure,
  ill: figure,
  ...(labels && { labels })
})
const verdict = (ill: string) => [
  { name: 'kops_group_verdict', labels: `${group},verdict="${ill}"`, well: null, ill: 1 },
  { name: 'kops_group_verdict', labels: `${group},verdict="OK"`, well: 1, ill: null },
  steady('kafka_consumer_lag', 5000, group)
]
const dir = 'broker="kafka-1",dir="/data"'
const room = (share: number) => [
  { name: 'kops_broker_log_dir_usable_bytes', labels: dir, well: 90, ill: share },
  steady('kops_broker_log_dir_total_bytes', 100, dir)
]
const retention = [
  { name: 'kops_group_retention_loss_seconds', labels: `${group},topic="t"`, well: null, ill: 60 },
  steady('kafka_consumer_lag', 5000, group)
]
const lastSuccess = (part: string) => ({
  name: 'kops_health_part_last_success_timestamp_seconds',
  labels: `part="${part}"`,
  well: (seconds: number) => seconds,
  ill: (seconds: number) => seconds - 400
})

const cases: GapCase[] = [
  {
    alert: 'KafkaBrokersUnhealthy',
    holds: quick,
    series: [{ name: 'kafka_cluster_brokers_healthy', well: 3, ill: 2 }, steady('kafka_cluster_brokers_configured', 3)]
  },
  {
    alert: 'KafkaBrokerDown',
    holds: quick,
    series: [{ name: 'kafka_broker_up', labels: 'broker="kafka-1"', well: 1, ill: 0 }]
  },
  {
    alert: 'KafkaRequestQueueHigh',
    holds: quick,
    keepsFiring: 30,
    series: [{ name: 'kafka_network_requestchannel_requestqueuesize', labels: 'instance="kafka-1"', well: 1, ill: 500 }]
  },
  {
    alert: 'KafkaControllerCountWrong',
    holds: quick,
    series: [{ name: 'kops_cluster_controllers', well: 1, ill: 2 }]
  },
  ...[
    { alert: 'KafkaOfflinePartitions', name: 'kafka_cluster_offline_partitions' },
    { alert: 'KafkaUnderMinIsrPartitions', name: 'kafka_cluster_under_min_isr_partitions' },
    { alert: 'KafkaUnderReplicatedPartitions', name: 'kafka_cluster_under_replicated_partitions' }
  ].map(({ alert, name }) => ({ alert, holds: quick, series: [{ name, well: 0, ill: 2 }] })),
  {
    alert: 'KafkaNextFailureStopsWrites',
    holds: swept,
    series: [
      { name: 'kops_whatif_writes_stop_partitions', labels: 'broker="kafka-1",cause="degraded"', well: 0, ill: 4 }
    ]
  },
  {
    alert: 'KafkaZookeeperQuorumLost',
    holds: quick,
    series: [{ name: 'kops_zookeeper_quorum', well: 1, ill: 0 }]
  },
  {
    alert: 'KafkaZookeeperNodesUnhealthy',
    holds: quick,
    series: [
      { name: 'kafka_cluster_zookeepers_healthy', well: 3, ill: 2 },
      steady('kafka_cluster_zookeepers_configured', 3)
    ]
  },
  { alert: 'KafkaKraftQuorumLost', holds: quick, series: [{ name: 'kops_quorum_available', well: 1, ill: 0 }] },
  {
    alert: 'KafkaKraftVoterLagging',
    holds: quick,
    series: [{ name: 'kops_quorum_voter_lag', labels: 'node="kafka-1"', well: 0, ill: 900 }]
  },
  {
    alert: 'KafkaHealthReadingStale',
    holds: quick,
    series: [{ name: 'kops_health_snapshot_age_seconds', well: 2, ill: 500 }]
  },
  { alert: 'KafkaHealthPartStale', holds: quick, series: [lastSuccess('groups')] },
  {
    alert: 'KafkaHealthSeriesDropped',
    holds: swept,
    series: [{ name: 'kops_health_series_dropped', labels: 'metric="m"', well: 0, ill: 9 }]
  },
  {
    alert: 'KafkaLogDirOffline',
    holds: swept,
    series: [{ name: 'kops_broker_log_dir_online', labels: dir, well: 1, ill: 0 }]
  },
  { alert: 'KafkaLogDirSpaceLow', holds: swept, series: room(10) },
  { alert: 'KafkaLogDirAlmostFull', holds: swept, series: room(3) },
  {
    // Half an hour must have been seen, whatever it was.
    alert: 'KafkaLogDirFillsUp',
    holds: swept,
    illAfter: 1800,
    series: [
      {
        name: 'kops_broker_log_dir_usable_bytes',
        labels: dir,
        well: (seconds) => (seconds < 1800 ? 40e9 - 1e6 * seconds : 90e9),
        ill: (seconds) => 40e9 - 1e6 * seconds
      },
      steady('kops_broker_log_dir_total_bytes', 100e9, dir)
    ]
  },
  {
    alert: 'KafkaProbeDown',
    holds: quick,
    series: [{ name: 'kops_probe_up', labels: 'broker="kafka-1"', well: 1, ill: 0 }]
  },
  {
    alert: 'KafkaConsumerLagHigh',
    holds: swept,
    series: [{ name: 'kafka_consumer_lag', labels: group, well: 9, ill: 20_000 }]
  },
  {
    alert: 'KafkaDeadLettersUndecided',
    holds: swept,
    series: [{ name: 'kops_dead_letters_oldest_undecided_seconds', labels: 'queue="q"', well: 0, ill: 90_000 }]
  },
  {
    alert: 'KafkaDeadLettersPileUp',
    holds: swept,
    series: [{ name: 'kops_dead_letters_undecided', labels: 'queue="q"', well: 9, ill: 5000 }]
  },
  { alert: 'KafkaConsumerGroupStuck', holds: swept, series: verdict('STOP') },
  { alert: 'KafkaConsumerGroupOutOfRange', holds: swept, series: verdict('ERR') },
  { alert: 'KafkaConsumerGroupFallsBehind', holds: swept, series: verdict('WARN') },
  { alert: 'KafkaConsumerGroupRewound', holds: swept, series: verdict('REWIND') },
  { alert: 'KafkaRetentionNearsGroup', holds: swept, series: retention },
  { alert: 'KafkaRetentionReachesGroup', holds: swept, series: retention },
  {
    alert: 'KafkaConnectTaskFailed',
    holds: quick,
    series: [{ name: 'kops_connect_task_failed', labels: 'connector="sink",task="0"', well: 0, ill: 1 }]
  },
  { alert: 'KafkaConnectDown', holds: quick, series: [{ name: 'kops_connect_up', well: 1, ill: 0 }] }
]

/**
 * Rules that a gap makes fire, and one that looks at five minutes at once: prometheus/tests has separate cases for
 * them.
 */
const withoutGaps = [
  'KafkaHealthServiceAbsent',
  'KafkaControllerUnknown',
  'KafkaBrokerMetricsAbsent',
  'KafkaProbeRecordsLost'
]

const rules = await readAlertRules()

t.test('every rule is tested with gaps in its readings', async (t) => {
  t.same([...cases.map(({ alert }) => alert), ...withoutGaps].sort(), rules.map(({ alert }) => alert).sort())
})

/** The sequence of the series' values, and whether the alert fires at some seconds. */
interface Course {
  name: string
  phases: [phase: 'well' | 'ill' | 'gap', seconds: number][]
  fires: [seconds: number, firing: boolean][]
}

/** @param waits the rule's `for`, in seconds; @param step seconds between two figures */
function coursesOf({ holds, illAfter = 60, keepsFiring = 0 }: GapCase, waits: number, step: number): Course[] {
  const margin = 2 * step
  const courses: Course[] = []
  for (const sweeps of [1, 2, 10]) {
    const gap = sweeps * sweepSeconds
    for (const state of ['firing', 'pending'] as const) {
      const before = state === 'firing' ? roundTo(step, waits) + 60 : Math.max(step, roundTo(step, waits / 2))
      const [left, back] = [illAfter + before, illAfter + before + gap]
      const tooLong: Course['fires'] = [
        [left + holds + margin + keepsFiring, false],
        [back + Math.floor(waits / 2), false],
        [back + waits + margin + 15, true]
      ]
      const held: Course['fires'] =
        state === 'firing'
          ? [left + margin, left + gap / 2, back - 1, back + margin].map((at) => [at, true])
          : [[Math.max(illAfter + waits + margin, back), true]]
      courses.push({
        name: `a gap of ${sweeps} sweeps while ${state}`,
        phases: [
          ['well', illAfter],
          ['ill', before],
          ['gap', gap],
          ['ill', waits + 120]
        ],
        fires: gap > holds ? (state === 'firing' ? [[left + holds - margin, true], ...tooLong] : tooLong) : held
      })
    }
  }
  const left = illAfter + roundTo(step, waits) + 60
  courses.push({
    name: 'a figure after a gap that says that all is well',
    phases: [
      ['well', illAfter],
      ['ill', left - illAfter],
      ['gap', 30],
      ['well', 120]
    ],
    fires: [
      [left + 28, true],
      [left + 30 + margin + keepsFiring, false]
    ]
  })
  return courses
}

function roundTo(step: number, seconds: number): number {
  return Math.ceil(seconds / step) * step
}

/** In promtool's notation. A series that ends is marked stale, as a scrape that lacks it does. */
function valuesOf({ well, ill }: { well: Figure; ill: Figure }, course: Course, step: number): string {
  const values: string[] = []
  let [from, present] = [0, false]
  for (const [phase, seconds] of course.phases) {
    for (let at = from; at < from + seconds; at += step) {
      const figure = phase === 'gap' ? null : phase === 'ill' ? ill : well
      const value = typeof figure === 'function' ? figure(at) : figure
      values.push(value === null ? (present ? 'stale' : '_') : String(value))
      present = value !== null
    }
    from += seconds
  }
  return values.join(' ')
}

function secondsOf(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)([sm])$/.exec(duration) ?? []
  return Number(count) * (unit === 'm' ? 60 : 1)
}

t.test('an alert outlives a gap of one and of two sweeps, and none of ten', { skip }, async (t) => {
  const folder = t.testdir()
  await mkdir(folder, { recursive: true })
  // Quick rules are tested in steps of 2 s, the others in larger ones, which halves promtool's time.
  const stepOf = ({ for: waits = '0s' }: (typeof rules)[number]) => (secondsOf(waits) < 30 ? 2 : 15)
  const written = rules.map(async (rule) => {
    const { alert, concern, for: waits = '0s' } = rule
    const given = cases.find((tested) => tested.alert === alert)
    if (given === undefined) return []
    const step = stepOf(rule)
    // Each sequence in its own cluster: promtool evaluates the rule for all of them at once.
    const courses = coursesOf(given, secondsOf(waits), step)
    const test = {
      interval: `${step}s`,
      input_series: courses.flatMap((course) =>
        given.series.map(({ name, labels = '', well, ill }) => ({
          series: `${name}{cluster="${course.name}"${labels && `,${labels}`}}`,
          values: valuesOf({ well, ill }, course, step)
        }))
      ),
      promql_expr_test: courses.flatMap(({ name, fires }) =>
        fires.map(([at, firing]) => ({
          expr: `count(ALERTS{alertname="${alert}",cluster="${name}",alertstate="firing"}) or vector(0)`,
          eval_time: `${at}s`,
          exp_samples: [{ labels: '{}', value: Number(firing) }]
        }))
      )
    }
    const [rules, file] = [`rules-${alert}.yml`, join(folder, `${alert}.yml`)]
    await writeFile(join(folder, rules), stringify(await rulesOf([alert], [`../rules/${concern}.yml`])))
    await writeFile(file, stringify({ rule_files: [rules], evaluation_interval: `${step}s`, tests: [test] }))
    return [file]
  })
  const { code, output } = await runProgram('promtool', ['test', 'rules', ...(await Promise.all(written)).flat()])
  t.equal(code, 0, output)
})
