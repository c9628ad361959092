import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { GameDayPlanSchema, ReadyGameDaysSchema } from '#shared/contracts/gameday-plan.ts'
import { settingsWithoutCluster } from './fakes.ts'

/** load-test-service without a cluster, with the game days of this checkout, or others. */
async function build(t: Test, gamedays?: Record<string, string>) {
  const folder = t.testdir(gamedays ? { gamedays } : {})
  const events: AuditEvent[] = []
  const config = loadConfig({
    ...settingsWithoutCluster(folder),
    ...(gamedays && { KOPS_GAMEDAYS: join(folder, 'gamedays') })
  })
  const app = await buildApp(config, { auditTrail: { record: async (event) => void events.push(event) } })
  t.teardown(() => app.close())
  const ask = async (method: 'GET' | 'POST', path: string, payload?: object) => {
    const answer = await app.inject({ method, url: `/api/gamedays${path}`, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { ask, events, folder }
}

t.test('the ready game days are listed, with the workloads that their files name', async (t) => {
  const { ask } = await build(t)
  const { status, body } = await ask('GET', '/ready')
  t.equal(status, 200)
  t.equal(Value.Check(ReadyGameDaysSchema, body), true)
  t.match(body.gameDays, [
    { file: 'bad-night', plan: { steps: [{}, {}, {}, { drill: { load: { name: 'steady' } } }] } },
    { file: 'first', plan: { name: 'first' } },
    { file: 'metadata' }
  ])
})

t.test('a folder of game days may be missing, and names the file that is wrong', async (t) => {
  const { ask, folder } = await build(t, { 'bad.yaml': 'name: bad\nsteps:\n  - wait: soon\n' })
  t.match(await ask('GET', '/ready'), { body: { code: 'validation_failed', detail: /bad\.yaml:3/ } })
  await rm(join(folder, 'gamedays'), { recursive: true })
  t.match(await ask('GET', '/ready'), { status: 200, body: { gameDays: [] } })
})

t.test('a game day is planned without being started, by either call', async (t) => {
  const { ask, events } = await build(t)
  const small = { name: 'small', steps: [{ wait: '1ms' }, { until: { promql: 'up' } }] }
  for (const path of ['/plan', '?dryRun=true', '?dryRun=true&wait=true']) {
    const { status, body } = await ask('POST', path, small)
    t.equal(status, 200, path)
    t.equal(Value.Check(GameDayPlanSchema, body), true, path)
    t.match(body, { name: 'small', admitted: false, steps: [{ admitted: true }, { detail: /no Prometheus/ }] })
    t.match(await ask('POST', path, { ...small, steps: [{}] }), { body: { errors: [{ field: 'steps.0' }] } })
  }
  t.match(await ask('GET', ''), { body: { gameDays: [] } })
  t.same(events, [], 'nothing is in the audit trail')
  const broken = { name: 'x', steps: [{ drill: { kind: 'broker-stop', node: 'kafka-1' } }] }
  t.match(await ask('POST', '/plan', broken), { status: 503, body: { code: 'agent_unreachable' } })
})
