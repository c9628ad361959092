import type { Clock } from '#shared/clock.ts'
import { createEvaluate, markStale } from './evaluate.ts'
import { createCurrentGroups, type GroupHistory } from './groups/index.ts'
import { createLatest, type Quick } from './latest.ts'
import type { PartOutcomes } from './part-log.ts'
import { createMetadataRule, createPulse } from './pulse.ts'
import { type ClusterReadings, type Part, parts } from './readings.ts'
import { createRecovery } from './recovery.ts'
import type { SignsOfLife } from './signs.ts'
import type { Snapshot } from './snapshot.ts'
import type { Sweeper } from './sweep.ts'

export interface MonitorOptions {
  sweeper: Sweeper
  /** Reads the signs of life, for the pulse. @param last the previous ones */
  readSigns: (last: ClusterReadings | undefined, signal: AbortSignal) => Promise<SignsOfLife>
  clock: Clock
  /** Remembers what each full sweep saw of groups. */
  history: GroupHistory
  /** Time from the end of one full sweep to the begin of the next. */
  pollIntervalMs: number
  /** Time from the start of one pulse to the start of the next; 0: no pulse. */
  pulseIntervalMs: number
  /** A snapshot that is older than this has its quick reading repeated before it is given to a caller. */
  maxAgeMs: number
  /** Whether a group may stop with unread records; undefined: none may. */
  mayStop?: (group: string) => boolean
  /** Hears of a reading that failed as a whole, which no state of the cluster should make it do. */
  onError: (error: unknown) => void
}

/** Keeps the last snapshot of the cluster fresh. */
export interface Monitor {
  /** Begins to poll, and the pulse. The first snapshot is taken at once. */
  start(): void
  /**
   * A snapshot whose quick reading is no older than maxAgeMs; its other parts are those of the last full sweep.
   * Concurrent callers share one reading. If the reading fails entirely, returns the previous snapshot, with the reason
   * `reading_stale`.
   * @throws the error of the reading, if there is no snapshot yet
   */
  current(): Promise<Snapshot>
  /** The last snapshot, however old, without reading anything. */
  last(): Snapshot | undefined
  ageMs(snapshot: Snapshot): number
  /** Since the last pulse began that has ended; undefined without a pulse. */
  pulseAgeMs(): number | undefined
  /** Number of errors of each part since the start. */
  errorTotals(): ReadonlyMap<Part, number>
  /** When each part was last read with success: when that reading began. */
  lastSuccesses(): ReadonlyMap<Part, Date>
  /** Calls the listener with every new snapshot, right after it is published. Returns what ends that. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  /** Ends the polling, the pulse and the readings in flight. */
  close(): Promise<void>
}

/** If the first full sweep takes longer than this, waiting callers get only the quick reading. */
const firstAnswerMs = 1700

