import type { DrillCounts } from '#shared/contracts/drill-verdict.ts'
import type { PartitionReading, StoredRecord } from '#shared/kafka/verifying/port.ts'
import { createEvidence } from '../verification/evidence.ts'
import { enter, type Ledger } from '../verification/ledger.ts'
import { addCounts, createPartitionCheck, noRecords } from '../verification/partition-check.ts'
import { decodeRecord, writerOf } from './numbered-record.ts'
import type { WriteOutcome } from './records/outcomes.ts'

/** A record as it was read: the number of one of the drill's own, or what it is instead, in words. */
export type ReadRecord = { partition: number; offset: number } & (
  | { sequence: number; other?: undefined }
  | { sequence?: undefined; other: string }
)

/** A record without its content, of which a drill may read a million. */
export function toReadRecord({ partition, offset, value }: StoredRecord, producer: string): ReadRecord {
  const record = decodeRecord(value)
  if (record?.producer === producer) return { partition, offset, sequence: record.sequence }
  return { partition, offset, other: record ? `a record of ${record.producer}` : 'no valid record' }
}

export interface VerifyInput {
  /** Others write to the topic, too. Their records do not count, unless one lies where a record of the drill should be. */
  isShared?: boolean | undefined
  /** The first offset that each partition of it still has, after the reading. */
  deletedBefore?: ReadonlyMap<number, number>
  outcomes: readonly WriteOutcome[]
  records: readonly ReadRecord[]
  /** The range that was read of each partition, and where its leader's log ends, which may be beyond what can be read. */
  partitions: readonly (Pick<PartitionReading, 'partition' | 'readUpTo' | 'endOffset'> & { logEndOffset?: number })[]
}

export interface Verification {
  counts: Required<DrillCounts>
  /** The first few faults, in words. */
  evidence: string[]
  /** The numbers of acknowledged records that were not read. */
  missing: ReadonlySet<number>
  /** The numbers of the records that were read. */
  seen: ReadonlySet<number>
  /** Of those that count as unseen: deleted by retention, or by somebody, before they were read. */
  deleted: number
}

/**
 * Compares the workload's outcomes with the log, record by record; PartitionCheck has the classes. In a topic of
 * the drill's own, a record of others is corrupt.
 */
export function verify(input: VerifyInput): Verification {
  const { isShared = false, deletedBefore = new Map<number, number>(), outcomes, records, partitions } = input
  const evidence = createEvidence()
  const ledgers: Ledger[] = [new Map()]
  for (const { partition, sequence, status, offset } of outcomes) {
    const writer = writerOf(sequence)
    ledgers[writer] ??= new Map()
    enter(ledgers[writer], { partition, status, firstRecord: sequence, records: 1, baseOffset: offset })
  }
  const startOf = (partition: number) => deletedBefore.get(partition) ?? 0
  const readings = new Map(
    partitions.map((reading) => {
      const gone = [{ from: 0, to: startOf(reading.partition) }]
      return [reading.partition, startOf(reading.partition) > 0 ? { ...reading, gone } : reading]
    })
  )
  const stored = Map.groupBy(inLogOrder(records), ({ partition }) => partition)
  const counts = noRecords()
  const missing = new Set<number>()
  const seen = new Set<number>()
  for (const partition of new Set([...ledgers.flatMap((ledger) => [...ledger.keys()]), ...stored.keys()])) {
    const ofPartition = ledgers.map((ledger) => ledger.get(partition))
    const check = createPartitionCheck(partition, ofPartition, evidence.note, (sequence) => missing.add(sequence))
    for (const { offset, sequence, other } of stored.get(partition) ?? []) {
      if (other === undefined) {
        seen.add(sequence)
        check.record(offset, writerOf(sequence), sequence)
      } else if (isShared) check.other(offset)
      else check.damaged(offset, other)
    }
    addCounts(counts, check.end(readings.get(partition)))
  }
  const { foreign, aborted, abortedPresent, unconfirmed, unconfirmedPresent, ...ofDrill } = counts
  const deleted = outcomes.filter(
    ({ partition, offset, status, sequence }) =>
      status === 'acknowledged' && offset !== null && offset < startOf(partition) && !seen.has(sequence)
  ).length
  return { counts: ofDrill, evidence: evidence.texts, missing, seen, deleted }
}

function inLogOrder(records: readonly ReadRecord[]): ReadRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
