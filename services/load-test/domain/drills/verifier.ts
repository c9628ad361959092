import type { DrillCounts } from '#shared/contracts/drills.ts'
import type { PartitionReading, StoredRecord } from '#shared/kafka/verifying/port.ts'
import { createEvidence } from '../verification/evidence.ts'
import { enter, type Ledger } from '../verification/ledger.ts'
import { addCounts, createPartitionCheck, noRecords } from '../verification/partition-check.ts'
import { decodeRecord } from './numbered-record.ts'
import type { WriteOutcome } from './records/outcomes.ts'

export interface VerifyInput {
  producer: string
  /** Others write to the topic, too: their records are none of the drill's concern, unless one is where one of its own should be. */
  isShared?: boolean | undefined
  outcomes: readonly WriteOutcome[]
  records: readonly StoredRecord[]
  /** The range that was read of each partition, and where its leader's log ends, which may be beyond what can be read. */
  partitions: readonly (Pick<PartitionReading, 'partition' | 'readUpTo' | 'endOffset'> & { logEndOffset?: number })[]
}

export interface Verification {
  counts: Required<DrillCounts>
  /** The first few faults, in words. */
  evidence: string[]
  /** The numbers of the records that were acknowledged, and are missing from what was read. */
  missing: ReadonlySet<number>
  /** The numbers of the records that were read. */
  seen: ReadonlySet<number>
}

/**
 * Compares the workload's outcomes with the log, record by record; PartitionCheck has the classes. In a topic of
 * the drill's own, a record of others is corrupt.
 */
export function verify({ producer, isShared = false, outcomes, records, partitions }: VerifyInput): Verification {
  const evidence = createEvidence()
  const ledger: Ledger = new Map()
  for (const { partition, sequence, status, offset } of outcomes) {
    enter(ledger, { partition, status, firstRecord: sequence, records: 1, baseOffset: offset })
  }
  const readings = new Map(partitions.map((reading) => [reading.partition, reading]))
  const stored = Map.groupBy(inLogOrder(records), ({ partition }) => partition)
  const counts = noRecords()
  const missing = new Set<number>()
  const seen = new Set<number>()
  for (const partition of new Set([...ledger.keys(), ...stored.keys()])) {
    const check = createPartitionCheck(partition, [ledger.get(partition)], evidence.note, (sequence) =>
      missing.add(sequence)
    )
    for (const { offset, value } of stored.get(partition) ?? []) {
      const record = decodeRecord(value)
      if (isShared && record?.producer !== producer) check.other(offset)
      else if (!record) check.damaged(offset, 'no valid record')
      else if (record.producer !== producer) check.damaged(offset, `a record of ${record.producer}`)
      else {
        seen.add(record.sequence)
        check.record(offset, 0, record.sequence)
      }
    }
    addCounts(counts, check.end(readings.get(partition)))
  }
  const { foreign, aborted, abortedPresent, unconfirmed, unconfirmedPresent, ...ofDrill } = counts
  return { counts: ofDrill, evidence: evidence.texts, missing, seen }
}

function inLogOrder(records: readonly StoredRecord[]): StoredRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
