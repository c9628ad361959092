import type { DrillCounts } from '#shared/contracts/drills.ts'
import type { PartitionReading, StoredRecord } from '#shared/kafka/verifying/port.ts'
import { createEvidence } from '../verification/evidence.ts'
import { enter, type Ledger } from '../verification/ledger.ts'
import { addCounts, createPartitionCheck, noRecords } from '../verification/partition-check.ts'
import { decodeRecord } from './numbered-record.ts'
import type { WriteOutcome } from './records/outcomes.ts'

export interface VerifyInput {
  producer: string
  outcomes: readonly WriteOutcome[]
  records: readonly StoredRecord[]
  /** The range that was read of each partition. */
  partitions: readonly Pick<PartitionReading, 'partition' | 'readUpTo' | 'endOffset'>[]
}

export interface Verification {
  counts: Required<DrillCounts>
  /** The first few faults, in words. */
  evidence: string[]
}

/**
 * Compares the workload's outcomes with the log, record by record; PartitionCheck has the classes. Nobody else writes into the
 * topic of a drill, so that a record of others is corrupt.
 */
export function verify({ producer, outcomes, records, partitions }: VerifyInput): Verification {
  const evidence = createEvidence()
  const ledger: Ledger = new Map()
  for (const { partition, sequence, status, offset } of outcomes) {
    enter(ledger, { partition, status, firstRecord: sequence, records: 1, baseOffset: offset })
  }
  const readings = new Map(partitions.map((reading) => [reading.partition, reading]))
  const stored = Map.groupBy(inLogOrder(records), ({ partition }) => partition)
  const counts = noRecords()
  for (const partition of new Set([...ledger.keys(), ...stored.keys()])) {
    const check = createPartitionCheck(partition, [ledger.get(partition)], evidence.note)
    for (const { offset, value } of stored.get(partition) ?? []) {
      const record = decodeRecord(value)
      if (!record) check.damaged(offset, 'no valid record')
      else if (record.producer !== producer) check.damaged(offset, `a record of ${record.producer}`)
      else check.record(offset, 0, record.sequence)
    }
    addCounts(counts, check.end(readings.get(partition)))
  }
  const { foreign: _, ...ofDrill } = counts
  return { counts: ofDrill, evidence: evidence.texts }
}

function inLogOrder(records: readonly StoredRecord[]): StoredRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
