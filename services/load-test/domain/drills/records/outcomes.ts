import type { BatchOutcome, TransactionEnd } from '#shared/kafka/producing/port.ts'

/** The outcome of one record, as the writers know it. */
export interface WriteOutcome {
  partition: number
  sequence: number
  status: 'acknowledged' | 'failed' | 'indeterminate'
  /** Offset of an acknowledged record; null if the acknowledgement did not contain it. */
  offset: number | null
}

/** The transaction of records, whose end is filled in when it is known. */
export interface WriterTransaction {
  number: number
  end: TransactionEnd['status'] | 'open'
}

/** An outcome with its time, its broker and its transaction. */
export interface TimedOutcome extends WriteOutcome {
  /** Monotonic milliseconds. */
  endedAtMs: number
  /** When an attempt first failed, if one did. */
  errorAtMs: number | null
  /** The broker that the last attempt went to. */
  broker: number | null
  transaction?: WriterTransaction
}

/** What the writers ask for. */
export interface WriterSettings {
  acks: 'all' | 'leader'
  idempotent: boolean
  transactional: boolean
  /** Over all partitions. */
  recordsPerSecond: number
}

/** The outcomes of a batch's records, by their tags: the numbers of the records. */
export function outcomesOf(batch: BatchOutcome, transaction?: WriterTransaction): TimedOutcome[] {
  const { partition, tags, baseOffset, endedAt, errorAt, broker } = batch
  // With acks=none, which drills do not use, the fate of a record is unknown.
  const status = batch.status === 'unconfirmed' ? 'indeterminate' : batch.status
  return tags.map((sequence, index) => ({
    ...{ partition, sequence, status, broker },
    offset: baseOffset === null ? null : baseOffset + index,
    endedAtMs: endedAt,
    errorAtMs: errorAt,
    ...(transaction && { transaction })
  }))
}

/**
 * An outcome as the log must show it: a record of a transaction that was aborted, or whose end is not known, may be in the log or
 * not, whatever its own acknowledgement said.
 */
export function promised(outcome: TimedOutcome): WriteOutcome {
  const { transaction, status } = outcome
  if (transaction === undefined || transaction.end === 'committed' || status !== 'acknowledged') return outcome
  return { ...outcome, status: 'indeterminate', offset: null }
}

/** Whether the log must have a record. */
export function isPromised(outcome: TimedOutcome): boolean {
  return promised(outcome).status === 'acknowledged'
}
