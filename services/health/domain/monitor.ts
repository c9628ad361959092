import type { ClusterHealth } from '../../../shared/contracts/health.ts'
import type { Clock } from './clock.ts'
import { evaluate, statusOf } from './evaluate.ts'
import { type ClusterReadings, type KnownBroker, type Part, parts } from './readings.ts'

/** One judged reading. It is never changed: the API and the metrics of one moment tell the same. */
export interface Snapshot {
  readonly health: Readonly<ClusterHealth>
  readonly readings: Readonly<ClusterReadings>
  /** When the reading began, on the clock's monotonic scale. */
  readonly takenAtMs: number
}

export interface MonitorOptions {
  /** One sweep over the cluster, bounded in time by itself. */
  sweep: (known: ReadonlyMap<number, KnownBroker>, signal: AbortSignal) => Promise<ClusterReadings>
  clock: Clock
  pollIntervalMs: number
  /** A snapshot older than this is read anew before it is given to someone who asks. */
  maxAgeMs: number
  /** Hears of a sweep that failed as a whole, which no state of the cluster should make it do. */
  onError: (error: unknown) => void
}

/** Keeps the last snapshot of the cluster fresh. */
export interface Monitor {
  /** Begins to poll. The first snapshot is taken at once. */
  start(): void
  /**
   * A snapshot no older than maxAgeMs. Those who ask at the same time share one sweep. When a sweep fails as a whole, the
   * snapshot before it, with the reason `reading_stale`.
   * @throws whatever the sweep threw when there is no snapshot yet
   */
  current(): Promise<Snapshot>
  /** The last snapshot, however old, without reading anything. */
  last(): Snapshot | undefined
  ageMs(snapshot: Snapshot): number
  /** How many errors each part has met since the start. */
  errorTotals(): ReadonlyMap<Part, number>
  /** Ends the polling and the sweep in flight. */
  close(): Promise<void>
}

export function createMonitor({ sweep, clock, pollIntervalMs, maxAgeMs, onError }: MonitorOptions): Monitor {
  const closing = new AbortController()
  const totals = new Map<Part, number>(parts.map((part) => [part, 0]))
  let last: Snapshot | undefined
  let inFlight: Promise<Snapshot> | undefined
  let polling: Promise<void> = Promise.resolve()

  async function take(): Promise<Snapshot> {
    const takenAtMs = clock.monotonicMs()
    const readings = await sweep(last?.readings.known ?? new Map(), closing.signal)
    for (const [part, count] of readings.errors) totals.set(part, (totals.get(part) ?? 0) + count)
    last = { health: evaluate(readings), readings, takenAtMs }
    return last
  }

  function refresh(): Promise<Snapshot> {
    inFlight ??= take().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  async function poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await refresh()
      } catch (error) {
        if (!signal.aborted) onError(error)
      }
      await clock.sleep(pollIntervalMs, signal).catch(() => signal.aborted)
    }
  }

  const ageMs = (snapshot: Snapshot) => clock.monotonicMs() - snapshot.takenAtMs

  return {
    start() {
      polling = poll(closing.signal)
    },
    async current() {
      if (last && ageMs(last) <= maxAgeMs) return last
      try {
        return await refresh()
      } catch (error) {
        if (!last) throw error
        onError(error)
        return stale(last, ageMs(last))
      }
    },
    last: () => last,
    ageMs,
    errorTotals: () => totals,
    async close() {
      closing.abort()
      await polling
      await inFlight?.catch(() => undefined)
    }
  }
}

function stale(snapshot: Snapshot, ageMs: number): Snapshot {
  const reasons = [
    ...snapshot.health.reasons,
    {
      code: 'reading_stale' as const,
      message: `The last reading is ${Math.round(ageMs / 1000)} s old: reading again failed`,
      severity: 'degraded' as const
    }
  ]
  return { ...snapshot, health: { ...snapshot.health, reasons, status: statusOf(reasons) } }
}
