// Runs alone: it stops a broker.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Problem } from '#shared/contracts/common.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { ask } from '../../integration/load-test/service.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

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
