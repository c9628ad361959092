import type { ClusterHealth } from '../../../shared/contracts/health.ts'
import type { Clock } from './clock.ts'
import type { CoreReadings } from './core.ts'
import { evaluate, markStale } from './evaluate.ts'
import { type GroupHistory, type JudgedGroup, judgeGroups } from './groups/index.ts'
import type { PartOutcomes } from './part-log.ts'
import { type ClusterReadings, type Part, parts } from './readings.ts'
import { compose, type SlowReadings, type Sweeper } from './sweep.ts'

/** One judged reading. It is never changed: the API and the metrics of one moment tell the same. */
export interface Snapshot {
  /** `full`: everything was read; `core`: brokers, metadata and ensemble were, the rest is that of the full sweep before. */
  readonly kind: 'full' | 'core'
  readonly health: Readonly<ClusterHealth>
  readonly readings: Readonly<ClusterReadings>
  /** Every group, partition by partition, as the last full sweep has them. */
  readonly groups: readonly JudgedGroup[]
  /** When the reading of the core began, on the clock's monotonic scale. */
  readonly takenAtMs: number
}

export interface MonitorOptions {
  sweeper: Sweeper
  clock: Clock
  /** Remembers what each full sweep saw of groups. */
  history: GroupHistory
  /** Time from the end of one full sweep to the begin of the next. */
  pollIntervalMs: number
  /** The core of a snapshot that is older than this is read anew before it is given to someone who asks. */
  maxAgeMs: number
  /** Whether a group may stop with records unread; none may when undefined. */
  mayStop?: (group: string) => boolean
  /** Hears of a reading that failed as a whole, which no state of the cluster should make it do. */
  onError: (error: unknown) => void
}

/** Keeps the last snapshot of the cluster fresh. */
export interface Monitor {
  /** Begins to poll. The first snapshot is taken at once. */
  start(): void
  /**
   * A snapshot whose core is no older than maxAgeMs; its other parts are those of the last full sweep. Those who ask at the
   * same time share one reading. When it fails as a whole, the snapshot before it, with the reason `reading_stale`.
   * @throws whatever the reading threw when there is no snapshot yet
   */
  current(): Promise<Snapshot>
  /** The last snapshot, however old, without reading anything. */
  last(): Snapshot | undefined
  ageMs(snapshot: Snapshot): number
  /** How many errors each part has met since the start. */
  errorTotals(): ReadonlyMap<Part, number>
  /** When each part was last read with success: when that reading began. */
  lastSuccesses(): ReadonlyMap<Part, Date>
  /** Calls the listener with every new snapshot, right after it is published. Returns what ends that. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  /** Ends the polling and the readings in flight. */
  close(): Promise<void>
}

/** Who asks before the first full sweep is over gets the core alone when that takes longer than this. */
const firstAnswerMs = 1700

export function createMonitor(options: MonitorOptions): Monitor {
  const { sweeper, clock, history, pollIntervalMs, maxAgeMs, mayStop, onError } = options
  const closing = new AbortController()
  const { signal } = closing
  const totals = new Map<Part, number>(parts.map((part) => [part, 0]))
  const successes = new Map<Part, Date>()
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let last: Snapshot | undefined
  let slow: SlowReadings | undefined
  let groups: readonly JudgedGroup[] = []
  let coreInFlight: Promise<Core> | undefined
  let fullInFlight: Promise<Snapshot> | undefined
  let polling: Promise<void> = Promise.resolve()

  interface Core {
    readings: CoreReadings
    takenAtMs: number
  }

  function account({ parts, problems }: PartOutcomes): void {
    for (const [part, { ok, asOf }] of parts) if (ok) successes.set(part, asOf)
    for (const [part, found] of problems) totals.set(part, (totals.get(part) ?? 0) + found.length)
  }

  async function takeCore(): Promise<Core> {
    const takenAtMs = clock.monotonicMs()
    const readings = await sweeper.core(last?.readings, signal)
    account(readings)
    return { readings, takenAtMs }
  }

  /** One reading of the core at a time: full sweeps and those who ask share it. */
  function readCore(): Promise<Core> {
    coreInFlight ??= takeCore().finally(() => {
      coreInFlight = undefined
    })
    return coreInFlight
  }

  async function takeFull(): Promise<Snapshot> {
    const startedAt = clock.monotonicMs()
    const started = readCore()
    const read = await sweeper.slow(
      started.then(({ readings }) => readings),
      last?.readings,
      signal
    )
    account(read)
    const core = await started
    const readings = { ...compose(core.readings, read), durationMs: clock.monotonicMs() - startedAt }
    history.record(readings)
    groups = judgeGroups(readings, history)
    slow = read
    return publish('full', readings, core.takenAtMs)
  }

  function readFull(): Promise<Snapshot> {
    fullInFlight ??= takeFull().finally(() => {
      fullInFlight = undefined
    })
    return fullInFlight
  }

  function publish(kind: Snapshot['kind'], readings: ClusterReadings, takenAtMs: number): Snapshot {
    const health = evaluate(readings, groups, { before: last?.health.reasons, ...(mayStop && { mayStop }) })
    const snapshot = { kind, health, readings, groups, takenAtMs }
    last = snapshot
    for (const listener of listeners) {
      try {
        listener(snapshot)
      } catch (error) {
        onError(error)
      }
    }
    return snapshot
  }

  async function refresh(): Promise<Snapshot> {
    const askedAt = clock.monotonicMs()
    const core = readCore()
    // It is waited for below, unless the full sweep, which waits for it too, fails before.
    core.catch(() => undefined)
    if (!slow) {
      const first = await withinMs(readFull(), firstAnswerMs - (clock.monotonicMs() - askedAt))
      if (first) return first
    }
    const { readings, takenAtMs } = await core
    // Another one who asked, or the full sweep that this core is of, was quicker.
    if (last && last.takenAtMs >= takenAtMs) return last
    return publish('core', compose(readings, slow), takenAtMs)
  }

  /** undefined when the work takes longer; it goes on. */
  async function withinMs<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
    const enough = new AbortController()
    try {
      return await Promise.race([
        work,
        clock.sleep(Math.max(1, ms), AbortSignal.any([signal, enough.signal])).then(() => undefined)
      ])
    } finally {
      enough.abort()
      work.catch(() => undefined)
    }
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      try {
        await readFull()
      } catch (error) {
        if (!signal.aborted) onError(error)
      }
      await clock.sleep(pollIntervalMs, signal).catch(() => signal.aborted)
    }
  }

  const ageMs = (snapshot: Snapshot) => clock.monotonicMs() - snapshot.takenAtMs

  return {
    start() {
      polling = poll()
    },
    async current() {
      if (last && ageMs(last) <= maxAgeMs) return last
      try {
        return await refresh()
      } catch (error) {
        if (!last) throw error
        onError(error)
        return { ...last, health: markStale(last.health, ageMs(last), last.health.asOf) }
      }
    },
    last: () => last,
    ageMs,
    errorTotals: () => totals,
    lastSuccesses: () => successes,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await polling
      await Promise.allSettled([fullInFlight, coreInFlight])
    }
  }
}
