import { Counter, Histogram, type Registry } from 'prom-client'
import type { Drill } from '#shared/contracts/drills.ts'
import type { GroupSecond } from '#shared/contracts/load-consumption.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { gaugeOf } from '#shared/http/metrics.ts'
import { isUnderWay } from './domain/drills/drill-record.ts'
import type { SecondReport } from './domain/load/engine-port.ts'

/** Seconds: from an idle broker's answer to the delivery timeout of most clients. */
const answerBuckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Registers the producer's metrics. Returns the listener for the seconds of load tests. */
export function registerProducerMetrics(registry: Registry): (report: SecondReport) => void {
  const success = new Counter({
    name: 'kafka_producer_success_total',
    help: 'Events of load tests that were acknowledged: by all in-sync replicas, or with acks=leader by the leader',
    registers: [registry]
  })
  const failure = new Counter({
    name: 'kafka_producer_failure_total',
    help: 'Events of load tests that were given up, by the name of the error',
    labelNames: ['code'],
    registers: [registry]
  })
  const sendTime = new Histogram({
    name: 'kafka_producer_send_time_seconds',
    help: 'From handing a batch to its leader until its acknowledgement, retries included',
    buckets: answerBuckets,
    registers: [registry]
  })
  const unconfirmed = new Counter({
    name: 'kafka_producer_unconfirmed_total',
    help: 'Events of load tests with acks=none that were handed to the network: no broker says whether they were written',
    registers: [registry]
  })
  const transactions = new Counter({
    name: 'kafka_producer_transactions_total',
    help: 'Transactions of load tests by how they ended: committed, aborted (some on purpose) or indeterminate',
    labelNames: ['outcome'],
    registers: [registry]
  })
  const commitTime = new Histogram({
    name: 'kafka_producer_commit_time_seconds',
    help: 'From the end of a transaction, when its last records are sent, until the coordinator has committed it',
    buckets: answerBuckets,
    registers: [registry]
  })
  return ({ acknowledged, errors, batchTimes, ...report }) => {
    if (acknowledged > 0) success.inc(acknowledged)
    if (report.unconfirmed > 0) unconfirmed.inc(report.unconfirmed)
    const { committed = 0, aborted = 0, indeterminate = 0, commit } = report.transactions ?? {}
    for (const [outcome, count] of Object.entries({ committed, aborted, indeterminate })) {
      if (count > 0) transactions.inc({ outcome }, count)
    }
    for (const [nth, ms] of (commit?.values ?? []).entries()) {
      for (let left = commit?.counts[nth] ?? 0; left > 0; left -= 1) commitTime.observe(ms / 1000)
    }
    for (const [code, { count }] of Object.entries(errors)) failure.inc({ code }, count)
    for (const each of batchTimes) sendTime.observe(each / 1000)
  }
}

/**
 * The last second of the load test under way, so that dashboards show it beside the cluster. Without one there is no series.
 * @param running the load tests under way
 */
