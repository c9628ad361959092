// Runs alone: drills break brokers.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Problem } from '#shared/contracts/common.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { agentUnderTest } from '../support/under-test.ts'
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
})

t.test('a drill that is cancelled in the middle of its fault heals it first', async (t) => {
  const agent = await agentUnderTest()
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

t.test('a drill requested while a broker is down, or just back, says when to retry', async (t) => {
  const agent = await agentUnderTest()
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
