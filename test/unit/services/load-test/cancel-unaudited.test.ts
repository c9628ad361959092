import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { failingDisk } from '../../failing-disk.ts'
import { fakeEngine, fakeProducer, workload } from './fakes.ts'

for (const mode of ['spool', 'required'] as const) {
  t.test(`KOPS_AUDIT=${mode}: a load test is cancelled while Kafka is away and the disk is full`, async (t) => {
    const folder = join(t.testdir(), 'data')
    const settings = { KOPS_LOG_LEVEL: 'silent', KOPS_STATE_DIR: join(folder, 'state'), KOPS_DATA_DIR: folder }
    const config = loadConfig({
      ...settings,
      KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
      KOPS_AUDIT: mode,
      KOPS_LOAD_RUNS_TOPIC: ''
    })
    const app = await buildApp(config, {
      engine: fakeEngine((_order, onOutcome) => fakeProducer({ onOutcome, silent: true }))
    })
    t.teardown(() => app.close())
    // Starting one needs the audit trail, which is away already.
    const { id } = await app.loadTests.start(workload({ records: 20 }))
    const disk = failingDisk(t, folder)
    disk.fail('ENOSPC', 0, false)

    const answer = await app.inject({ method: 'DELETE', url: `/api/loadtest/runs/${id}` })
    t.equal(answer.statusCode, 200, answer.body)
    t.match(answer.json(), { status: 'aborted', failure: 'Cancelled on request' })
    t.equal(answer.headers['x-kops-audit'], 'outcome-not-recorded')
    const { body } = await app.inject('/metrics')
    t.match(body, /^kops_unaudited_changes_total\{action="loadtest.cancel"\} 1$/m)
    t.match(body, /^kops_unaudited_changes_total\{action="drill.cancel"\} 0$/m)

    const other = await app.inject({ method: 'POST', url: '/api/loadtest/reset' })
    t.ok(other.statusCode >= 500, 'everything else is still refused')
    disk.recover()
  })
}
