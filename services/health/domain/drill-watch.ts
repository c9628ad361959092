import type { Clock } from '#shared/clock.ts'
import type { RunningDrill, Scorecard } from '#shared/contracts/drill-scorecard.ts'
import type { AlertSource } from './events/index.ts'

/** load-test-service, as far as it is asked. @throws whatever keeps it from answering */
export interface DrillSource {
  running(signal: AbortSignal): Promise<RunningDrill | null>
  scorecard(signal: AbortSignal): Promise<Scorecard>
}

/** What load-test-service says of drills, from the last readings; nothing waits for it. */
export interface DrillWatch extends AlertSource {
  start(): void
  /** The drill under way; null: none, or it is not known. */
  running(): RunningDrill | null
  /** The last scorecard, for as long as it is read again; null: none. */
  scorecard(): Scorecard | null
  close(): Promise<void>
}

export interface DrillWatchOptions {
  source: DrillSource
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  /** Hears when the source begins to fail (with the error), and when it answers again. */
  onChange: (error: unknown) => void
}

/** Before the alerts of a broker that dies: those fire after 8 s. */
const runningMs = 2000
/** It changes with drills and restarts of brokers. */
const scorecardMs = 60_000
/** A service that restarts does not end a drill's alert. */
const forgetMs = 15_000

export function createDrillWatch({ source, clock, onChange }: DrillWatchOptions): DrillWatch {
  const closing = new AbortController()
  const { signal } = closing
  const listeners = new Set<() => void>()
  let running: RunningDrill | null = null
  let scorecard: Scorecard | null = null
  let heardAtMs = clock.monotonicMs()
  let scorecardDueAtMs = Number.NEGATIVE_INFINITY
  let isFailing = false
  let reading: Promise<void> | undefined
  let watching = Promise.resolve()

  function take(next: RunningDrill | null): void {
    const changed = next?.id !== running?.id || next?.status !== running?.status
    // What the drill has measured is not waited for.
    if (running && !next) scorecardDueAtMs = Number.NEGATIVE_INFINITY
    running = next
    if (changed) for (const listener of listeners) listener()
  }

  function readScorecard(): void {
    // While a drill breaks the cluster, its brokers are not asked for their configuration.
    if (running !== null || reading || clock.monotonicMs() < scorecardDueAtMs) return
    scorecardDueAtMs = clock.monotonicMs() + scorecardMs
    // It takes seconds while brokers are silent: a drill that begins meanwhile is not to be missed.
    reading = source
      .scorecard(signal)
      .catch(() => null)
      .then((found) => {
        scorecard = found
        reading = undefined
      })
  }

  async function read(): Promise<void> {
    take(await source.running(signal))
    readScorecard()
    heardAtMs = clock.monotonicMs()
    if (isFailing) onChange(undefined)
    isFailing = false
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await read().catch((error: unknown) => {
        if (signal.aborted) return
        if (!isFailing) onChange(error)
        isFailing = true
        if (clock.monotonicMs() - heardAtMs < forgetMs) return
        take(null)
        scorecard = null
      })
      await clock.sleep(runningMs, signal).catch(() => undefined)
    }
  }

  return {
    start() {
      watching = watch()
    },
    running: () => running,
    scorecard: () => scorecard,
    current() {
      if (!running) return []
      const { id, kind, node, status, createdAt } = running
      return [
        {
          id: `drill/${id}`,
          alert: 'drill_running',
          severity: 'info',
          summary: `This is a drill: ${kind} of ${node}, ${status}`,
          source: 'drill',
          labels: { drill: id, kind, node, phase: status },
          startedAt: createdAt,
          serviceId: 'kafka',
          instanceId: node
        }
      ]
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await watching
      await reading
    }
  }
}
