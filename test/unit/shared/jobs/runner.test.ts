import t from 'tap'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { Job } from '#shared/jobs/jobs.ts'
import { createJobRunner, type JobContext } from '#shared/jobs/runner.ts'
import { manualClock } from '../../manual-clock.ts'
import { memoryStore } from './memory-store.ts'

type Work = (context: JobContext<Job>) => Promise<Partial<Job> & { status: string }>

function build(kept: Job[] = [], jobsAtOnce = 1) {
  const store = memoryStore(kept)
  const problems: string[] = []
  const abandoned: string[] = []
  let ids = 0
  let full = false
  const runner = createJobRunner<Job>({
    store,
    clock: manualClock(),
    noun: 'job',
    keep: 10,
    newId: () => `${++ids}`,
    atMost: { jobs: jobsAtOnce, because: 'one is enough' },
    interrupted: (job) => ({ ...job, failure: 'the service died' }),
    onProblem: (_, what) => problems.push(what),
    assertRoom: async () => {
      if (full) throw new KopsError('storage_unavailable', 'no room')
    }
  })
  const start = (work: Work) =>
    runner.start(async (id) => ({
      job: { id, status: 'running', createdAt: '2026-01-31T12:00:00.000Z', finishedAt: null },
      work,
      abandon: async () => void abandoned.push(id)
    }))
  const fill = (isFull: boolean) => {
    full = isFull
  }
  return { runner, start, store, problems, abandoned, fill }
}

const untilAborted: Work = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

t.test('a job goes from its request to its end, which is kept', async (t) => {
  const { runner, start, store } = build()
  const seen: string[] = []
  const job = await start(async ({ update, current }) => {
    runner.subscribe(current().id, ({ status }) => seen.push(status))
    update({ status: 'halfway' }, { persist: false })
    return { status: 'completed' }
  })
  t.equal(job.status, 'running')
  t.match(await runner.ended(job.id), { status: 'completed', finishedAt: '2026-01-31T12:00:00.000Z' })
  t.same(seen, ['halfway', 'completed'])
  t.match(JSON.parse(store.documents.get(job.id) ?? ''), { status: 'completed' })
})

t.test('work that throws has failed, with the reason', async (t) => {
  const { runner, start } = build()
  const { id } = await start(async () => {
    throw new Error('the disk is full')
  })
  t.match(await runner.ended(id), { status: 'failed', failure: 'the disk is full' })
})

t.test('a cancelled job is aborted once, with the reason of whoever cancelled it', async (t) => {
  const { runner, start } = build()
  const { id } = await start(untilAborted)
  t.match(await runner.cancel(id, 'Cancelled on request'), { status: 'aborted', failure: 'Cancelled on request' })
  await t.rejects(runner.cancel(id, 'again'), { code: 'job_finished' })
  await t.rejects(runner.cancel('99', 'unknown'), { code: 'job_not_found' })
})

t.test('no more jobs run than allowed, counted from the request; failed preparations take no slot', async (t) => {
  const { runner, start } = build([], 2)
  const outcomes = await Promise.allSettled([start(untilAborted), start(untilAborted), start(untilAborted)])
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected']
  )
  t.match(outcomes[2], {
    reason: { code: 'job_conflict', message: /At most 2 jobs at a time, because one is enough/ }
  })
  await runner.cancel('1', 'over')
  await t.rejects(
    runner.start(() => Promise.reject(new Error('no topic'))),
    { message: 'no topic' }
  )
  await t.resolves(start(async () => ({ status: 'completed' })))
  await runner.close()
})

t.test('whoever hears that a job has ended can start the next one, also while its end is being saved', async (t) => {
  const { runner, start, store } = build()
  const heard = Promise.withResolvers<void>()
  await start(async ({ current }) => {
    runner.subscribe(current().id, () => heard.resolve())
    const saved = store.save
    const next = Promise.withResolvers<void>()
    store.save = (job) => (job.id === '1' ? next.promise : saved(job))
    t.teardown(() => next.resolve())
    return { status: 'completed' }
  })
  await heard.promise
  t.match(await start(async () => ({ status: 'completed' })), { id: '2' })
})

/** A job that waits until it has its place, which it looks for whenever it is asked to. */
function waiting(runner: ReturnType<typeof build>['runner'], name: string) {
  const events: string[] = []
  const tries: (() => void)[] = []
  const started = runner.start(
    async (id) => ({
      job: { id, status: 'queued', createdAt: '2026-01-31T12:00:00.000Z', finishedAt: null },
      admit: ({ signal, takePlace }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => resolve({ status: 'aborted', failure: signal.reason.message }))
          tries.push(() => {
            try {
              takePlace()
              resolve(undefined)
            } catch (error) {
              if (isKopsError(error, 'job_conflict')) events.push(error.message)
              else reject(error)
            }
          })
        }),
      async work(context) {
        events.push(`${name} works`)
        return untilAborted(context)
      },
      abandon: async () => {}
    }),
    { waits: true }
  )
  return { started, events, look: () => tries.at(-1)?.() }
}

