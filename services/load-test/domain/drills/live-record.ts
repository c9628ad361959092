import type { Clock } from '#shared/clock.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { countRates, type RateCounter } from './rates.ts'
import type { DrillPlan } from './steps.ts'
import { answersOf, timelinesOf } from './timelines.ts'
import type { Watcher } from './watcher.ts'
import type { Workload } from './workload.ts'

export interface LiveRecordParts {
  plan: { topic: Pick<DrillPlan['topic'], 'name'>; target: Pick<DrillPlan['target'], 'brokers'> }
  watcher: Pick<Watcher, 'lanes'>
  workload: Pick<Workload, 'outcomes' | 'acknowledgements' | 'endedAtMs'>
  clock: Clock
}

export interface LiveRecordOptions extends LiveRecordParts {
  plan: LiveRecordParts['plan'] & Pick<DrillPlan, 'onChange'>
  /** When the first fault was requested, in monotonic milliseconds; null before. */
  injectedAtMs: () => number | null
}

/** Of more partitions, a record that is published each second has those that changed. */
const mostUnchanged = 50
const everyMs = 1000

type LiveRecord = Required<Pick<Drill, 'partitions' | 'rates' | 'answers'>>

/** What the writers saw of a partition so far. */
interface Seen {
  /** How many of its acknowledgements are in `longestMs`. */
  counted: number
  longestMs: number
  firstErrorAtMs: number | null
}

/**
 * The partitions and rates in a drill's record while it runs. Each outcome is examined once, so that a long drill costs no more
 * each second than a short one.
 */
export function createLiveRecord({ plan: { topic, target }, watcher, workload, clock }: LiveRecordParts): {
  read(injectedAtMs: number): LiveRecord
} {
  const { outcomes, acknowledgements } = workload
  const partitions = new Map<number, Seen>()
  let counter: RateCounter | undefined
  let counted = 0

  function seenOf(partition: number): Seen {
    const seen = partitions.get(partition) ?? { counted: 0, longestMs: 0, firstErrorAtMs: null }
    partitions.set(partition, seen)
    return seen
  }

  function takeOutcomes(injectedAtMs: number): void {
    for (; counted < outcomes.length; counted += 1) {
      const outcome = outcomes[counted]
      if (outcome === undefined) continue
      counter ??= countRates(outcome.endedAtMs)
      counter.add(outcome)
      const { errorAtMs, partition } = outcome
      if (errorAtMs === null || errorAtMs < injectedAtMs) continue
      const seen = seenOf(partition)
      seen.firstErrorAtMs = Math.min(seen.firstErrorAtMs ?? errorAtMs, errorAtMs)
    }
  }

  /** A gap that is still open counts, too. */
  function longestGapOf(partition: number): number | null {
    const times = acknowledgements.get(partition) ?? []
    const last = times.at(-1)
    if (last === undefined) return null
    const seen = seenOf(partition)
    for (let at = Math.max(1, seen.counted); at < times.length; at += 1) {
      seen.longestMs = Math.max(seen.longestMs, (times[at] ?? 0) - (times[at - 1] ?? 0))
    }
    seen.counted = times.length
    return Math.round(Math.max(seen.longestMs, (workload.endedAtMs ?? clock.monotonicMs()) - last))
  }

  return {
    read(injectedAtMs) {
      takeOutcomes(injectedAtMs)
      const { lanes } = watcher
      const all = timelinesOf({
        ...{ topic: topic.name, lanes, brokers: target.brokers, outcomes: [], injectedAtMs, writtenUntilMs: null }
      })
      const shown = all.length > mostUnchanged ? all.filter(({ lanes }) => lanes.length > 1) : all
      return {
        answers: answersOf(lanes, injectedAtMs),
        partitions: shown.map(({ timeline, ...rest }) => {
          const longestAckGapMs = longestGapOf(rest.partition)
          const error = partitions.get(rest.partition)?.firstErrorAtMs ?? null
          const firstClientErrorMs = error === null ? null : Math.round(error - injectedAtMs)
          return { ...rest, timeline: { ...timeline, firstClientErrorMs }, longestAckGapMs }
        }),
        rates: counter?.rates(injectedAtMs) ?? { everyMs: 250, acknowledged: [], failed: [] }
      }
    }
  }
}

/** Publishes it once a second, from the fault on. @returns how to end that */
export function publishLiveRecord(options: LiveRecordOptions): () => Promise<void> {
  const { plan, clock, injectedAtMs } = options
  const ended = new AbortController()
  const live = createLiveRecord(options)
  async function publish(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(everyMs, ended.signal).catch(() => undefined)
      const fromMs = injectedAtMs()
      if (fromMs !== null && !ended.signal.aborted) plan.onChange(live.read(fromMs), { persist: false })
    }
  }
  const publishing = publish()
  return async () => {
    ended.abort()
    await publishing
  }
}
