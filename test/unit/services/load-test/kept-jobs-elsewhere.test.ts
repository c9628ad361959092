import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { JobsTopic } from '#services/load-test/domain/kept-jobs.ts'
import type { DrillList } from '#shared/contracts/drills.ts'
import type { KeptJob } from '#shared/contracts/kept-job.ts'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import { poll } from '#shared/poll.ts'
import { drill } from '../../cli/drills/drill.ts'
import { ownFolder } from '../../own-folder.ts'
import { fakeEngine, fakeProducer } from './fakes.ts'

/** A topic that several services share. */
function memoryTopic(): JobsTopic & { jobs: Map<string, KeptJob> } {
  const jobs = new Map<string, KeptJob>()
  return {
    jobs,
    async write(id, kept) {
      if (kept) jobs.set(id, structuredClone(kept))
      else jobs.delete(id)
    },
    read: async () => ({ jobs: Array.from(jobs.values()).reverse(), unreadable: [], isCut: false }),
    close: async () => {}
  }
}

async function build(t: Test, jobsTopic: JobsTopic, dataDir = ownFolder(t), settings = {}) {
  const config = loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_DATA_DIR: join(dataDir, 'data'),
    KOPS_STATE_DIR: join(dataDir, 'state'),
    KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
    ...settings
  })
  const app = await buildApp(config, {
    auditTrail: { record: async () => {} },
    engine: fakeEngine(({ topic }, onOutcome) => fakeProducer({ onOutcome, silent: topic === 'silent' })),
    jobsTopic
  })
  t.teardown(() => app.close())
  const get = async <T>(url: string) => (await app.inject({ url })).json<T>()
  const run = async (topic = 'x') => {
    const url = `/api/loadtest/run?eventCount=20&topic=${topic}&confirmTopic=${topic}`
    return (await app.inject({ method: 'POST', url })).json<LoadTestRun>()
  }
  return { app, get, run }
}

async function eventually(t: Test, what: string, condition: () => boolean | Promise<boolean>) {
  t.ok((await poll(async () => condition(), Boolean, { timeoutMs: 5000, pauseMs: 10 })).done, what)
}

t.test(
  'a service with an empty data folder lists, shows, reports, compares and saves the runs of another',
  async (t) => {
    const topic = memoryTopic()
    const folder = ownFolder(t)
    const first = await build(t, topic, join(folder, 'first'))
    const ids: string[] = []
    for (let nth = 0; nth < 5; nth += 1) ids.push((await first.run()).id)
    await eventually(t, 'all are written', () => topic.jobs.size === 5)
    const [id = ''] = ids
    t.match(
      topic.jobs.get(id),
      { run: await first.get<LoadTestRun>(`/api/loadtest/runs/${id}`) },
      'with result, workload and fingerprint'
    )

    const second = await build(t, topic, join(folder, 'second'))
    const list = () => second.get<{ runs: LoadTestRun[] }>('/api/loadtest/runs')
    await eventually(t, 'they are read', async () => (await list()).runs.length === 5)
    t.same(await list(), await first.get('/api/loadtest/runs'))
    const report = await second.get<LoadTestReport>(`/api/loadtest/runs/${id}/report`)
    t.same(report, await first.get(`/api/loadtest/runs/${id}/report`))
    t.match(report, { seconds: [{ second: 0 }], spectrum: { serviceTime: [{ percentile: 0 }] } })
    t.equal(report.partitions?.length, 3)
    t.match(await second.get('/api/loadtest/history?workload=events'), { workload: 'events' })
    const saved = await second.app.inject({
      method: 'PUT',
      url: '/api/loadtest/baselines/main',
      payload: { runs: ids }
    })
    t.equal(saved.statusCode, 200, saved.body)
    t.match(await second.get('/api/loadtest/stats'), { runs: { total: 0 } }, 'totals are those of the service')
  }
)

t.test('a run that the service aborted as it closed is kept, too', async (t) => {
  const topic = memoryTopic()
  const { app } = await build(t, topic)
  const url = '/api/loadtest/run?eventCount=20&topic=silent&confirmTopic=silent&wait=false'
  const { id } = (await app.inject({ method: 'POST', url })).json<LoadTestRun>()
  await app.close()
  t.match(topic.jobs.get(id), { run: { status: 'aborted', failure: 'The service was stopped' } })
})

t.test(
  'a service with an empty data folder knows the drills of another, and one that a crash ended is kept',
  async (t) => {
    const topic = memoryTopic()
    const folder = ownFolder(t)
    const [done, crashed] = [drill(), drill({ id: '20260203T040507-9f3a1c', status: 'running', finishedAt: null })]
    const kept = join(folder, 'first', 'data', 'drills')
    await mkdir(kept, { recursive: true })
    for (const each of [done, crashed]) await writeFile(join(kept, `${each.id}.json`), JSON.stringify(each))
    const first = await build(t, topic, join(folder, 'first'))
    await eventually(t, 'the one that was running is written', () => topic.jobs.has(crashed.id))
    t.match(topic.jobs.get(crashed.id), { drill: { status: 'aborted', verdict: { result: 'aborted' } } })
    topic.jobs.set(done.id, { drill: done })

    const second = await build(t, topic, join(folder, 'second'))
    const list = () => second.get<DrillList>('/api/drills')
    await eventually(t, 'they are read', async () => (await list()).drills.length === 2)
    t.same(await list(), await first.get('/api/drills'))
    t.same(await second.get(`/api/drills/${done.id}`), done)
    t.equal((await second.get<{ runs: unknown[] }>('/api/loadtest/runs')).runs.length, 0)
  }
)

t.test('without a topic in the settings, nothing is kept elsewhere', async (t) => {
  const topic = memoryTopic()
  const { run, app } = await build(t, topic, undefined, { KOPS_LOAD_RUNS_TOPIC: '' })
  t.match(await run(), { status: 'completed' })
  await app.close()
  t.equal(topic.jobs.size, 0)
})

t.test('the topic has the prefix that every service reserves', async (t) => {
  for (const name of ['kops-runs', 'kops-runs.eu-1']) {
    t.equal(loadConfig({ KOPS_LOAD_RUNS_TOPIC: name }).KOPS_LOAD_RUNS_TOPIC, name)
  }
  for (const name of ['orders', 'my-kops-runs', 'kops-runs/../x']) {
    t.throws(() => loadConfig({ KOPS_LOAD_RUNS_TOPIC: name }), /KOPS_LOAD_RUNS_TOPIC/)
  }
})
