import { Registry } from 'prom-client'
import t from 'tap'
import { registerDrillMetrics } from '#services/load-test/metrics.ts'
import type { Drill } from '#shared/contracts/drills.ts'

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

t.test('the phase of the drill under way is a series, before and after it there is none', async (t) => {
  const registry = new Registry()
  let newest: Drill | undefined
  registerDrillMetrics(registry, () => newest)
  const series = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('kops_drill_phase'))
  t.same(await series(), [])
  newest = drill
  t.same(await series(), ['kops_drill_phase{kind="broker-stop",node="kafka-2",phase="running"} 1'])
  newest = { ...drill, status: 'verifying' }
  t.same(await series(), ['kops_drill_phase{kind="broker-stop",node="kafka-2",phase="verifying"} 1'])
  newest = { ...drill, status: 'completed', finishedAt: '2026-01-31T12:01:00.000Z' }
  t.same(await series(), [])
})
