import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '#shared/cluster/definition.ts'
import type { Problem } from '#shared/contracts/common.ts'
import { type Drill, DrillSchema } from '#shared/contracts/drills.ts'
import {
  ask,
  deleteRecordsBefore,
  drillUntil,
  ended,
  independentAdmin,
  isGone,
  reached,
  startDrill,
  stateDir
} from './service.ts'

async function agentOf() {
  const definition = await loadDefinition(stateDir)
  if (!definition) throw new Error('KOPS_TEST_STATE_DIR has no cluster definition')
  return createAgentClient(agentSocket(definition))
}

function events({ timeline }: Drill): string[] {
  return timeline.map(({ event }) => event)
}

/** What must hold of every drill that passes. */
function assertPassed(t: Test, drill: Drill): void {
  t.equal(Value.Check(DrillSchema, drill), true)
  t.equal(drill.status, 'completed', drill.failure ?? '')
  const verdict = drill.verdict
  t.equal(verdict?.result, 'pass', verdict?.reasons.join('; ') ?? '')
  const counts = verdict?.counts
  t.ok(counts && counts.acknowledged > 1000)
  t.match(counts, { ackedLost: 0, corrupt: 0, duplicates: 0, reordered: 0, failedButPresent: 0 })
  t.ok(counts && counts.read >= counts.acknowledged)
  t.ok(counts && counts.read <= counts.acknowledged + counts.indeterminate)
  t.ok(verdict?.measurements.timeToFullIsrMs)
  t.ok(verdict?.measurements.longestAckGapMs)
  const at = drill.timeline.map((entry) => entry.at)
  t.same(at, at.toSorted(), 'the timeline goes forward')
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
})

t.test('a broker cut off from the network costs no acknowledged record', async (t) => {
  const agent = await agentOf()
  t.teardown(() => agent.close())
  const { isolation } = await agent.status()
  const request = { kind: 'network-partition', node: 'kafka-2', faultDurationMs: 14_000 } as const
  if (!isolation.available) {
    t.match(await ask('POST', '/api/drills', request), { status: 409, body: { code: 'isolation_unavailable' } })
    return
  }
  const started = await startDrill(t, request)
  const during = await drillUntil(started.id, (drill) => reached('node-unreachable')(drill) || ended(drill))
  t.equal(during.status, 'running')
  t.match(
    (await agent.status()).nodes.find(({ name }) => name === 'kafka-2'),
    { isolated: true }
  )
  assertPassed(t, await drillUntil(started.id, ended))
  t.match(
    (await agent.status()).nodes.find(({ name }) => name === 'kafka-2'),
    { isolated: false, ready: true }
  )
})

t.test('records that vanish behind the back of a drill make it fail', async (t) => {
  const admin = await independentAdmin(t)
  const { id } = await startDrill(t, { kind: 'broker-stop', node: 'kafka-3', faultDurationMs: 8000 })
  await drillUntil(id, (drill) => reached('leaders-moved')(drill) || ended(drill))
  const topic = `kops-drill-${id}`
  await deleteRecordsBefore(admin, topic, 0, 25)
  const drill = await drillUntil(id, ended)
  t.equal(drill.status, 'completed')
  t.equal(drill.verdict?.result, 'fail')
  t.equal(drill.verdict?.counts?.ackedLost, 25)
  t.match(drill.verdict?.reasons.join('\n'), /25 record\(s\) acknowledged and not in the log/)
})

t.test('a drill that is cancelled in the middle of its fault heals it first', async (t) => {
  const agent = await agentOf()
  t.teardown(() => agent.close())
  const admin = await independentAdmin(t)
  const { id } = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', faultDurationMs: 60_000 })
  await drillUntil(id, (drill) => reached('fault-injected')(drill) || ended(drill))
  const { status, body } = await ask<Drill>('DELETE', `/api/drills/${id}`)
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

t.test('a drill asked for while a broker is away, or just back, says when to ask again', async (t) => {
  const agent = await agentOf()
  t.teardown(() => agent.close())
  await agent.node('kafka-1', 'stop')
  t.teardown(() => agent.node('kafka-1', 'start').catch(() => undefined)) // it runs already when the test passed
  const request = { kind: 'broker-stop', node: 'kafka-2' }
  const refused = await ask('POST', '/api/drills', request)
  t.match(refused, { status: 409, body: { code: 'cluster_unhealthy', retriable: true } })
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
  await agent.node('kafka-1', 'start')
  const began = Date.now()
  for (;;) {
    const { status, body, headers } = await ask<Pick<Drill, 'links'> & Pick<Problem, 'detail'>>(
      'POST',
      '/api/drills',
      request
    )
    if (status === 202) {
      t.match(await ask('DELETE', body.links.self), { status: 200 })
      return
    }
    t.match({ status, body }, { status: 409, body: { retriable: true } })
    if (Date.now() - began > 90_000) throw new Error(`still refused: ${body.detail}`)
    await delay(Number(headers.get('retry-after')) * 1000)
  }
})
