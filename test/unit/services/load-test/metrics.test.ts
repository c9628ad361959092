import { Registry } from 'prom-client'
import t from 'tap'
import { createLatencies } from '#services/load-test/domain/load/latencies.ts'
import { registerDrillMetrics, registerLoadMetrics, registerProducerMetrics } from '#services/load-test/metrics.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { drill as ended } from '../../cli/drills/drill.ts'
import { simulatedSecond } from './fakes.ts'

const verdict = ended().verdict as NonNullable<Drill['verdict']>
const drill: Drill = {
  id: '20260131T120000-9f3a11',
  kind: 'broker-stop',
  node: 'kafka-2',
  status: 'running',
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: null,
  verdict: null,
  timeline: [],
  links: { self: '/api/drills/20260131T120000-9f3a11' }
}

t.test('the drill under way is in series, before and after it there are none', async (t) => {
  const registry = new Registry()
  let drills: Drill[] = []
  registerDrillMetrics(registry, () => drills)
  const series = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('kops_drill_'))
  const at = drill.createdAt
  t.same(await series(), [])
  drills = [drill]
  t.same(await series(), [
    'kops_drill_phase{kind="broker-stop",node="kafka-2",phase="running"} 1',
    'kops_drill_fault_active{kind="broker-stop",node="kafka-2"} 0'
  ])
  drills = [{ ...drill, timeline: [{ at, event: 'fault-injecting' }] }]
  t.equal((await series())[1], 'kops_drill_fault_active{kind="broker-stop",node="kafka-2"} 1')
  drills = [
    {
      ...drill,
      status: 'verifying',
      timeline: [
        { at, event: 'fault-injecting' },
        { at, event: 'healed' }
      ]
    }
  ]
  t.same(await series(), [
    'kops_drill_phase{kind="broker-stop",node="kafka-2",phase="verifying"} 1',
    'kops_drill_fault_active{kind="broker-stop",node="kafka-2"} 0'
  ])
  drills = [{ ...drill, status: 'queued', node: 'kafka-3' }, drill]
  t.equal((await series())[0], 'kops_drill_phase{kind="broker-stop",node="kafka-2",phase="running"} 1', 'not the next')
  drills = [{ ...drill, status: 'queued' }]
  t.same(await series(), [])
  drills = [{ ...drill, status: 'aborted', finishedAt: at }]
  t.same(await series(), [])
})

t.test('the last verdict of each kind is a series, whatever became of drills that were aborted', async (t) => {
  const registry = new Registry()
  const [passed, failed, aborted] = (['pass', 'fail', 'aborted'] as const).map((result) =>
    ended({ status: 'completed', verdict: { ...verdict, result } })
  ) as [Drill, Drill, Drill]
  registerDrillMetrics(registry, () => [drill, aborted, failed, passed, { ...passed, kind: 'network-partition' }])
  const series = (await registry.metrics()).split('\n').filter((line) => line.startsWith('kops_drill_last'))
  t.same(series, [
    'kops_drill_last_verdict{kind="broker-stop",verdict="fail"} 1',
    'kops_drill_last_verdict{kind="network-partition",verdict="pass"} 1',
    'kops_drill_last_end_timestamp_seconds{kind="broker-stop"} 1770091537',
    'kops_drill_last_end_timestamp_seconds{kind="network-partition"} 1770091537'
  ])
})

t.test('the last second of a load test under way is in series, without one there are none', async (t) => {
  const registry = new Registry()
  let running: LoadTestRun[] = []
  registerLoadMetrics(registry, () => running)
  const series = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('kops_load_'))
  t.same(await series(), [])
  const second = {
    ...{ second: 7, targetPerSecond: 100, sent: 90, acknowledged: 80, failed: 0, busy: 0.25, blocked: 0 },
    ...{ responseP50Ms: 1, responseP99Ms: 20, serviceP50Ms: 1, serviceP99Ms: 2, scheduleLagP99Ms: null }
  }
  const run: LoadTestRun = {
    ...{ id: 'run-1', status: 'running', topic: 'x', eventCount: null, result: null, finishedAt: null },
    createdAt: '2026-01-31T12:00:00.000Z',
    workload: { name: 'steady', topic: { kind: 'existing', name: 'x' } },
    progress: { acknowledged: 700, failed: 0, second },
    links: { self: '/api/loadtest/runs/run-1' }
  }
  running = [run]
  const labels = '{run="run-1",workload="steady"}'
  t.same(await series(), [
    `kops_load_target_rate${labels} 100`,
    `kops_load_acknowledged_rate${labels} 80`,
    `kops_load_response_p99_seconds${labels} 0.02`,
    `kops_load_busy_ratio${labels} 0.25`,
    `kops_load_blocked_ratio${labels} 0`
  ])
  const idle = { group: 'b', consumed: 0, endToEndP50Ms: null, endToEndP99Ms: null, lag: 7 }
  const consumers = [{ ...idle, group: 'a', consumed: 70, endToEndP99Ms: 500 }, idle]
  running = [{ ...run, progress: { acknowledged: 700, failed: 0, second: { ...second, consumers } } }]
  const ofGroups = (await series()).filter((line) => line.includes('group='))
  t.same(ofGroups, [
    `kops_load_consumed_rate{run="run-1",workload="steady",group="a"} 70`,
    `kops_load_consumed_rate{run="run-1",workload="steady",group="b"} 0`,
    `kops_load_end_to_end_p99_seconds{run="run-1",workload="steady",group="a"} 0.5`
  ])
  running = [{ ...run, progress: { acknowledged: 0, failed: 0 } }]
  t.same(await series(), [])
})

t.test('transactions and unconfirmed events have counters, and commits a histogram', async (t) => {
  const registry = new Registry()
  const onSecond = registerProducerMetrics(registry)
  const commits = createLatencies()
  commits.record(4, 2)
  commits.record(700)
  const transactions = {
    ...{ committed: 3, aborted: 1, indeterminate: 0, committedRecords: 9, abortedRecords: 3, indeterminateRecords: 0 },
    ...{ uncommitted: {}, commit: commits.take() }
  }
  onSecond({ ...simulatedSecond(10, 0, 5), transactions })
  onSecond({ ...simulatedSecond(10, 1, 5), acknowledged: 0, unconfirmed: 10, batchTimes: [] })
  const text = await registry.metrics()
  t.match(text, /^kafka_producer_success_total 10$/m)
  t.match(text, /^kafka_producer_unconfirmed_total 10$/m)
  t.match(text, /^kafka_producer_transactions_total\{outcome="committed"\} 3$/m)
  t.match(text, /^kafka_producer_transactions_total\{outcome="aborted"\} 1$/m)
  t.match(text, /^kafka_producer_commit_time_seconds_bucket\{le="0.005"\} 2$/m)
  t.match(text, /^kafka_producer_commit_time_seconds_count 3$/m)
})
