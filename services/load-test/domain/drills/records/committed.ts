import type { TopicReading } from '#shared/kafka/verifying/port.ts'
import type { ReadRecord } from '../verifier.ts'
import type { TimedOutcome } from './outcomes.ts'

/** What a read_committed reader sees, beside the writers' outcomes and what the log has. */
export interface Visibility {
  /** Of transactions that were aborted (G1a). */
  abortedRead: number
  /** Of uncommitted transactions: open, or with an unknown end. */
  precommittedRead: number
  /** In the log, and hidden although nothing holds them back: of committed transactions. */
  committedHidden: number
  /** In the log without a transaction, and not delivered to the read_committed reader, which read the whole partition. */
  notDelivered: number
  /** Offsets at which the two readers saw different records. */
  divergent: number
  /** The first few, in words. */
  evidence: string[]
}

export interface VisibilityInput {
  outcomes: readonly TimedOutcome[]
  /** What the reader of everything saw, and how far it came. */
  log: readonly ReadRecord[]
  committed: readonly ReadRecord[]
  reading: Pick<TopicReading, 'partitions'> | undefined
}

const named = 10

/** Compares both readings offset by offset. Pure. */
export function visibilityOf({ outcomes, log, committed, reading }: VisibilityInput): Visibility {
  const found: Visibility = {
    ...{ abortedRead: 0, precommittedRead: 0, committedHidden: 0, notDelivered: 0, divergent: 0 },
    evidence: []
  }
  const note = (text: string) => {
    if (found.evidence.length < named) found.evidence.push(text)
  }
  const bySequence = new Map(outcomes.map((outcome) => [outcome.sequence, outcome]))
  const outcomeOf = ({ sequence = -1 }: ReadRecord) => bySequence.get(sequence)
  const seen = new Map(committed.map((record) => [placeOf(record), record]))
  const readUpTo = new Map(reading?.partitions.map(({ partition, readUpTo }) => [partition, readUpTo]))

  for (const record of committed) {
    const outcome = outcomeOf(record)
    if (outcome?.transaction === undefined) continue
    const { transaction } = outcome
    if (transaction.end === 'aborted') {
      found.abortedRead += 1
      note(`aborted: ${placeOf(record)} of transaction ${transaction.number} is visible to a read_committed reader`)
    } else if (transaction.end === 'open') {
      found.precommittedRead += 1
      note(
        `not committed: ${placeOf(record)} of transaction ${transaction.number} is visible to a read_committed reader`
      )
    }
  }
  for (const record of log) {
    const other = seen.get(placeOf(record))
    if (other) {
      if (other.sequence === record.sequence && other.other === record.other) continue
      found.divergent += 1
      note(`diverged: two readers see different records at ${placeOf(record)}`)
      continue
    }
    if (record.offset >= (readUpTo.get(record.partition) ?? 0)) continue
    const outcome = outcomeOf(record)
    if (outcome?.transaction === undefined) found.notDelivered += 1
    else if (outcome.transaction.end === 'committed') found.committedHidden += 1
    else continue
    note(`hidden: ${placeOf(record)} is in the log, and a read_committed reader did not get it`)
  }
  return found
}

function placeOf({ partition, offset }: ReadRecord): string {
  return `${partition}@${offset}`
}
