import type { KeptRun, WaitingRun } from '#shared/contracts/kept-run.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { Spool } from '#shared/files/spool-file.ts'

/** The topic of the cluster that keeps runs. The last record of an id counts. */
export interface RunsTopic {
  /**
   * Writes a run, with as much of its detail as a record has room for, or removes it (null). Makes the topic if it is missing.
   * Writing again does no harm.
   * @throws KopsError record_too_large; what else fails may succeed at the next attempt
   */
  write(id: string, kept: KeptRun | null): Promise<void>
  /** The newest runs. @throws KopsError if they cannot be read now */
  read(signal: AbortSignal): Promise<KeptRunsReading>
  close(): Promise<void>
}

export interface KeptRunsReading {
  /** Newest first. */
  runs: KeptRun[]
  /** Keys of records that are no ended run of this version. */
  unreadable: string[]
  /** There are older ones, beyond the bounds of a reading. */
  isCut: boolean
}

/** The runs in the service's own files. */
export interface LocalRuns {
  has(id: string): boolean
  /** undefined: there is no such run any more. */
  read(id: string): Promise<KeptRun | undefined>
  /** Keeps a run that ended elsewhere. */
  adopt(kept: KeptRun): Promise<void>
  /** No load test is under way. */
  isIdle(): boolean
}

export interface KeptRunsOptions {
  topic: RunsTopic
  /** What the topic has yet to receive. */
  spool: Spool<WaitingRun>
  local: LocalRuns
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/**
 * Keeps ended runs in the cluster as well, so that a service on another machine knows them. Nothing waits for the topic: its writes
 * wait on disk, while the cluster is away and while a load test runs, which they would disturb.
 */
export interface KeptRuns {
  /** Begins to read what the own files lack, and to write what waits. */
  start(): void
  /** Keeps a run once it has ended, whatever the end. */
  keep(id: string, ended: Promise<unknown>): void
  /** Removes a run that the own files no longer have. */
  forget(id: string): void
  /** Resolves once what is to be kept is on disk at least. */
  close(): Promise<void>
}

const everyMs = 30_000
/** A service that closes gives the last run so long to reach the topic. */
const patienceMs = 2000

class Postponed extends Error {}

export function createKeptRuns({ topic, spool, local, onProblem }: KeptRunsOptions): KeptRuns {
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
    const { runs, unreadable, isCut } = await topic.read(closing.signal)
    for (const kept of runs) {
      if (closing.signal.aborted) return
      if (!local.has(kept.run.id)) await local.adopt(kept)
    }
    if (unreadable.length > 0) {
      const error = new Error(`no runs of this version: ${unreadable.slice(0, 10).join(', ')}`)
      onProblem(error, `left out ${unreadable.length} records of the topic of runs`)
    }
    if (isCut) onProblem(new Error('it has more than is read at a start'), 'left out older runs of the topic of runs')
    isRead = true
  }

  async function deliver(waiting: WaitingRun[]): Promise<void> {
    for (const [id, gone] of new Map(waiting.map((each) => [each.id, each.gone]))) {
      if (!local.isIdle()) throw new Postponed()
      const kept = gone ? undefined : await local.read(id)
      // A run that is gone by now has a later entry that says so.
      if (!kept && !gone) continue
      await topic.write(id, kept ?? null).catch((error: unknown) => {
        if (!isKopsError(error, 'record_too_large')) throw error
        onProblem(error, `could not keep the load test ${id} in the cluster`)
      })
    }
  }

  async function work(): Promise<void> {
    if (!isRead) await attempt('could not read the topic of runs', readAll)
    await attempt('runs wait on disk for the topic of runs', () => spool.drain(deliver))
  }

  async function run(): Promise<void> {
    while (working) await working
    if (closing.signal.aborted) return
    working = work().finally(() => {
      working = undefined
    })
    await working
  }

  function append(waiting: WaitingRun, ended?: Promise<unknown>): void {
    const appended = Promise.allSettled([ended])
      .then(() => spool.append(waiting))
      .catch((error) => onProblem(error, `could not keep the load test ${waiting.id} for the topic of runs`))
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
