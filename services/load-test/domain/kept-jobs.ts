import { jobOf, type KeptJob, type WaitingJob } from '#shared/contracts/kept-job.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { Spool } from '#shared/files/spool-file.ts'

/** The topic of the cluster that keeps load tests and drills. The last record of an id counts. */
export interface JobsTopic {
  /**
   * Writes a job, with as much of its detail as a record has room for, or removes it (null). Makes the topic if it is missing.
   * Writing again does no harm.
   * @throws KopsError record_too_large; what else fails may succeed at the next attempt
   */
  write(id: string, kept: KeptJob | null): Promise<void>
  /** The newest jobs. @throws KopsError if they cannot be read now */
  read(signal: AbortSignal): Promise<KeptJobsReading>
  close(): Promise<void>
}

export interface KeptJobsReading {
  /** Newest first. */
  jobs: KeptJob[]
  /** Keys of records that are no ended job of this version. */
  unreadable: string[]
  /** There are older ones, beyond the bounds of a reading. */
  isCut: boolean
}

/** The jobs in the service's own files. */
export interface LocalJobs {
  has(id: string): boolean
  /** undefined: there is no such run any more. */
  read(id: string): Promise<KeptJob | undefined>
  /** Keeps a job that ended elsewhere. */
  adopt(kept: KeptJob): Promise<void>
  /** Neither a load test nor a drill is under way. */
  isIdle(): boolean
}

export interface KeptJobsOptions {
  topic: JobsTopic
  /** What the topic has yet to receive. */
  spool: Spool<WaitingJob>
  local: LocalJobs
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/**
 * Keeps ended jobs in the cluster as well, so that a service on another machine knows them. Nothing waits for the topic: its writes
 * wait on disk, while the cluster is away and while a load test or a drill runs, which they would disturb.
 */
export interface KeptJobs {
  /** Begins to read what the own files lack, and to write what waits. */
  start(): void
  /** Keeps a job once it has ended, whatever the end. */
  keep(id: string, ended: Promise<unknown>): void
  /** Removes a job that the own files no longer have. */
  forget(id: string): void
  /** Resolves once what is to be kept is on disk at least. */
  close(): Promise<void>
}

const everyMs = 30_000
/** A service that closes gives the last job so long to reach the topic. */
const patienceMs = 2000

class Postponed extends Error {}

export function createKeptJobs({ topic, spool, local, onProblem }: KeptJobsOptions): KeptJobs {
  const closing = new AbortController()
  const appending = new Set<Promise<void>>()
  const failing = new Set<string>()
  let isRead = false
  let working: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  /** Reports an error when it begins, not at each attempt. */
  async function attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
      failing.delete(what)
    } catch (error) {
      if (error instanceof Postponed || closing.signal.aborted) return
      if (!failing.has(what)) onProblem(error, what)
      failing.add(what)
    }
  }

  async function readAll(): Promise<void> {
    const { jobs, unreadable, isCut } = await topic.read(closing.signal)
    for (const kept of jobs) {
      if (closing.signal.aborted) return
      if (!local.has(jobOf(kept).id)) await local.adopt(kept)
    }
    if (unreadable.length > 0) {
      const error = new Error(`no jobs of this version: ${unreadable.slice(0, 10).join(', ')}`)
      onProblem(error, `left out ${unreadable.length} records of the topic of jobs`)
    }
    if (isCut) onProblem(new Error('it has more than is read at a start'), 'left out older jobs of the topic of jobs')
    isRead = true
  }

  async function deliver(waiting: WaitingJob[]): Promise<void> {
    for (const [id, gone] of new Map(waiting.map((each) => [each.id, each.gone]))) {
      if (!local.isIdle()) throw new Postponed()
      const kept = gone ? undefined : await local.read(id)
      // A job that is gone by now has a later entry that says so.
      if (!kept && !gone) continue
      await topic.write(id, kept ?? null).catch((error: unknown) => {
        if (!isKopsError(error, 'record_too_large')) throw error
        onProblem(error, `could not keep ${id} in the cluster`)
      })
    }
  }

  async function work(): Promise<void> {
    if (!isRead) await attempt('could not read the topic of jobs', readAll)
    await attempt('jobs wait on disk for the topic of jobs', () => spool.drain(deliver))
  }

  async function run(): Promise<void> {
    while (working) await working
    if (closing.signal.aborted) return
    working = work().finally(() => {
      working = undefined
    })
    await working
  }

  function append(waiting: WaitingJob, ended?: Promise<unknown>): void {
    const appended = Promise.allSettled([ended])
      .then(() => spool.append(waiting))
      .catch((error) => onProblem(error, `could not keep ${waiting.id} for the topic of jobs`))
      .then(() => {
        appending.delete(appended)
        void run()
      })
    appending.add(appended)
  }

  return {
    start() {
      timer = setInterval(() => void run(), everyMs)
      void run()
    },
    keep: (id, ended) => append({ id, gone: false }, ended),
    forget: (id) => append({ id, gone: true }),
    async close() {
      clearInterval(timer)
      await Promise.all(appending)
      const patience = setTimeout(() => closing.abort(new Error('The service was stopped')), patienceMs)
      const closed = new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }))
      await Promise.race([working, closed])
      clearTimeout(patience)
      closing.abort(new Error('The service was stopped'))
      await topic.close()
      await working
    }
  }
}
