import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { followRun, stopRun } from '#cli/load/follow-run.ts'
import { buildProgram } from '#cli/program.ts'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { createClient } from '#shared/client/client.ts'
import { LoadTestReportSchema } from '#shared/contracts/load-test.ts'
import { fakeEngine, fakeProducer, settingsWithoutCluster } from '../../services/load-test/fakes.ts'

/** load-test-service without a cluster: every record is acknowledged, but none of those to the topic `silent`. */
async function service(t: Test) {
  const folder = t.testdir()
  const app = await buildApp(loadConfig(settingsWithoutCluster(folder)), {
    auditTrail: { record: async () => {} },
    engine: fakeEngine(({ topic }, onOutcome) => fakeProducer({ onOutcome, silent: topic === 'silent' }))
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const file = join(folder, 'mine.yaml')
  await writeFile(
    file,
    'name: mine\ntopic: {kind: existing, name: log-events}\nrecords: 20\npayload: {kind: lines, lines: [one, two]}\n'
  )

  async function kops(...args: string[]) {
    const exitCode = process.exitCode
    process.exitCode = 0
    const [printed, said]: string[][] = [[], []]
    const output = {
      print: (line: string) => void printed?.push(line),
      error: (line: string) => void said?.push(line)
    }
    const person = { present: false, ask: async () => undefined }
    const program = buildProgram({ output, person })
    try {
      await program.parseAsync(['--state-dir', folder, '--loadtest-url', url, 'load', ...args], { from: 'user' })
      return { code: process.exitCode, printed: printed?.join('\n') ?? '', said: said?.join('\n') ?? '' }
    } finally {
      process.exitCode = exitCode
    }
  }
  const idOf = (printed: string) => /\d{8}T\d{6}-[0-9a-f]{6}/.exec(printed)?.[0] ?? 'none'
  return { app, url, kops, file, folder, idOf }
}

t.test('a workload of a file runs to its end, and is listed, shown and reported', async (t) => {
  const { kops, file, folder, idOf } = await service(t)
  const ran = await kops('run', file, '--threshold', 'errors = 0')
  t.match(ran, { code: 0, said: /Preparing mine[\s\S]*writes to log-events; Ctrl-C stops it/ })
  t.match(ran.printed, /^COMPLETED[\s\S]*Acknowledged {2}20 records[\s\S]*passed +errors = 0 +0/)
  const id = idOf(ran.printed)
  t.match((await kops('list')).printed, new RegExp(`${id} +mine +completed +log-events +20 `))
  t.match((await kops('show', id)).printed, /^COMPLETED/)
  t.match(await kops('watch', id), { code: 0, printed: /^COMPLETED/ })
  t.match((await kops('report', id)).printed, /^## Load test mine: completed/)
  t.equal(Value.Check(LoadTestReportSchema, JSON.parse((await kops('report', id, '--format', 'json')).printed)), true)
  const html = join(folder, 'report.html')
  t.match((await kops('report', id, '--format', 'html', '-o', html)).printed, `The report is in ${html}.`)
  t.match(await readFile(html, 'utf8'), /<svg /)
  await t.rejects(kops('report', id, '-o', join(folder, 'no', 'folder')), { name: 'UsageError', message: /ENOENT/ })
})

t.test('--json prints the report and nothing else', async (t) => {
  const { kops, file } = await service(t)
  const { printed, said, code } = await kops('run', file, '--records', '7', '--json')
  t.match(JSON.parse(printed), { run: { status: 'completed', eventCount: 7 }, seconds: [{ second: 0 }] })
  t.equal(Value.Check(LoadTestReportSchema, JSON.parse(printed)), true)
  t.equal(said, '')
  t.equal(code, 0)
})

t.test('a threshold that is not met, or not known, fails the command', async (t) => {
  const { kops, file } = await service(t)
  t.match(await kops('run', file, '--threshold', 'errors > 0'), { code: 5, printed: /FAILED +errors > 0 +0/ })
  t.match(await kops('run', file, '--threshold', 'p99.9 < 1s'), { code: 5, printed: /FAILED +p99.9 < 1s +not known/ })
  await t.rejects(kops('run', file, '--threshold', 'errors = 0', '--threshold', 'p98 < 1s'), {
    code: 'validation_failed',
    errors: [{ field: 'thresholds.1' }]
  })
})

t.test('another topic is written to only with a confirmation', async (t) => {
  const { kops, file } = await service(t)
  await t.rejects(kops('run', file, '--topic', 'orders'), { name: 'UsageError' })
  t.match(await kops('run', file, '--topic', 'orders', '--yes'), { code: 0, printed: /Topic +orders$/m })
})

t.test('a run is stopped with what it measured, which fails whoever watches it', async (t) => {
  const { app, kops } = await service(t)
  const payload = { name: 'x', topic: { kind: 'existing', name: 'silent', confirm: 'silent' }, records: 20 }
  const start = async () => (await app.inject({ method: 'POST', url: '/api/loadtest/runs', payload })).json().id
  const id = await start()
  t.match((await kops('show', id)).printed, /^RUNNING/)
  t.match(await kops('stop', id), { code: 0, printed: /^ABORTED[\s\S]*Failure +Cancelled on request/ })
  await t.rejects(kops('stop', id), { code: 'job_finished' })
  const other = await start()
  const watching = kops('watch', other)
  await app.inject({ method: 'DELETE', url: `/api/loadtest/runs/${other}` })
  t.match(await watching, { code: 1, printed: /^ABORTED/ })
})

t.test('whoever follows a run may leave it, and may stop one that has just ended', async (t) => {
  const { app, url } = await service(t)
  const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
  const payload = { name: 'x', topic: { kind: 'existing', name: 'silent', confirm: 'silent' }, records: 20 }
  const { id } = (await app.inject({ method: 'POST', url: '/api/loadtest/runs', payload })).json()
  const leave = new AbortController()
  const following = followRun({ print() {}, error() {} }, client, id, { quiet: false, signal: leave.signal })
  leave.abort()
  t.equal(await following, undefined)
  t.equal((await app.inject(`/api/loadtest/runs/${id}`)).json().status, 'running')
  t.match(await stopRun(client, id), { status: 'aborted' })
  t.match(await stopRun(client, id), { status: 'aborted' }, 'its end')
  await t.rejects(stopRun(client, 'nope'), { code: 'job_not_found' })
  await t.rejects(
    followRun({ print() {}, error() {} }, client, 'nope', { quiet: true, signal: new AbortController().signal }),
    {
      code: 'job_not_found'
    }
  )
})

t.test('--dry-run shows the workload and starts nothing', async (t) => {
  const { kops, file } = await service(t)
  const { printed } = await kops('run', file, '--rate', '5', '--duration', '60s', '--dry-run')
  t.match(JSON.parse(printed), { name: 'mine', rate: { kind: 'constant', perSecond: 5 }, durationSeconds: 60 })
  t.match((await kops('list')).printed, 'There are no load tests.')
})

t.test('a workload that is not there, or not valid, is named', async (t) => {
  const { kops, folder } = await service(t)
  await t.rejects(kops('run', 'nope'), { name: 'UsageError', message: /no workload nope; .*steady/ })
  await t.rejects(kops('run', join(folder, 'nope.yaml')), { message: /nope\.yaml: the workload cannot be read/ })
})

t.test('the ready workloads are listed, and each can be run', async (t) => {
  const { kops } = await service(t)
  t.match((await kops('workloads')).printed, /^steady$[\s\S]*Five minutes/m)
  const all: { name: string; workload: { name: string }; comment: string }[] = JSON.parse(
    (await kops('workloads', '--json')).printed
  )
  t.ok(all.length >= 7)
  for (const { name, workload, comment } of all) {
    t.equal(workload.name, name)
    t.ok(comment.length > 0, `${name} says what it is for`)
    t.match(JSON.parse((await kops('run', name, '--dry-run')).printed), { name })
  }
})
