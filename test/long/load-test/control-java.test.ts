// Runs undisturbed: it pauses a broker, and the service runs one load test at a time.
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { type LoadTestReport, LoadTestReportSchema, type LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { kops, startKops } from '../../integration/cli/kops.ts'
import { ask } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(300_000)

/** The arguments of a run of 20 s at 1,000/s, with Java's producer beside it. */
async function withControl(t: Test): Promise<string[]> {
  const workload: Workload = {
    name: 'witnessed',
    topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
    rate: { kind: 'constant', perSecond: 1000 },
    durationSeconds: 20,
    verify: true
  }
  const file = join(t.testdir(), 'witnessed.yaml')
  await writeFile(file, JSON.stringify(workload))
  return ['load', 'run', file, '--control', 'java']
}

/** The run that was started last, if it is not over. */
async function running(): Promise<LoadTestRun | undefined> {
  const { body } = await ask<{ runs: LoadTestRun[] }>('GET', '/api/loadtest/runs')
  return body.runs.find(({ finishedAt, workload }) => finishedAt === null && workload?.name === 'witnessed')
}

t.test('a broker that stops for two seconds is seen by Java’s producer at the same time', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const ended = kops([...(await withControl(t)), '--json'])
  await eventually('both write', running, (run) => (run?.progress?.acknowledged ?? 0) > 12_000, 60_000)
  await agent.node('kafka-2', 'pause')
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await agent.node('kafka-2', 'resume')
  const { code, stdout, stderr } = await ended
  t.equal(code, 0, stderr)
  const report: LoadTestReport = JSON.parse(stdout)
  t.comment(JSON.stringify(report.control))
  t.equal(Value.Check(LoadTestReportSchema, report), true)
  const { control } = report
  t.match(control, { client: 'java', targetPerSecond: 1000, failed: 0, errors: [], saw: 'both' })
  // A Java that starts on a busy machine takes seconds.
  t.ok((control?.acknowledged ?? 0) > 3000)
  t.ok(Math.abs((control?.acknowledgedPerSecond ?? 0) / 1000 - 1) < 0.1, String(control?.acknowledgedPerSecond))
  t.ok((control?.delayMs?.max ?? 0) > 1000)
  t.equal(report.run.result?.verification?.foreign, control?.acknowledged, 'its records are found as those of others')
})

t.test('Ctrl-C ends Java’s producer with the run, and shows what both saw until then', async (t) => {
  const child = startKops(await withControl(t))
  t.teardown(() => child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('kops has no output')
  const ended = Promise.all([once(child, 'close'), text(child.stdout)])
  const run = await eventually('records flow', running, (run) => (run?.progress?.acknowledged ?? 0) > 6000, 60_000)
  const topic = String(run?.topic)
  const isJava = (command: string) => command.includes('VerifiableProducer') && command.includes(topic)
  t.ok((await commands()).some(isJava), 'it runs')
  child.kill('SIGINT')
  const [[code], printed] = await ended
  t.equal(code, 130)
  t.match(
    printed,
    /^ABORTED[\s\S]*^Java +\d+ records? acknowledged, none failed[\s\S]*^Compared +(neither|both|the load|Java)/m
  )
  t.notOk((await commands()).some(isJava), 'it is gone')
})

/** The command lines of all processes. */
async function commands(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}