export function registerLoadMetrics(registry: Registry, running: () => LoadTestRun[]): void {
  type Reading = [labels: Record<string, string>, value: number | null]
  const series = (read: (second: LoadTestSecond) => Reading[]) => () =>
    running().flatMap(({ id, workload, progress }) =>
      (progress?.second ? read(progress.second) : []).flatMap(([labels, value]): [Record<string, string>, number][] =>
        value === null ? [] : [[{ run: id, workload: workload?.name ?? '', ...labels }, value]]
      )
    )
  const labelNames = ['run', 'workload']
  const gauge = (name: string, help: string, read: (second: LoadTestSecond) => number | null) =>
    gaugeOf(
      registry,
      { name, help, labelNames },
      series((second) => [[{}, read(second)]])
    )
  const groupGauge = (name: string, help: string, read: (second: GroupSecond) => number | null) =>
    gaugeOf(
      registry,
      { name, help, labelNames: [...labelNames, 'group'] },
      series(({ consumers = [] }) => consumers.map((each) => [{ group: each.group }, read(each)]))
    )
  groupGauge(
    'kops_load_consumed_rate',
    'Records that a consumer group of the run processed in the last second',
    (each) => each.consumed
  )
  groupGauge(
    'kops_load_end_to_end_p99_seconds',
    'p99 from the time at which a record was due until the group had processed it, of the last second',
    ({ endToEndP99Ms }) => endToEndP99Ms && endToEndP99Ms / 1000
  )
  gauge(
    'kops_load_target_rate',
    'Records per second that are due; absent with the closed rate',
    (each) => each.targetPerSecond
  )
  gauge('kops_load_acknowledged_rate', 'Records acknowledged in the last second', ({ acknowledged }) => acknowledged)
  gauge(
    'kops_load_unconfirmed_rate',
    'Records handed to the network in the last second with acks=none; absent otherwise',
    ({ unconfirmed = null }) => unconfirmed
  )
  gauge(
    'kops_load_commit_p99_seconds',
    'p99 from the end of a transaction to its commit, of the last second; absent without transactions',
    ({ transactions: { commitP99Ms = null } = {} }) => commitP99Ms && commitP99Ms / 1000
  )
  gauge(
    'kops_load_response_p99_seconds',
    'p99 from the time at which a record was due to its acknowledgement, or with acks=none until the network had it, of the last second',
    ({ responseP99Ms }) => responseP99Ms && responseP99Ms / 1000
  )
  gauge(
    'kops_load_busy_ratio',
    'Share of time in which the busiest producer was at work: near 1, the client is the limit',
    ({ busy }) => busy
  )
  gauge(
    'kops_load_blocked_ratio',
    'Share of time in which a buffer was full or a transaction ended: near 1, the cluster is the limit',
    ({ blocked }) => blocked
  )
}

/**
 * The drill under way, so that dashboards can mark it and alerts can name it, and the last verdict of each kind. Without a drill
 * there is no series.
 * @param drills newest first
 */
export function registerDrillMetrics(registry: Registry, drills: () => readonly Drill[]): void {
  const running = () => drills().filter(isUnderWay)
  const gauge = (name: string, help: string, labelNames: string[], read: () => [Record<string, string>, number][]) =>
    gaugeOf(registry, { name, help, labelNames }, read)
  gauge(
    'kops_drill_phase',
    '1 for the phase that the drill under way is in: pending, running, healing or verifying',
    ['kind', 'node', 'phase'],
    () => running().map(({ kind, node, status }) => [{ kind, node, phase: status }, 1])
  )
  gauge('kops_drill_fault_active', '1 while the drill under way has a fault that is not undone', ['kind', 'node'], () =>
    running().map(({ kind, node, timeline }) => [{ kind, node }, hasFault(timeline) ? 1 : 0])
  )
  const newestOfKinds = () => Array.from(Map.groupBy(drills(), ({ kind }) => kind).values()).flatMap(lastVerdict)
  gauge('kops_drill_last_verdict', '1 for the last verdict on a kind of drill', ['kind', 'verdict'], () =>
    newestOfKinds().map(({ kind, verdict }) => [{ kind, verdict: verdict?.result ?? '' }, 1])
  )
  gauge('kops_drill_last_end_timestamp_seconds', 'When the drill with that verdict ended', ['kind'], () =>
    newestOfKinds().map(({ kind, finishedAt }) => [{ kind }, Date.parse(finishedAt ?? '') / 1000])
  )
}

/** The last drill that was not aborted: that one says nothing about the cluster. */
function lastVerdict(drills: readonly Drill[]): Drill[] {
  return drills.filter(({ verdict }) => verdict !== null && verdict.result !== 'aborted').slice(0, 1)
}

function hasFault(timeline: Drill['timeline']): boolean {
  const last = timeline.findLast(({ event }) => event === 'fault-injecting' || event === 'healed')
  return last?.event === 'fault-injecting'
}
