import t from 'tap'
import { createJobs, type Job } from '#shared/jobs/jobs.ts'
import { manualClock } from '../../manual-clock.ts'
import { memoryStore } from './memory-store.ts'

function job(id: string, status = 'completed', createdAt = `2026-01-31T12:00:0${id}.000Z`): Job {
  return { id, status, createdAt, finishedAt: null }
}

function build(kept: Job[], keep = 10) {
  const store = memoryStore(kept)
  const problems: string[] = []
  const onProblem = (_: unknown, what: string) => void problems.push(what)
  const options = { store, clock: manualClock(), noun: 'job', keep, onProblem }
  return {
    store,
    problems,
    jobs: createJobs<Job>({ ...options, interrupted: (one) => ({ ...one, failure: 'it died' }) })
  }
}

t.test('jobs that were running when the service died are aborted and reported; finished ones are kept', async (t) => {
  const { jobs, store } = build([job('1'), job('2', 'running'), job('3', 'failed')])
  t.match(await jobs.open(), [{ id: '2', status: 'aborted' }])
  t.match(jobs.get('2'), { status: 'aborted', failure: 'it died', finishedAt: '2026-01-31T12:00:00.000Z' })
  t.match(JSON.parse(store.documents.get('2') ?? ''), { status: 'aborted' })
  t.equal(jobs.get('1').status, 'completed')
})

t.test('pages go from the newest to the oldest without gaps or repeats', async (t) => {
  const { jobs } = build(['1', '2', '3', '4', '5'].map((id) => job(id)))
  await jobs.open()
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = jobs.list({ limit: 2, cursor })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.same(seen, ['5', '4', '3', '2', '1'])
})

t.test('the oldest finished jobs are removed; running ones are not', async (t) => {
  const { jobs, store } = build([], 2)
  await jobs.open()
  await jobs.add(job('1', 'running'))
  for (const id of ['2', '3', '4']) await jobs.add(job(id))
  t.same(Array.from(store.documents.keys()).sort(), ['1', '3', '4'])
  t.throws(() => jobs.get('2'), { code: 'job_not_found' })
})

t.test('a job that ended elsewhere is kept, unless its id is known', async (t) => {
  const { jobs, store } = build([job('1')], 2)
  await jobs.open()
  await jobs.adopt(job('2', 'failed'))
  await jobs.adopt(job('1', 'aborted'))
  t.match(jobs.get('2'), { status: 'failed' })
  t.match(jobs.get('1'), { status: 'completed' })
  t.match(JSON.parse(store.documents.get('2') ?? ''), { status: 'failed' })
  await jobs.adopt(job('0'))
  t.throws(() => jobs.get('0'), { code: 'job_not_found' }, 'as many as are kept, the newest ones')
})

t.test('subscribers get changes until they leave', async (t) => {
  const { jobs } = build([])
  await jobs.open()
  await jobs.add(job('1', 'running'))
  const heard: string[] = []
  const leave = jobs.subscribe('1', ({ status }) => heard.push(status))
  await jobs.update('1', { status: 'verifying' }, { persist: false })
  leave()
  await jobs.update('1', { status: 'completed' })
  t.same(heard, ['verifying'])
  t.throws(() => jobs.subscribe('2', () => {}), { code: 'job_not_found' })
})

t.test('a finished job that cannot be removed is reported, and keeps no other from being added', async (t) => {
  const { jobs, store, problems } = build([], 1)
  await jobs.open()
  store.remove = () => Promise.reject(new Error('EIO'))
  await jobs.add(job('1'))
  await t.resolves(jobs.add(job('2')))
  t.same(
    jobs.all().map(({ id }) => id),
    ['2']
  )
  t.same(problems, ['could not remove job 1'])
})

t.test('a service starts although it cannot save which jobs were interrupted', async (t) => {
  const { jobs, store, problems } = build([job('1', 'running')])
  store.save = () => Promise.reject(new Error('ENOSPC'))
  t.match(await jobs.open(), [{ id: '1', status: 'aborted' }])
  t.same(problems, ['could not save job 1'])
  store.save = async () => {}
  await jobs.close()
})
