import t from 'tap'
import { assertReadable, shareFailed, watchAborts } from '#services/load-test/domain/drills/abort.ts'
import type { ConditionParts } from '#services/load-test/domain/gamedays/conditions.ts'
import type { AbortWhen } from '#shared/contracts/drill-request.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { healthy, topic } from './plain-situation.ts'

interface World {
  offline?: number
  failed?: number
  /** Labels of the series that a query has; none: it has no result. */
  series?: (query: string) => Record<string, string>[]
  silent?: boolean
}

/** Watches for some seconds. @returns why it aborted, and what could not be read */
async function watch(when: AbortWhen, { offline = 0, failed = 0, series, silent = false }: World) {
  const clock = manualClock()
  const unread: string[] = []
  const partitions = topic('x').partitions.map((each, nth) => (nth < offline ? { ...each, leader: null } : each))
  const metadata: ClusterReader['metadata'] = async () => {
    if (silent) throw new Error('silent')
    return { value: { ...healthy.metadata, topics: [{ ...topic('x'), partitions }] }, warnings: [] }
  }
  const conditions: ConditionParts = {
    reader: { metadata, views: async () => [] },
    prometheus: {
      range: async ({ query }) => ({
        series: (series?.(query) ?? []).map((labels) => ({ labels, points: [[1, 1]] })),
        warnings: []
      })
    },
    labels: [],
    clock
  }
  const outcomes = Array.from({ length: 10 }, (_, nth) => ({
    status: nth < failed ? ('failed' as const) : ('acknowledged' as const),
    endedAtMs: 0
  }))
  const watching = watchAborts({
    ...{ when, clock, reader: { metadata }, conditions, outcomes, onUnreadable: (detail) => unread.push(detail) }
  })
  for (let turn = 0; turn < 20 && !watching.signal.aborted; turn += 1) await clock.turn()
  await watching.stop()
  const { aborted, reason } = watching.signal
  return { why: aborted ? String(reason.message) : null, unread }
}

const isDown = (query: string) => (query.startsWith('kafka_cluster_status') ? [{ status: 'DOWN' }] : [])
const isDegraded = (query: string) => (query.startsWith('kafka_cluster_status') ? [{ status: 'DEGRADED' }] : [])

const cases: { when: AbortWhen; world: World; why: RegExp | null }[] = [
  { when: { offlinePartitions: 1 }, world: { offline: 2 }, why: /offlinePartitions: 2 partition/ },
  { when: { offlinePartitions: 2 }, world: { offline: 2 }, why: null },
  { when: { failedShare: 0.2 }, world: { failed: 3 }, why: /failedShare: 30 %/ },
  { when: { failedShare: 0.3 }, world: { failed: 3 }, why: null },
  { when: { promql: 'up == 0' }, world: { series: () => [{}] }, why: /promql: the query has 1 result/ },
  { when: { promql: 'up == 0' }, world: {}, why: null },
  { when: { health: 'DOWN' }, world: { series: isDown }, why: /health: health is DOWN/ },
  { when: { health: 'DOWN' }, world: { series: isDegraded }, why: null },
  { when: { health: 'DEGRADED' }, world: { series: isDegraded }, why: /health is DEGRADED/ },
  { when: { health: 'DEGRADED' }, world: { series: isDown }, why: /health is DOWN/ },
  { when: { offlinePartitions: 9, promql: 'x' }, world: { offline: 2, series: () => [{}] }, why: /promql/ }
]
for (const { when, world, why } of cases) {
  t.test(`${JSON.stringify(when)} ${why ? 'ends' : 'does not end'} a drill in ${JSON.stringify(world)}`, async (t) => {
    const ended = await watch(when, world)
    if (why) t.match(ended.why, why)
    else t.equal(ended.why, null)
  })
}

t.test('a condition that cannot be read does not end a drill, and is told once', async (t) => {
  const { why, unread } = await watch({ offlinePartitions: 0 }, { silent: true })
  t.equal(why, null)
  t.match(unread, [/offlinePartitions: it could not be read/])
  t.equal(unread.length, 1)
})

t.test('conditions from Prometheus are refused where there is none', async (t) => {
  t.throws(() => assertReadable({ promql: 'up' }, undefined), { code: 'prometheus_not_configured' })
  t.throws(() => assertReadable({ health: 'DOWN' }, undefined), { message: /abortWhen.health/ })
  t.doesNotThrow(() => assertReadable({ offlinePartitions: 0 }, undefined))
})

t.test('only what was answered in the window counts, and without answers there is no share', async (t) => {
  const outcomes = [
    { status: 'failed', endedAtMs: 100 },
    { status: 'acknowledged', endedAtMs: 900 },
    { status: 'indeterminate', endedAtMs: 950 }
  ] as const
  t.equal(shareFailed(outcomes, 500), 0)
  t.equal(shareFailed(outcomes, 50), 1 / 3)
  t.equal(shareFailed(outcomes, 1000), undefined)
})
