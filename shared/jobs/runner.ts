import { KopsError } from '../errors/catalog.ts'
import { createJobs, type Job, type Jobs, type JobsOptions } from './jobs.ts'

export interface JobRunnerOptions<T extends Job> extends JobsOptions<T> {
  newId: () => string
  /** The maximum number of concurrent jobs, and its reason. */
  atMost: { jobs: number; because: string }
  /** Refuses a job before anything is done for it, by rejecting. */
  assertRoom: () => Promise<void>
}

/** The context of a running job. */
export interface JobContext<T extends Job> {
  /** Aborted, with the reason, when the job is cancelled and when the service closes. */
  signal: AbortSignal
  /** The job as it is now. */
  current(): T
  /** Changes the job and passes it to its subscribers; the store follows when `persist` is not false. */
  update(change: Partial<T>, options?: { persist?: boolean }): void
}

/** The context of a job that waits for its place. */
export interface WaitingContext<T extends Job> extends JobContext<T> {
  /**
   * Takes the place, if it is free and no other job has waited longer.
   * @returns how to give it back, and go on waiting
   * @throws KopsError job_conflict
   */
  takePlace(): () => void
}

type End<T extends Job> = Partial<T> & { status: T['status'] }

export interface PreparedJob<T extends Job> {
  job: T
  /** Of a job that waits: resolves once it has its place; to its end if it does not get it. */
  admit?(context: WaitingContext<T>): Promise<End<T> | undefined>
  /** Does the work and resolves to the job's end. If it rejects, the job has failed, or was aborted. */
  work(context: JobContext<T>): Promise<End<T>>
  /** Releases what was prepared, if the job cannot start. */
  abandon(): Promise<void>
}

/** Runs whatever takes long: one lifecycle for all, from the request to a result that survives the service. */
export interface JobRunner<T extends Job>
  extends Pick<Jobs<T>, 'open' | 'adopt' | 'get' | 'list' | 'all' | 'subscribe'> {
  /**
   * Keeps a place, prepares a job and starts it. What `prepare` rejects with starts nothing and frees the place.
   * @param waits it has no place yet, and takes one when it is admitted
   * @throws KopsError job_conflict when too many are under way, or the service closes; storage_unavailable when it
   * cannot be saved
   */
  start(prepare: (id: string) => Promise<PreparedJob<T>>, how?: { waits: boolean }): Promise<T>
  /** Refuses what start() would refuse now, because too many are under way. @throws KopsError job_conflict */
  assertPlace(): void
  /** Resolves when the job has ended, whatever the end. @throws KopsError job_not_found */
  ended(id: string): Promise<T>
  /** Aborts a job and resolves to its end. @throws KopsError job_not_found, job_finished */
  cancel(id: string, reason: string): Promise<T>
  /** Aborts the running jobs, and resolves once they have ended. */
  close(): Promise<void>
}

interface Active<T extends Job> {
  abort: AbortController
  isWaiting: boolean
  done: Promise<T>
}

/** More jobs do not wait at a time. */
const mostWaiting = 10

export function createJobRunner<T extends Job>(options: JobRunnerOptions<T>): JobRunner<T> {
  const { clock, noun, atMost, onProblem } = options
  const jobs = createJobs(options)
  const active = new Map<string, Active<T>>()
  // A job takes its slot as soon as it is requested, or two concurrent requests would both find it free.
  let reserved = 0
  let closing = false

  const idsOf = (waiting: boolean) =>
    Array.from(active).flatMap(([id, { isWaiting }]) => (isWaiting === waiting ? id : []))

  function assertPlace(): void {
    const working = idsOf(false)
    if (working.length + reserved < atMost.jobs) return
    const underWay = working.join(', ') || 'one that is about to start'
    throw new KopsError(
      'job_conflict',
      `At most ${atMost.jobs} ${noun}${atMost.jobs === 1 ? '' : 's'} at a time, because ${atMost.because}; active: ${underWay}`
    )
  }

  /** @returns how to free what was reserved */
  function reserve(waits: boolean): () => void {
    if (closing) throw new KopsError('job_conflict', 'The service is closing')
    if (waits) {
      if (idsOf(true).length < mostWaiting) return () => undefined
      throw new KopsError('job_conflict', `At most ${mostWaiting} ${noun}s wait at a time`)
    }
    assertPlace()
    reserved += 1
    return () => {
      reserved -= 1
    }
  }

  function takePlace(id: string, entry: Active<T>): () => void {
    const [first] = idsOf(true)
    if (first !== id) throw new KopsError('job_conflict', `${first} waits, too, and has done so for longer`)
    assertPlace()
    entry.isWaiting = false
    return () => {
      entry.isWaiting = true
    }
  }

  async function carryOut({ job: { id }, admit, work }: PreparedJob<T>, entry: Active<T>): Promise<T> {
    const { signal } = entry.abort
    const context: JobContext<T> = {
      signal,
      current: () => jobs.get(id),
      update(change, how) {
        jobs.update(id, change, how).catch((error: unknown) => onProblem(error, `could not save ${noun} ${id}`))
      }
    }
    const run = async () =>
      (await admit?.({ ...context, takePlace: () => takePlace(id, entry) })) ?? (await work(context))
    const end = await run().catch((error: unknown) => ({
      status: signal.aborted ? 'aborted' : 'failed',
      failure: messageOf(error)
    }))
    // Whoever hears of the end may start the next one: the place is free before it is saved.
    active.delete(id)
    return jobs.update(id, { ...end, finishedAt: clock.now().toISOString() } as Partial<T>)
  }

  return {
    open: jobs.open,
    adopt: jobs.adopt,
    assertPlace,
    async start(prepare, { waits } = { waits: false }) {
      const free = reserve(waits)
      try {
        await options.assertRoom()
        const prepared = await prepare(options.newId())
        const { id } = prepared.job
        await jobs.add(prepared.job).catch(async (error: unknown) => {
          await prepared.abandon().catch((cause: unknown) => onProblem(cause, `could not abandon ${noun} ${id}`))
          throw error
        })
        const { job } = prepared
        const entry: Active<T> = { abort: new AbortController(), isWaiting: waits, done: Promise.resolve(job) }
        active.set(id, entry)
        entry.done = carryOut(prepared, entry)
        entry.done.catch((error: unknown) => onProblem(error, `could not finish ${noun} ${id}`))
        if (closing) entry.abort.abort(new Error('The service was stopped'))
        return job
      } finally {
        free()
      }
    },
    async ended(id) {
      return (await active.get(id)?.done) ?? jobs.get(id)
    },
    async cancel(id, reason) {
      const { status } = jobs.get(id)
      const running = active.get(id)
      if (!running) throw new KopsError('job_finished', `The ${noun} ${id} has ended: ${status}`)
      running.abort.abort(new Error(reason))
      return running.done
    },
    get: jobs.get,
    list: jobs.list,
    all: jobs.all,
    subscribe: jobs.subscribe,
    async close() {
      closing = true
      const running = Array.from(active.values())
      for (const { abort } of running) abort.abort(new Error('The service was stopped'))
      await Promise.allSettled(running.map(({ done }) => done))
      await jobs.close()
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