export function createMonitor(options: MonitorOptions): Monitor {
  const { sweeper, readSigns, clock, history, pollIntervalMs, pulseIntervalMs, maxAgeMs, mayStop, onError } = options
  const closing = new AbortController()
  const { signal } = closing
  const totals = new Map<Part, number>(parts.map((part) => [part, 0]))
  const successes = new Map<Part, Date>()
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let last: Snapshot | undefined
  let quickInFlight: Promise<Quick> | undefined
  let fullInFlight: Promise<Snapshot> | undefined
  let polling: Promise<void> = Promise.resolve()
  /** Ends the pause between two sweeps. */
  let early = new AbortController()
  const evaluate = createEvaluate()
  const ifOpen = (error: unknown) => {
    if (!signal.aborted) onError(error)
  }
  const groups = createCurrentGroups({
    history,
    clock,
    read: (names, metadata) => sweeper.groupsAgain(names, metadata, signal),
    onError: ifOpen
  })
  const isMetadataDue = createMetadataRule()
  const recovery = createRecovery()
  const latest = createLatest(recovery)
  const pulse = createPulse({ clock, intervalMs: pulseIntervalMs, beat: takePulse, onError })

  function account({ parts, problems }: PartOutcomes): void {
    for (const [part, { ok, asOf }] of parts) if (ok) successes.set(part, asOf)
    for (const [part, found] of problems) totals.set(part, (totals.get(part) ?? 0) + found.length)
  }

  async function takeQuick(): Promise<Quick> {
    const takenAtMs = clock.monotonicMs()
    const readings = await sweeper.quick(last?.readings, signal)
    account(readings)
    const quick = { readings, takenAtMs }
    latest.tookQuick(quick)
    return quick
  }

  /** One quick reading at a time: full sweeps, pulses and callers share it. */
  function readQuick(): Promise<Quick> {
    quickInFlight ??= takeQuick().finally(() => {
      quickInFlight = undefined
    })
    return quickInFlight
  }

  async function takeFull(): Promise<Snapshot> {
    const startedAtMs = clock.monotonicMs()
    const vouched = latest.vouched(startedAtMs - maxAgeMs)
    const started = vouched ? Promise.resolve(vouched) : readQuick()
    const read = await sweeper.rest(
      started.then(({ readings }) => readings),
      last?.readings,
      signal
    )
    account(read)
    const quick = await started
    const endedAtMs = clock.monotonicMs()
    // Commits are judged and recorded here: tens of thousands of them do not outlive the sweep.
    const { committed } = read
    latest.tookSweep({ readings: { ...read, committed: [] }, startedAtMs, endedAtMs })
    const readings = { ...latest.readings(quick), durationMs: endedAtMs - startedAtMs }
    groups.swept({ ...readings, committed })
    return publish('full', readings)
  }

  async function takePulse(): Promise<void> {
    const takenAtMs = clock.monotonicMs()
    const signs = await readSigns(last?.readings, signal)
    account(signs)
    const changed = latest.tookSigns(signs, takenAtMs)
    const before = latest.quick()
    const metadataAgeMs = before?.readings.metadata ? takenAtMs - before.takenAtMs : undefined
    if (!isMetadataDue({ changed, metadataAgeMs })) latest.confirm(signs, takenAtMs)
    else {
      await readQuick().catch(ifOpen)
    }
    const quick = latest.quick()
    // The first snapshot is that of a full sweep, unless a caller cannot wait for it.
    if (signal.aborted || !quick || !last) return
    publish('quick', latest.readings(quick))
    const swept = latest.swept()
    if (!swept || fullInFlight) return
    if (quick.readings.metadata) groups.readAgainWhenDue(quick.readings.metadata)
    const partial = swept.readings.problems.size > 0
    if (recovery.wantsSweep({ ...swept, partial }, clock.monotonicMs())) early.abort()
  }

  function readFull(): Promise<Snapshot> {
    fullInFlight ??= takeFull().finally(() => {
      fullInFlight = undefined
    })
    return fullInFlight
  }

  function publish(kind: Snapshot['kind'], readings: ClusterReadings): Snapshot {
    const takenAtMs = latest.validAtMs()
    const health = evaluate(readings, groups.all(), { before: last?.health.reasons, ...(mayStop && { mayStop }) })
    const snapshot = { kind, health, readings, groups: groups.all(), watched: groups.watched(), takenAtMs }
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
    const quick = readQuick()
    // It is waited for below, unless the full sweep, which waits for it too, fails before.
    quick.catch(() => undefined)
    if (!latest.swept()) {
      const first = await withinMs(readFull(), firstAnswerMs - (clock.monotonicMs() - askedAt))
      if (first) return first
    }
    const read = await quick
    // Another caller, the pulse, or the full sweep that this reading is of, was quicker.
    if (last && last.takenAtMs >= read.takenAtMs) return last
    return publish('quick', latest.readings(read))
  }

  /** undefined if the work takes longer; it continues. */
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
      recovery.sweeps(early.signal.aborted)
      early = new AbortController()
      try {
        await readFull()
      } catch (error) {
        ifOpen(error)
      }
      await clock.sleep(pollIntervalMs, AbortSignal.any([signal, early.signal])).catch(() => undefined)
    }
  }

  const ageMs = (snapshot: Snapshot) => clock.monotonicMs() - snapshot.takenAtMs

  return {
    start() {
      polling = poll()
      pulse.start()
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
    pulseAgeMs: pulse.ageMs,
    errorTotals: () => totals,
    lastSuccesses: () => successes,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await Promise.all([polling, pulse.close()])
      await Promise.allSettled([fullInFlight, quickInFlight, groups.settled()])
    }
  }
}
