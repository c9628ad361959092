import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import type { FinalOutcome } from '../../verification/ledger.ts'

/** The outcome of one record, as the writers know it. */
export interface WriteOutcome {
  partition: number
  sequence: number
  status: FinalOutcome['status']
  /** Offset of an acknowledged record; null if the acknowledgement did not contain it. */
  offset: number | null
}

/** With what tells when it came, and from whom. */
export interface TimedOutcome extends WriteOutcome {
  /** Monotonic milliseconds. */
  endedAtMs: number
  /** When an attempt first failed, if one did. */
  errorAtMs: number | null
  /** The broker that the last attempt went to. */
  broker: number | null
}

/** The guarantees that the writers asked for. */
export interface WriterSettings {
  acks: 'all' | 'leader'
  idempotent: boolean
}

/** The outcomes of a batch's records, by their tags: the numbers of the records. */
export function outcomesOf(batch: BatchOutcome): TimedOutcome[] {
  const { partition, status, tags, baseOffset, endedAt, errorAt, broker } = batch
  return tags.map((sequence, index) => ({
    partition,
    sequence,
    status,
    offset: baseOffset === null ? null : baseOffset + index,
    endedAtMs: endedAt,
    errorAtMs: errorAt,
    broker
  }))
}
