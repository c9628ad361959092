import type { DrillCounts } from '#shared/contracts/drills.ts'
import type { PartitionReading, StoredRecord } from '#shared/kafka/verifying/port.ts'
import { decodeRecord } from './numbered-record.ts'

/** The outcome of one record, as the workload knows it. */
export interface WriteOutcome {
  partition: number
  sequence: number
  status: 'acknowledged' | 'failed' | 'indeterminate'
  /** Offset of an acknowledged record; null if the acknowledgement did not contain it. */
  offset: number | null
}

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

const evidenceLimit = 20

/**
 * Compares the workload's outcomes with the log, record by record (the classes of Jepsen's kafka workload and of
 * kafkatest's validate_delivery). Pure.
 * - ackedLost: acknowledged, but absent from its partition, which was read completely or at least beyond the record's
 *   offset
 * - corrupt: a record whose checksum does not match, that nobody wrote, or that is in another partition or at another
 *   offset than acknowledged
 * - duplicates: copies beyond the first, because the producer is idempotent
 * - reordered: first copies with a lower sequence than an earlier one
 * - failedButPresent: the workload got an error for it
 */
export function verify({ producer, outcomes, records, partitions }: VerifyInput): Verification {
  const evidence: string[] = []
  const note = (text: string) => {
    if (evidence.length < evidenceLimit) evidence.push(text)
  }
  const told = new Map(outcomes.map((outcome) => [outcome.sequence, outcome]))
  const found = new Map<number, { partition: number; offsets: number[] }>()
  const damaged = new Set<string>()
  const highest = new Map<number, number>()
  let read = 0
  let corrupt = 0
  let reordered = 0
  let duplicates = 0

  for (const stored of inLogOrder(records)) {
    const at = place(stored)
    const record = decodeRecord(stored.value)
    const outcome = record && told.get(record.sequence)
    if (!record || !outcome || record.producer !== producer || outcome.partition !== stored.partition) {
      corrupt += 1
      damaged.add(at)
      note(
        `corrupt: ${at} holds ${record ? `a record that was not written there (${record.sequence})` : 'no valid record'}`
      )
      continue
    }
    read += 1
    const earlier = found.get(record.sequence)
    if (earlier) {
      earlier.offsets.push(stored.offset)
      duplicates += 1
      note(
        `duplicate: sequence ${record.sequence} is at offsets ${earlier.offsets.join(' and ')} of partition ${stored.partition}`
      )
      continue
    }
    found.set(record.sequence, { partition: stored.partition, offsets: [stored.offset] })
    const before = highest.get(stored.partition) ?? -1
    if (record.sequence < before) {
      reordered += 1
      note(`reordered: sequence ${record.sequence} at ${at} comes after ${before}`)
    } else highest.set(stored.partition, record.sequence)
  }

  const readings = new Map(partitions.map((reading) => [reading.partition, reading]))
  const counts: Verification['counts'] = {
    attempted: outcomes.length,
    acknowledged: 0,
    failed: 0,
    indeterminate: 0,
    read,
    ackedLost: 0,
    unseen: 0,
    corrupt,
    duplicates,
    reordered,
    failedButPresent: 0,
    indeterminatePresent: 0
  }

  for (const { sequence, partition, status, offset } of outcomes) {
    const present = found.get(sequence)
    counts[status] += 1
    if (status === 'indeterminate') {
      if (present) counts.indeterminatePresent += 1
      continue
    }
    if (status === 'failed') {
      if (!present) continue
      counts.failedButPresent += 1
      note(`failed but present: sequence ${sequence} of partition ${partition}`)
      continue
    }
    if (present) {
      if (offset === null || present.offsets.includes(offset)) continue
      counts.corrupt += 1
      note(
        `diverged: sequence ${sequence} was acknowledged at ${partition}@${offset} and is at ${present.offsets.join(', ')}`
      )
      continue
    }
    if (!wasRead(readings.get(partition), offset)) {
      counts.unseen += 1
      continue
    }
    // A corrupt record at its offset counts as corrupt, not as lost.
    if (offset !== null && damaged.has(place({ partition, offset }))) continue
    counts.ackedLost += 1
    note(`lost: sequence ${sequence}, acknowledged at ${partition}@${offset ?? '?'}`)
  }
  return { counts, evidence }
}

/**
 * Whether reading would have found a record at this offset. It would also have shown that an offset beyond the end of a
 * completely read partition is missing.
 */
function wasRead(reading: VerifyInput['partitions'][number] | undefined, offset: number | null): boolean {
  if (!reading) return false
  return reading.readUpTo >= reading.endOffset || (offset !== null && offset < reading.readUpTo)
}

function inLogOrder(records: readonly StoredRecord[]): StoredRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}

function place({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}@${offset}`
}
