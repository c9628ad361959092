import type { Clock } from '../clock.ts'
import { KopsError } from '../errors/catalog.ts'
import { createRetryingWrites } from '../files/retrying-writes.ts'

/** The shared base of load tests, drills and other long work. */
export interface Job {
  id: string
  status: string
  createdAt: string
  finishedAt: string | null
  failure?: string
}

/** Persistence of jobs, so that they survive the service. */
export interface JobStore<T extends Job> {
  /** Every job that can be read. */
  load(): Promise<T[]>
  /** Replaces the job of the same id in one step: a crash leaves the old state or the new one. */
  save(job: T): Promise<void>
  remove(id: string): Promise<void>
}

export interface JobsOptions<T extends Job> {
  store: JobStore<T>
  clock: Clock
  /** The noun for these jobs in errors: "load test". */
  noun: string
  /** The maximum number of finished jobs to keep, newest first. */
  keep: number
  /** The final state of a job interrupted by the service's death: counts that are unknown become null. */
  interrupted(job: T): T
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface Page<T> {
  items: T[]
  nextCursor: string | undefined
}

/** The jobs of one kind: their states, their readers and their histories. */
export interface Jobs<T extends Job> {
  /**
   * Loads the jobs of earlier processes. Resolves to those that were running when the service died; they are aborted.
   */
  open(): Promise<T[]>
  /** @throws what the store throws; then there is no such job */
  add(job: T): Promise<void>
  /** Keeps a job that ended elsewhere, unless one of its id is known. @throws what the store throws */
  adopt(job: T): Promise<void>
  /**
   * Changes a job and passes it to its subscribers; the store follows when `persist` is not false, as soon as it can:
   * a state that happened has happened, even if it cannot be saved yet.
   */
  update(id: string, change: Partial<T>, options?: { persist?: boolean }): Promise<T>
  /** @throws KopsError job_not_found */
  get(id: string): T
  /** Newest first. */
  list(page: { limit: number; cursor?: string | undefined }): Page<T>
  all(): T[]
  /** Calls back with every later state. Returns how to stop. @throws KopsError job_not_found */
  subscribe(id: string, listener: (job: T) => void): () => void
  /** Resolves after a last attempt to save what could not be saved yet. */
  close(): Promise<void>
}

const ended = new Set(['completed', 'aborted', 'failed'])

export function hasEnded(job: Pick<Job, 'status'>): boolean {
  return ended.has(job.status)
}

export function createJobs<T extends Job>(options: JobsOptions<T>): Jobs<T> {
  const jobs = new Map<string, T>()
  const listeners = new Map<string, Set<(job: T) => void>>()
  const { store, noun, onProblem } = options
  const writes = createRetryingWrites<T>({
    write: (job) => store.save(job),
    onFailure: (missing, error) => onProblem(error, `could not save ${noun} ${missing.map(({ id }) => id).join(', ')}`)
  })

  function get(id: string): T {
    const job = jobs.get(id)
    if (!job) throw new KopsError('job_not_found', `There is no ${noun} ${id}`)
    return job
  }

  function newestFirst(): T[] {
    return Array.from(jobs.values()).sort((a, b) => order(b).localeCompare(order(a)))
  }

  async function prune(): Promise<void> {
    const surplus = newestFirst().filter(hasEnded).slice(options.keep)
    for (const { id } of surplus) {
      jobs.delete(id)
      writes.forget(id)
      // One that stays is removed after the next start.
      await store.remove(id).catch((error: unknown) => onProblem(error, `could not remove ${noun} ${id}`))
    }
  }

  async function add(job: T): Promise<void> {
    await store.save(job)
    jobs.set(job.id, job)
    await prune()
  }

  return {
    async open() {
      const interrupted: T[] = []
      for (const job of await store.load()) {
        const state = hasEnded(job)
          ? job
          : { ...options.interrupted(job), status: 'aborted', finishedAt: options.clock.now().toISOString() }
        jobs.set(job.id, state)
        if (state === job) continue
        await writes.write(state)
        interrupted.push(state)
      }
      await prune()
      return interrupted
    },
    add,
    async adopt(job) {
      if (!jobs.has(job.id)) await add(job)
    },
    async update(id, change, { persist = true } = {}) {
      const job = { ...get(id), ...change }
      jobs.set(id, job)
      for (const listener of listeners.get(id) ?? []) listener(job)
      if (persist) await writes.write(job)
      return job
    },
    get,
    list({ limit, cursor }) {
      const sorted = newestFirst()
      const after = cursor === undefined ? sorted : sorted.filter((job) => order(job) < cursor)
      const items = after.slice(0, limit)
      const last = items.at(-1)
      return { items, nextCursor: last && after.length > limit ? order(last) : undefined }
    },
    all: () => Array.from(jobs.values()),
    subscribe(id, listener) {
      get(id)
      const set = listeners.get(id) ?? new Set()
      listeners.set(id, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(id)
      }
    },
    close: writes.close
  }
}

function order(job: Job): string {
  return `${job.createdAt}~${job.id}`
}
