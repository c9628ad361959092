import type { Clock } from '../clock.ts'
import type { PartitionWork, ReceivedRecord } from '../kafka/consuming/port.ts'
import type { DeadLetterWriter } from './dead-letters/dead-letter-writer.ts'
import { type Attempt, createKeyedWork, type Slots } from './keyed-work.ts'
import { type Backoff, backoffMs, isTransient } from './retries.ts'

/** What becomes of records that are not simply handled, for the log and for metrics. */
export interface TroubleObserver {
  /** A transient error; the record is tried again. */
  retried(record: ReceivedRecord, error: unknown, attempts: number): void
  /** It is in the dead-letter topic. */
  buried(record: ReceivedRecord, error: unknown, attempts: number): void
  /** The dead-letter topic did not take it, which is tried again. */
  refused(record: ReceivedRecord, problem: unknown): void
  /** The partition waits, or no longer waits, for the dead-letter topic. */
  stuck(isStuck: boolean): void
}

export interface PartitionWorkOptions {
  /** The first offset to work on. */
  from: number
  /** Shared by the partitions of a consumer. */
  slots: Slots
  /** Throws or rejects if the record cannot be handled; isTransient() decides whether it is tried again. */
  handle: (record: ReceivedRecord) => void | Promise<void>
  /** How often a record is tried, the first time included. */
  mostAttempts: number
  backoff: Backoff
  deadLetters: DeadLetterWriter
  observer: TroubleObserver
  /** Pauses when this many records are unfinished, or finished behind an unfinished one. */
  mostOpen: number
  clock: Pick<Clock, 'sleep'>
  random: () => number
}

/** What keeps a record from being done. */
interface Death {
  error: unknown
  attempts: number
  refusals: number
}

/**
 * The PartitionWork port: works on records by key, tries again what may pass, and puts the rest into the dead-letter topic. A record
 * counts as done once it is handled, or in that topic; until then the commit stays before it.
 */
export function createPartitionWork(options: PartitionWorkOptions): PartitionWork {
  const { handle, mostAttempts, backoff, deadLetters, observer, mostOpen, random } = options
  const dying = new Map<ReceivedRecord, Death>()
  const work = createKeyedWork<ReceivedRecord>({ ...options, keyOf, attempt })
  let stuck = 0

  /** More records, or fewer, wait for the dead-letter topic. */
  function stick(change: number): void {
    const before = stuck > 0
    stuck += change
    if (before !== stuck > 0) observer.stuck(stuck > 0)
  }

  function attempt(record: ReceivedRecord, nth: number): Attempt | Promise<Attempt> {
    const death = dying.size > 0 ? dying.get(record) : undefined
    if (death) return bury(record, death)
    try {
      const handling = handle(record)
      if (handling === undefined) return 'done'
      return handling.then(
        () => 'done',
        (error: unknown) => failed(record, error, nth)
      )
    } catch (error) {
      return failed(record, error, nth)
    }
  }

  function failed(record: ReceivedRecord, error: unknown, nth: number): Attempt | Promise<Attempt> {
    if (isTransient(error) && nth < mostAttempts) {
      observer.retried(record, error, nth)
      return { againInMs: backoffMs(nth, backoff, random) }
    }
    const death = { error, attempts: nth, refusals: 0 }
    dying.set(record, death)
    return bury(record, death)
  }

  async function bury(record: ReceivedRecord, death: Death): Promise<Attempt> {
    try {
      await deadLetters.put(record, death.error, death.attempts)
    } catch (problem) {
      if (death.refusals === 0) stick(1)
      death.refusals += 1
      observer.refused(record, problem)
      return { againInMs: backoffMs(death.refusals, backoff, random) }
    }
    if (death.refusals > 0) stick(-1)
    dying.delete(record)
    observer.buried(record, death.error, death.attempts)
    return 'done'
  }

  return {
    take(records, nextOffset) {
      for (const record of records) work.take(record.offset, record)
      work.passed(nextOffset)
    },
    get paused() {
      return stuck > 0 || work.span >= mostOpen
    },
    room: () => work.spanBelow(mostOpen),
    get mark() {
      return work.mark
    },
    hold: work.hold,
    release: work.release,
    async stop() {
      await work.stop()
      if (stuck > 0) stick(-stuck)
    }
  }
}

/** Keys are bytes: latin1 has a character for each. */
function keyOf({ key }: ReceivedRecord): string | null {
  return key === null ? null : key.toString('latin1')
}
