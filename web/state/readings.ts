import { type Signal, signal } from '@preact/signals'
import type { Problem } from '#shared/contracts/common.ts'
import type { Call } from '../api/call.ts'
import { problemOf } from '../api/problem.ts'
import type { AnswerOf, Parts, PartsOf, ReadingRoute } from '../api/routes.ts'

/** What the console knows of one answer of the API. What was read stays when a later call fails. */
export interface Reading<T> {
  value: T | undefined
  /** When `value` was received, by this machine's clock. */
  receivedAt: number | undefined
  /** Why the last call failed. */
  problem: Problem | undefined
  loading: boolean
}

/** A reading that is kept up to date while something shows it. */
export interface LiveReading<T> {
  reading: Signal<Reading<T>>
  refresh(): Promise<void>
}

export interface Readings {
  /** The same one for the same call. */
  of<R extends ReadingRoute>(route: R, parts?: PartsOf<R>): LiveReading<AnswerOf<R>>
  /** Reads at once, and then at this interval, until the returned function is called. Several watchers share the calls. */
  watch<R extends ReadingRoute>(route: R, parts: PartsOf<R> | undefined, everyMs: number): () => void
  /** Reads everything again that is shown and whose address begins with this. */
  refresh(path?: string): void
  /** Forgets all: another caller logs in. */
  clear(): void
}

export interface ReadingsOptions {
  call: Call
  now: () => number
  /** Pages that nobody sees read nothing. */
  isVisible: () => boolean
}

interface Entry {
  route: ReadingRoute
  reading: Signal<Reading<unknown>>
  read(): Promise<void>
  /** The intervals of those that show it. */
  watchers: Map<symbol, number>
  timer: ReturnType<typeof setTimeout> | undefined
}

/** Answers nobody shows are kept so that going back is instant; beyond this number the oldest go. */
const mostKept = 200

export function createReadings({ call, now, isVisible }: ReadingsOptions): Readings {
  const entries = new Map<string, Entry>()

  function entryOf<R extends ReadingRoute>(route: R, parts?: PartsOf<R>): Entry {
    const key = keyOf(route, parts)
    const known = entries.get(key)
    if (known) return known
    const reading = signal<Reading<unknown>>({
      value: undefined,
      receivedAt: undefined,
      problem: undefined,
      loading: false
    })
    let running: Promise<void> | undefined
    const read = () => {
      running ??= (async () => {
        reading.value = { ...reading.value, loading: true }
        try {
          const value = await call(route, parts)
          reading.value = { value, receivedAt: now(), problem: undefined, loading: false }
        } catch (error) {
          reading.value = { ...reading.value, problem: problemOf(error), loading: false }
        } finally {
          running = undefined
        }
      })()
      return running
    }
    const entry: Entry = { route, reading, read, watchers: new Map(), timer: undefined }
    entries.set(key, entry)
    forgetSome()
    return entry
  }

  function forgetSome(): void {
    for (const [key, { watchers }] of entries) {
      if (entries.size <= mostKept) return
      if (watchers.size === 0) entries.delete(key)
    }
  }

  function schedule(entry: Entry): void {
    clearTimeout(entry.timer)
    entry.timer = undefined
    if (entry.watchers.size === 0) return
    entry.timer = setTimeout(
      async () => {
        if (isVisible()) await entry.read()
        schedule(entry)
      },
      Math.min(...entry.watchers.values())
    )
  }

  return {
    of<R extends ReadingRoute>(route: R, parts?: PartsOf<R>) {
      const { reading, read } = entryOf(route, parts)
      // The entry's call has the type of its route.
      return { reading: reading as Signal<Reading<AnswerOf<R>>>, refresh: read }
    },
    watch(route, parts, everyMs) {
      const entry = entryOf(route, parts)
      const watcher = Symbol()
      entry.watchers.set(watcher, everyMs)
      const { receivedAt } = entry.reading.peek()
      if (receivedAt === undefined || now() - receivedAt >= everyMs / 2) void entry.read()
      schedule(entry)
      return () => {
        entry.watchers.delete(watcher)
        schedule(entry)
      }
    },
    refresh(path = '') {
      for (const entry of entries.values()) {
        if (entry.watchers.size > 0 && entry.route.startsWith(`GET ${path}`)) void entry.read()
      }
    },
    clear() {
      for (const { timer } of entries.values()) clearTimeout(timer)
      entries.clear()
    }
  }
}

function keyOf(route: string, { params, query }: Parts = {}): string {
  return JSON.stringify([route, params ?? null, query ?? null])
}