t.test(
  'a job that waits has no place, takes it when it is free, and one that has waited longer goes first',
  async (t) => {
    const { runner, start } = build()
    const { id } = await start(untilAborted)
    const [first, second] = [waiting(runner, 'first'), waiting(runner, 'second')]
    t.match(await first.started, { id: '2', status: 'queued' })
    await second.started
    first.look()
    second.look()
    t.match(first.events, [/At most 1 job at a time/])
    t.match(second.events, [/2 waits, too/])
    await runner.cancel(id, 'over')
    second.look()
    t.notOk(second.events.includes('second works'))
    first.look()
    await t.rejects(start(untilAborted), { code: 'job_conflict' }, 'it has its place at once')
    t.ok(first.events.includes('first works'))
    await runner.cancel('2', 'over')
    second.look()
    await new Promise((resolve) => setImmediate(resolve))
    await runner.cancel('3', 'over')
    t.ok(second.events.includes('second works'))
  }
)

t.test('a job that waits is cancelled like any other, and never works', async (t) => {
  const { runner, start } = build()
  await start(untilAborted)
  const one = waiting(runner, 'one')
  await one.started
  t.match(await runner.cancel('2', 'no longer'), { status: 'aborted', failure: 'no longer' })
  const other = waiting(runner, 'other')
  await other.started
  await runner.close()
  t.match(runner.get('3'), { status: 'aborted', failure: 'The service was stopped' })
  t.same([...one.events, ...other.events], [])
})

t.test('not any number of jobs waits', async (t) => {
  const { runner } = build()
  for (let nth = 0; nth < 10; nth += 1) await waiting(runner, `${nth}`).started
  await t.rejects(waiting(runner, 'too many').started, { code: 'job_conflict', message: /At most 10 jobs wait/ })
  await runner.close()
})

t.test('closing aborts running jobs, and starts no others', async (t) => {
  const { runner, start } = build()
  const { id } = await start(untilAborted)
  await runner.close()
  t.match(runner.get(id), { status: 'aborted', failure: 'The service was stopped' })
  await t.rejects(start(untilAborted), { code: 'job_conflict', message: /closing/ })
})

t.test('a job that was under way when the service died is aborted at the next start', async (t) => {
  const died = { id: '7', status: 'running', createdAt: '2026-01-31T11:00:00.000Z', finishedAt: null }
  const { runner } = build([died])
  t.match(await runner.open(), [{ id: '7', status: 'aborted', failure: 'the service died' }])
})

t.test('a store that fails is reported, and does not end the work', async (t) => {
  const { runner, start, store, problems } = build()
  const { id } = await start(async ({ update }) => {
    store.save = () => Promise.reject(new Error('ENOSPC'))
    update({ status: 'halfway' })
    await new Promise((resolve) => setImmediate(resolve))
    store.save = async () => {}
    return { status: 'completed' }
  })
  t.match(await runner.ended(id), { status: 'completed' })
  t.same(problems, ['could not save job 1'])
})

t.test(
  'a job that cannot be saved does not start: what it prepared is released, and nothing of it is left',
  async (t) => {
    const { runner, start, store, abandoned } = build()
    const { save } = store
    store.save = () => Promise.reject(new Error('ENOSPC'))
    await t.rejects(start(untilAborted), { message: 'ENOSPC' })
    t.same(abandoned, ['1'])
    t.same(runner.all(), [])
    store.save = save
    const { id } = await start(async () => ({ status: 'completed' }))
    t.match(await runner.ended(id), { status: 'completed' })
    t.same(abandoned, ['1'])
  }
)

t.test('without room nothing is prepared, and no slot is taken', async (t) => {
  const { start, abandoned, fill, store } = build()
  fill(true)
  await t.rejects(start(untilAborted), { code: 'storage_unavailable' })
  t.same(abandoned, [])
  fill(false)
  const { id } = await start(async () => ({ status: 'completed' }))
  t.ok(store.documents.has(id))
})

t.test('an end that cannot be saved is the end all the same, and is saved before the service closes', async (t) => {
  const { runner, start, store, problems } = build()
  const { save } = store
  const { id } = await start(async () => {
    store.save = () => Promise.reject(new Error('ENOSPC'))
    return { status: 'completed' }
  })
  t.match(await runner.ended(id), { status: 'completed' })
  t.match(runner.get(id), { status: 'completed' })
  t.match(JSON.parse(store.documents.get(id) ?? ''), { status: 'running' })
  t.same(problems, ['could not save job 1'])
  store.save = save
  await runner.close()
  t.match(JSON.parse(store.documents.get(id) ?? ''), { status: 'completed' })
})
