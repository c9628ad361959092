import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKeptJobs, type JobsTopic, type KeptJobsReading } from '#services/load-test/domain/kept-jobs.ts'
import { jobOf, type KeptJob, type KeptRun, type WaitingJob, WaitingJobSchema } from '#shared/contracts/kept-job.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createSpoolFile } from '#shared/files/spool-file.ts'
import { poll } from '#shared/poll.ts'
import { ownFolder } from '../../../own-folder.ts'
import { keptRun } from '../kept-runs.ts'

const nothing: KeptJobsReading = { jobs: [], unreadable: [], isCut: false }

/** A service with runs of its own, in front of a topic that may fail. */
function build(t: Test, own: KeptJob[] = [], reading: KeptJobsReading = nothing, folder = ownFolder(t)) {
  const written: [string, KeptJob | null][] = []
  const problems: string[] = []
  const runs = new Map(own.map((kept) => [jobOf(kept).id, kept]))
  const state: { writing: Error | undefined; reading: Error | undefined; idle: boolean; closed: boolean } = {
    ...{ writing: undefined, reading: undefined, idle: true, closed: false }
  }
  const topic: JobsTopic = {
    async write(id, kept) {
      if (state.writing) throw state.writing
      written.push([id, kept])
    },
    async read() {
      if (state.reading) throw state.reading
      return reading
    },
    async close() {
      state.closed = true
    }
  }
  const kept = createKeptJobs({
    topic,
    spool: createSpoolFile<WaitingJob>({
      path: join(folder, 'runs-spool.jsonl'),
      schema: WaitingJobSchema,
      onUndecodable: () => {}
    }),
    local: {
      has: (id) => runs.has(id),
      read: async (id) => runs.get(id),
      async adopt(one) {
        runs.set(jobOf(one).id, one)
      },
      isIdle: () => state.idle
    },
    onProblem: (_error, what) => problems.push(what)
  })
  t.teardown(() => kept.close())
  const ids = () => written.map(([id, one]) => (one ? id : `-${id}`))
  return { kept, written, ids, problems, runs, state, folder }
}

const [one, two, three] = [keptRun(1), keptRun(2), keptRun(3)].map((run): KeptRun => ({ run, seconds: [] })) as [
  KeptRun,
  KeptRun,
  KeptRun
]
const away = new KopsError('cluster_unreachable', 'away')
const eventually = async (t: Test, what: string, condition: () => boolean) =>
  t.ok((await poll(async () => condition(), Boolean, { timeoutMs: 5000, pauseMs: 5 })).done, what)

t.test('a run is written once it has ended, whatever its end, and not before', async (t) => {
  const { kept, ids } = build(t, [one, two])
  const end = Promise.withResolvers<void>()
  kept.keep(one.run.id, end.promise)
  kept.keep(two.run.id, Promise.reject(new Error('could not be saved')))
  await eventually(t, 'the other one is written', () => ids().length === 1)
  t.same(ids(), [two.run.id])
  end.resolve()
  await eventually(t, 'both are written', () => ids().length === 2)
})

t.test('what the topic does not take waits on disk, also for the next process, and is reported once', async (t) => {
  const first = build(t, [one, two])
  first.state.writing = away
  first.kept.keep(one.run.id, Promise.resolve())
  await eventually(t, 'the failure is reported', () => first.problems.length === 1)
  first.kept.keep(two.run.id, Promise.resolve())
  await first.kept.close()
  t.same(first.ids(), [])
  t.same(first.problems, ['jobs wait on disk for the topic of jobs'])
  t.ok(first.state.closed)

  const next = build(t, [one, two], nothing, first.folder)
  next.kept.start()
  await eventually(t, 'both are written', () => next.ids().length === 2)
  t.same(next.ids(), [one.run.id, two.run.id])
  t.same(next.written[0]?.[1], one)
})

t.test('while a load test runs, nothing is written', async (t) => {
  const { kept, ids, problems, state } = build(t, [one, two])
  state.idle = false
  kept.keep(one.run.id, Promise.resolve())
  await kept.close()
  t.same(ids(), [])
  t.same(problems, [])
})

t.test('a run that the service no longer keeps is removed; one that is gone by then is not written', async (t) => {
  const { kept, ids, state } = build(t, [one])
  state.writing = away
  kept.keep(one.run.id, Promise.resolve())
  kept.keep('20260131T000000-000000', Promise.resolve())
  kept.forget(two.run.id)
  state.writing = undefined
  kept.forget(three.run.id)
  await eventually(t, 'all are written', () => ids().length >= 3)
  t.same(new Set(ids()), new Set([one.run.id, `-${two.run.id}`, `-${three.run.id}`]))
})

t.test('a run that is too large for the topic holds up no other', async (t) => {
  const { kept, ids, problems, state } = build(t, [one, two])
  state.writing = new KopsError('record_too_large', 'no')
  kept.keep(one.run.id, Promise.resolve())
  await eventually(t, 'it is reported', () => problems.length === 1)
  t.match(problems, [new RegExp(`could not keep ${one.run.id}`)])
  state.writing = undefined
  kept.keep(two.run.id, Promise.resolve())
  await eventually(t, 'the next is written', () => ids().length === 1)
  t.same(ids(), [two.run.id])
})

t.test('a start reads the runs that the own files lack, and says what it leaves out', async (t) => {
  const foreign = { ...one, run: { ...one.run, topic: 'other' } }
  const reading = { jobs: [foreign, two], unreadable: ['poison'], isCut: true }
  const { kept, runs, problems, ids } = build(t, [one], reading)
  kept.start()
  await eventually(t, 'the other run is there', () => runs.size === 2)
  await kept.close()
  t.same(runs.get(one.run.id), one, 'the own files are the source')
  t.same(problems, ['left out 1 records of the topic of jobs', 'left out older jobs of the topic of jobs'])
  t.same(ids(), [], 'what was read is not written again')
})

t.test('a topic that cannot be read is read later, and written all the same', async (t) => {
  const { kept, runs, problems, ids, state } = build(t, [one], { ...nothing, jobs: [two] })
  state.reading = away
  kept.start()
  kept.keep(one.run.id, Promise.resolve())
  await eventually(t, 'the own run is written', () => ids().length === 1)
  t.same(problems, ['could not read the topic of jobs'])
  t.notOk(runs.has(two.run.id))
  state.reading = undefined
  kept.keep(one.run.id, Promise.resolve())
  await eventually(t, 'the other run is there', () => runs.has(two.run.id))
})
