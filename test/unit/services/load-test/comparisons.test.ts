import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { LoadTestComparisonSchema, LoadTestHistorySchema } from '#shared/contracts/load-comparison.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { fakeEngine, fakeProducer, settingsWithoutCluster } from './fakes.ts'
import { keptRun } from './kept-runs.ts'

/** load-test-service with runs of an earlier process. */
async function build(t: Test, runs: LoadTestRun[], folder = t.testdir()) {
  const data = join(folder, 'data')
  await mkdir(join(data, 'runs'), { recursive: true })
  for (const run of runs) await writeFile(join(data, 'runs', `${run.id}.json`), JSON.stringify(run))
  const events: AuditEvent[] = []
  const config = loadConfig(settingsWithoutCluster(folder))
  const app = await buildApp(config, {
    auditTrail: { record: async (event) => void events.push(event) },
    engine: fakeEngine((_order, onOutcome) => fakeProducer({ onOutcome }))
  })
  t.teardown(() => app.close())
  const ask = async (method: 'GET' | 'PUT' | 'DELETE', path: string, payload?: object) => {
    const answer = await app.inject({ method, url: `/api/loadtest/${path}`, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { app, ask, events, data }
}

const ids = (first: number, length: number) => Array.from({ length }, (_, nth) => keptRun(first + nth).id)

t.test('runs are compared with each other, and with a baseline that outlives its runs and the service', async (t) => {
  const folder = t.testdir()
  const slow = (nth: number) => (nth < 8 ? 10 : 12) + (nth % 4) / 100
  const runs = Array.from({ length: 16 }, (_, nth) => keptRun(nth, { responseMs: slow(nth) }))
  const { ask, events, app, data } = await build(t, runs, folder)
  const [before, after] = [ids(0, 8), ids(8, 8)]
  const compared = await ask('GET', `compare?a=${before}&b=${after}`)
  t.equal(compared.status, 200)
  t.equal(Value.Check(LoadTestComparisonSchema, compared.body), true)
  t.match(compared.body, {
    verdict: 'slower',
    design: 'unpaired',
    a: { runs: before, baseline: null },
    b: { runs: after }
  })

  const saved = await ask('PUT', 'baselines/main', { runs: before.toReversed() })
  t.match(saved, { status: 200, body: { id: 'main', runs: before.map((id) => ({ id })) } })
  t.match(events.at(-1), { action: 'loadtest.save-baseline', target: 'main', outcome: 'applied' })
  await app.close()
  for (const name of await readdir(join(data, 'runs'))) {
    if (before.some((id) => name.startsWith(id))) await rm(join(data, 'runs', name))
  }
  const next = await build(t, [], folder)
  t.match(await next.ask('GET', `compare?a=${before}&b=${after}`), { status: 404, body: { code: 'job_not_found' } })
  const again = await next.ask('GET', `compare?baseline=main&b=${after}`)
  t.same(again.body, { ...compared.body, a: { ...compared.body.a, baseline: 'main' } })
  t.match(await next.ask('GET', 'baselines'), {
    body: { baselines: [{ id: 'main', workload: 'steady', runs: before }] }
  })

  t.match(await next.ask('DELETE', 'baselines/main'), { status: 200, body: { id: 'main' } })
  t.match(next.events.at(-1), { action: 'loadtest.delete-baseline', target: 'main', before: { runs: before } })
  for (const [method, path] of [
    ['GET', 'baselines/main'],
    ['DELETE', 'baselines/main'],
    ['GET', `compare?baseline=main&b=${after}`]
  ] as const) {
    t.match(await next.ask(method, path), { status: 404, body: { code: 'baseline_not_found' } })
  }
  t.same((await next.ask('GET', 'baselines')).body, { baselines: [] })
})

t.test('what cannot be a comparison is refused by its field', async (t) => {
  const other = { fingerprint: fingerprintOf({ other: '1' }) }
  const { ask } = await build(t, [...ids(0, 6).map((_, nth) => keptRun(nth)), keptRun(6, {}, other)])
  const five = ids(0, 5)
  const refused: [path: string, field: string][] = [
    [`compare?b=${five}`, 'a'],
    [`compare?a=${five}&baseline=main&b=${ids(5, 1)}`, 'a'],
    [`compare?a=${five}&b=${ids(4, 2)}`, 'b'],
    [`compare?a=${five}&b=..`, 'b'],
    [`compare?a=${five}`, 'b'],
    ['history', 'workload'],
    ['history?workload=No', 'workload']
  ]
  for (const [path, field] of refused) {
    t.match(await ask('GET', path), { status: 400, body: { code: 'validation_failed', errors: [{ field }] } }, path)
  }
  const bodies: [runs: string[], message: RegExp][] = [
    [ids(0, 4), /4 runs, and a comparison needs 5/],
    [[...five, ...ids(6, 1)], /not made in one environment/],
    [[...five, ...five], /twice/]
  ]
  for (const [runs, message] of bodies) {
    t.match(await ask('PUT', 'baselines/main', { runs }), {
      status: 400,
      body: { errors: [{ field: 'runs', message }] }
    })
  }
  t.match(await ask('PUT', 'baselines/main', { runs: [...five, 'nothing'] }), { status: 404 })
  t.match(await ask('GET', 'history?workload=nothing'), { status: 404, body: { code: 'job_not_found' } })
})

t.test('a history has the runs of one workload and its changes, by its name or its hash', async (t) => {
  const runs = Array.from({ length: 20 }, (_, nth) =>
    keptRun(nth, { responseMs: (nth < 10 ? 10 : 13) + (nth % 5) / 50 })
  )
  const { fingerprint: _fingerprint, ...old } = keptRun(20)
  const { ask } = await build(t, [...runs, keptRun(21, {}, { status: 'failed' }), old])
  const { status, body } = await ask('GET', 'history?workload=steady')
  t.equal(status, 200)
  t.equal(Value.Check(LoadTestHistorySchema, body), true)
  t.same(
    body.runs.map(({ id }: LoadTestRun) => id),
    ids(0, 20)
  )
  t.match(body.changes, [{ figure: 'responseP50', run: ids(10, 1)[0], verdict: 'slower' }, { figure: 'responseP99' }])
  t.same((await ask('GET', `history?workloadHash=${body.workloadHash}`)).body, body)
})
