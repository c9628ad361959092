// Runs alone: drills break brokers.
import t from 'tap'
import { drillHtml } from '#cli/drills/report-html.ts'
import type { AuditList } from '#shared/contracts/audit.ts'
import type { Problem } from '#shared/contracts/common.ts'
import type { Scorecard } from '#shared/contracts/drill-scorecard.ts'
import type { Drill, DrillKinds, DrillPlan } from '#shared/contracts/drills.ts'
import { dashboards, queriesOf } from '../../unit/grafana/dashboard-queries.ts'
import { seriesOf, until } from '../observability/monitoring.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'
import { adminUrl, agentUnderTest } from '../support/under-test.ts'
import { ask, assertPassed, drillUntil, ended, independentAdmin, isGone, reached, startDrill } from './service.ts'

function events({ timeline }: Drill): string[] {
  return timeline.map(({ event }) => event)
}

t.test('a stopped broker costs no acknowledged record', async (t) => {
  const admin = await independentAdmin(t)
  const started = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', faultDurationMs: 6000 })
  t.match(started, { kind: 'broker-stop', node: 'kafka-1', verdict: null, finishedAt: null })
  t.match(await ask('POST', '/api/drills', { kind: 'broker-stop', node: 'kafka-2' }), {
    status: 409,
    body: { code: 'job_conflict' }
  })
  const drill = await drillUntil(started.id, ended)
  assertPassed(t, drill)
  t.ok(drill.verdict?.measurements.timeToNewLeadersMs)
  t.equal(drill.verdict?.measurements.leadersOnNodeBefore, 2)
  for (const event of ['fault-injected', 'node-unreachable', 'leaders-moved', 'healed', 'isr-full', 'topic-deleted']) {
    t.ok(events(drill).includes(event), event)
  }
  t.equal(await isGone(admin, `kops-drill-${drill.id}`), true)
  t.match(await ask('DELETE', `/api/drills/${drill.id}`), { status: 409, body: { code: 'job_finished' } })
  t.match(drill.fingerprint?.parts, { 'topic.replicationFactor': '3', 'topic.min.insync.replicas': '2' })
  const { body: scorecard } = await ask<Scorecard>('GET', '/api/drills/scorecard')
  // Other tests rehearse it, too.
  const cell = scorecard.cells.find(({ last }) => last.id === drill.id)
  t.match(cell, { kind: 'broker-stop', stale: false, passed: cell?.drills ?? 1 })
  t.same(scorecard.warnings, [])
  t.match(drillHtml(drill), '>PASS</span>')
  const end = await eventually(
    'the end of the drill is in the audit trail',
    async () => {
      const answer = await fetch(`${adminUrl}/api/audit?action=drill.end&target=kafka-1`)
      const { events } = (await answer.json()) as AuditList
      return events.find(({ requestId }) => requestId === `drill-${drill.id}`)
    },
    (event) => event !== undefined
  )
  t.match(end, { outcome: 'applied', after: { id: drill.id, status: 'completed', verdict: 'pass' } })
  for (const action of ['fault.begin', 'fault.end']) {
    const answer = await fetch(`${adminUrl}/api/audit?action=${action}&target=kafka-1`)
    t.match(await answer.json(), { events: [{ outcome: 'applied', after: { drill: drill.id } }] }, action)
  }
})

t.test('a drill that is cancelled in the middle of its fault heals it first', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const admin = await independentAdmin(t)
  const { id } = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', faultDurationMs: 60_000 })
  await drillUntil(id, (drill) => reached('fault-injected')(drill) || ended(drill))
  const { status, body } = await ask<Drill>('POST', `/api/drills/${id}/abort`)
  t.equal(status, 200)
  t.match(body, { status: 'aborted', verdict: { result: 'aborted', reasons: ['Cancelled on request'] } })
  t.ok(events(body).includes('healed'))
  const after = await agent.status()
  t.same(after.faults, [])
  t.match(
    after.nodes.find(({ name }) => name === 'kafka-1'),
    { state: 'running', ready: true }
  )
  t.equal(await isGone(admin, `kops-drill-${id}`), true)
})

t.test(
  'the plan of a drill on the metadata quorum says what it would do, and a node that is not there is refused',
  async (t) => {
    const kind = testMode === 'kraft' ? 'controller-stop' : 'zookeeper-stop'
    const node = testMode === 'kraft' ? 'kafka-3' : 'zookeeper-3'
    const { body: known } = await ask<DrillKinds>('GET', '/api/drills/kinds')
    t.match(
      known.kinds.find((each) => each.kind === kind),
      { available: true, requires: ['node'] }
    )
    // After the drill before, replicas may still be on their way back into the ISR.
    const plan = () => ask<DrillPlan>('POST', '/api/drills/plan', { kind, node })
    const planned = await eventually('the drill would be admitted', plan, ({ body }) => body.admitted, 30_000)
    t.match(planned, { status: 200, body: { admitted: true, kind } })
    // Its topic does not exist yet.
    t.match(planned.body.prediction, { ownTopic: null, totals: { offline: 0, writesStop: 0 } })
    const unknown = await ask<DrillPlan>('POST', '/api/drills/plan', { kind, node: 'kafka-9' })
    t.match(unknown, { status: 404, body: { code: 'node_not_found' } })
  }
)

t.test('a drill that would lose the quorum is refused with all of its guards, and its plan says why', async (t) => {
  const kind = testMode === 'kraft' ? 'controller-quorum-loss' : 'zookeeper-quorum-loss'
  const refused = await ask<Problem>('POST', '/api/drills', { kind })
  t.match(refused, { status: 409, body: { code: 'drill_unsafe' } })
  const failed = refused.body.guards?.filter(({ passed }) => !passed).map(({ name }) => name)
  t.same(failed?.includes('quorum-survives'), true)
  const planned = await ask<DrillPlan>('POST', '/api/drills', { kind, dryRun: true })
  t.match(planned, { status: 200, body: { admitted: false, kind } })
  t.equal(planned.body.stages[0]?.faults.length, 2)
})

t.test('the dashboard of load tests shows the last verdicts and their age', async (t) => {
  const queries = dashboards().flatMap(({ dashboard }) => queriesOf(dashboard))
  const ofDrills = queries.filter(({ expression }) => /\bkops_drill_last_/.test(expression))
  t.equal(ofDrills.length, 2)
  for (const { expression } of ofDrills) {
    const kinds = () => seriesOf(expression)
    t.ok((await until(kinds, (count) => count > 0, 30_000)) > 0, expression)
  }
})
