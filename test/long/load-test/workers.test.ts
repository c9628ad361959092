// Runs alone: it makes load in processes of its own, and counts all records of a topic.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { independentAdmin, ownTopic, recordCount } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { bootstrapServers, kafkaSettings } from '../../integration/support/under-test.ts'

const secret = 'a secret of sixteen characters or more'
const settings = {
  KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
  ...kafkaSettings,
  KOPS_LOAD_WORKERS_TOPIC: `kops-workers-test-${Date.now().toString(36)}`,
  KOPS_LOAD_WORKER_SECRET: secret
}
const kops = join(import.meta.dirname, '../../../kops')

interface WorkerProcess {
  host: string
  process: ChildProcess
  lines: string[]
  says(text: string): Promise<unknown>
  /** Resolves to the exit code. */
  exit: Promise<number | null>
}

/** A load worker as a user starts it, which has joined. It takes the place of the command: its process is the child. */
async function startWorker(t: Test, host: string, more: Record<string, string> = {}): Promise<WorkerProcess> {
  const child = spawn(kops, ['load', 'worker'], {
    env: { ...process.env, ...settings, KOPS_LOAD_WORKER_HOST: host, ...more },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    t.comment(`${host}: ${line}`)
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const says = (text: string) =>
    eventually(
      `${host} says ${text}`,
      async () => lines,
      (all) => all.some((line) => line.includes(text)),
      30_000
    )
  await says('waits for orders')
  return { host, process: child, lines, says, exit }
}

/** A load-test-service of the test, which shares the secret. */
async function ownService(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'kops-workers-'))
  const app = await buildApp(loadConfig({ ...settings, KOPS_LOG_LEVEL: 'warn', KOPS_DATA_DIR: folder }))
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  await app.ready()
  const ask = async <T>(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json<T>() }
  }
  /** Starts a run once enough workers have joined. */
  const start = async (workload: Workload): Promise<LoadTestRun> => {
    const { status, body } = await eventually(
      'the run starts',
      () => ask<LoadTestRun & { code?: string }>('POST', '/api/loadtest/runs', workload),
      ({ body }) => body.code !== 'load_workers_missing',
      40_000
    )
    if (status !== 202) throw new Error(JSON.stringify(body))
    return body
  }
  const run = async (id: string) => (await ask<LoadTestRun>('GET', `/api/loadtest/runs/${id}`)).body
  const ended = (id: string) =>
    eventually(
      'the run ends',
      () => run(id),
      ({ finishedAt }) => finishedAt !== null,
      90_000
    )
  return { ask, start, run, ended }
}

t.test('three workers share a run, and the share of one that is killed is taken over', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'workers', 6)
  const workload: Workload = {
    ...{ name: 'workers', topic: { kind: 'existing', name: topic, confirm: topic }, workers: 3, durationSeconds: 40 },
    rate: { kind: 'constant', perSecond: 300 }
  }
  const service = await ownService(t)
  const workers = await Promise.all(['one', 'two', 'three'].map((host) => startWorker(t, host)))
  const started = await service.start(workload)
  await eventually(
    'records flow',
    () => service.run(started.id),
    ({ progress }) => (progress?.second?.second ?? 0) >= 5,
    30_000
  )
  const [victim] = workers
  victim?.process.kill('SIGKILL')
  const { status, result, failure } = await service.ended(started.id)
  t.comment(JSON.stringify(result))
  t.equal(status, 'completed', failure ?? '')
  if (!result) return
  t.same(result.workers?.joined.map(({ host }) => host).sort(), ['one', 'three', 'two'])
  t.equal(result.workers?.joined.flatMap(({ shares }) => shares).length, 4, 'one share had two workers')
  for (const { host, clockErrorMs, clockOffsetMs } of result.workers?.joined ?? []) {
    if (host === victim?.host) continue
    // All are on one machine, whose clock they share.
    t.ok(Math.abs(clockOffsetMs ?? 9e9) <= (clockErrorMs ?? 0) + 1, `${clockOffsetMs} ± ${clockErrorMs} ms`)
  }
  const [lost] = result.workers?.lost ?? []
  t.match(lost, { host: 'one', shares: { length: 1 } })
  t.ok(lost && lost.second >= 5 && lost.secondsWithout >= 8 && lost.secondsWithout <= 25, JSON.stringify(lost))
  t.same(
    result.errors.map(({ code }) => code),
    ['WORKER_LOST']
  )

  const { body } = await service.ask<LoadTestReport>('GET', `/api/loadtest/runs/${started.id}/report`)
  const rates = body.seconds.map(({ acknowledged }) => acknowledged)
  t.comment(rates.join(' '))
  const resumed = (lost?.second ?? 0) + (lost?.secondsWithout ?? 0)
  const mean = (some: number[]) => some.reduce((sum, rate) => sum + rate, 0) / some.length
  const without = mean(rates.slice((lost?.second ?? 0) + 1, resumed - 1))
  t.ok(without > 190 && without < 210, `without the share, two thirds: ${without}`)
  const after = rates.slice(resumed + 1, 39)
  t.ok(after.length >= 3 && mean(after) > 285 && mean(after) < 315, `whole again: ${mean(after)}`)

  const written = await recordCount(admin, topic)
  const { acknowledged, failed, indeterminate } = result
  t.comment(`${written} written, ${acknowledged} acknowledged, ${failed} failed, ${indeterminate} of them unknown`)
  t.equal(acknowledged + failed, 12_000, 'each record that was due is accounted for')
  t.ok(written >= acknowledged && written <= acknowledged + indeterminate)
  t.equal(lost?.unknownRecords, indeterminate)

  const again = await service.start({ ...workload, workers: 2, durationSeconds: 60 })
  await eventually(
    'records flow',
    () => service.run(again.id),
    // A second counts once each producer has reported it.
    ({ progress }) => (progress?.second?.second ?? 0) >= 2,
    30_000
  )
  const before = performance.now()
  const { body: stopped } = await service.ask<LoadTestRun>('DELETE', again.links.self)
  const tookMs = performance.now() - before
  t.match(stopped, { status: 'aborted', result: { acknowledged: Number } })
  t.ok(tookMs < 3000, `stopped within ${Math.round(tookMs)} ms`)
  const count = await recordCount(admin, topic)
  await Promise.all(
    workers.slice(1).map(async ({ process, exit, says }) => {
      process.kill('SIGTERM')
      await says('leaving the group')
      t.equal(await exit, 0)
    })
  )
  t.equal(await recordCount(admin, topic), count, 'nothing was sent after the stop')
})

t.test('a worker with another secret does not hear of the run', async (t) => {
  const service = await ownService(t)
  await startWorker(t, 'stranger', { KOPS_LOAD_WORKER_SECRET: 'another one of sixteen or more' })
  const { status, body } = await service.ask<{ code: string; detail: string }>('POST', '/api/loadtest/runs', {
    ...{ name: 'strange', topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 }, workers: 1, records: 10 }
  })
  t.match([status, body], [409, { code: 'load_workers_missing', detail: /^0 of 1 load workers/ }])
})
