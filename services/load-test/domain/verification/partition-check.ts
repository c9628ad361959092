import { addInterval, addNumber, gapsWithin, hasNumber, noIntervals, partsWithin, sizeOf } from './intervals.ts'
import { noOutcomes, type PartitionLedger } from './ledger.ts'
import { createWriterClaims, type WriterClaims } from './writer-claims.ts'

/** What became of the records of one partition, or of all. */
export interface RecordCounts {
  attempted: number
  acknowledged: number
  failed: number
  indeterminate: number
  read: number
  ackedLost: number
  unseen: number
  corrupt: number
  duplicates: number
  reordered: number
  failedButPresent: number
  indeterminatePresent: number
  ackAliased: number
  foreign: number
  aborted: number
  abortedPresent: number
  unconfirmed: number
  unconfirmedPresent: number
}

/** How far the partition was read. */
export interface PartitionExtent {
  /** Everything below was read; equal to endOffset when the partition was read whole. */
  readUpTo: number
  endOffset: number
  /**
   * Where the leader's log ends, if that is known. Records between endOffset and here are there and cannot be read yet: replicas do
   * not have them, or too few are in sync (KIP-966).
   */
  logEndOffset?: number
  /** Offsets below readUpTo that the log no longer had. */
  gone?: readonly { from: number; to: number }[]
}

/**
 * Compares what writers know of one partition with its log (the classes of Jepsen's kafka workload and of kafkatest's
 * validate_delivery). Pure.
 * - ackedLost: acknowledged, but absent from the partition, which was read whole or at least beyond the record's offset
 * - unseen: acknowledged at an offset that was not read
 * - corrupt: with other content than it was written with, that nobody wrote, or at another offset than acknowledged
 * - duplicates: copies beyond the first
 * - reordered: first copies with a lower sequence than an earlier one of their writer
 * - failedButPresent: the writer got an error for it
 * - ackAliased: acknowledgements of an offset that another acknowledgement claims, too: one of them is false. That follows from
 *   the ledgers alone, and is the client's fault: no record is lost as long as one of the two is there
 * - foreign: records of others
 * - abortedPresent: of an aborted transaction, and visible to a read_committed reader
 * - unconfirmedPresent: in the log, and no broker said so (acks=none); the other unconfirmed ones are missing, but nobody promised
 *   them, so that they are not lost
 */
export interface PartitionCheck {
  /** A record with the content that its writer gave it. Offsets ascend over all calls. */
  record(offset: number, writer: number, sequence: number): void
  /** A record that is not what its writer gave. @param what it is instead, for people */
  damaged(offset: number, what: string): void
  /** A record that names no writer: damaged if a writer claims its offset, otherwise somebody else's. */
  other(offset: number): void
  /** Offsets whose records cannot be decoded. */
  undecodable(from: number, to: number): void
  /** @param extent undefined if nothing was read */
  end(extent: PartitionExtent | undefined): RecordCounts
}

/**
 * @param ledgers of each writer; undefined for one that did not write to the partition
 * @param note takes each fault in words; it should keep the first few
 * @param onLost takes each record that counts as ackedLost
 */
export function createPartitionCheck(
  partition: number,
  ledgers: readonly (PartitionLedger | undefined)[],
  note: (text: string) => void,
  onLost: (sequence: number) => void = () => {}
): PartitionCheck {
  const writers = ledgers.map((ledger) => createWriterClaims(ledger ?? noOutcomes()))
  const counts = noRecords()
  /** Offsets that hold what was acknowledged there. */
  const matched = noIntervals()
  const broken = noIntervals()
  const undecoded = noIntervals()
  const place = (offset: number) => `${partition}@${offset}`
  const nameOf = (writer: WriterClaims, sequence: number) =>
    writers.length === 1 ? `sequence ${sequence}` : `sequence ${sequence} of producer ${writers.indexOf(writer)}`

  const claimOf = (offset: number) => (offset < 0 ? 'by no acknowledgement' : `was acknowledged at ${place(offset)}`)
  findAliased(writers, (offset, records) => {
    counts.ackAliased += records
    note(`aliased: ${records} record(s) from ${place(offset)} were acknowledged for two writes`)
  })

  function damaged(offset: number, what: string): void {
    counts.corrupt += 1
    addInterval(broken, offset, offset + 1)
    note(`corrupt: ${place(offset)} holds ${what}`)
  }

  function wasRead(extent: PartitionExtent | undefined, offset: number | null): boolean {
    if (!extent) return false
    const end = extent.logEndOffset ?? extent.endOffset
    if (end > extent.endOffset && (offset === null || (offset >= extent.endOffset && offset < end))) return false
    if (extent.gone?.some(({ from, to }) => offset === null || (offset >= from && offset < to))) return false
    return extent.readUpTo >= extent.endOffset || (offset !== null && offset < extent.readUpTo)
  }

  /** An acknowledged record that is not where it should be. */
  function misses(writer: WriterClaims, sequence: number, offset: number | null, extent?: PartitionExtent): void {
    if (hasNumber(writer.seen, sequence)) {
      if (offset === null) return
      counts.corrupt += 1
      note(`diverged: ${nameOf(writer, sequence)} was acknowledged at ${place(offset)} and is elsewhere`)
    } else if (!wasRead(extent, offset)) counts.unseen += 1
    else if (offset !== null && hasNumber(undecoded, offset)) {
      counts.corrupt += 1
      note(`corrupt: ${place(offset)} holds no valid record`)
    } else if (offset === null || !hasNumber(broken, offset)) {
      counts.ackedLost += 1
      onLost(sequence)
      note(
        `lost: ${nameOf(writer, sequence)}, acknowledged at ${offset === null ? 'an unknown offset' : place(offset)}`
      )
    }
  }

  function settle(writer: WriterClaims, extent: PartitionExtent | undefined): void {
    const { ledger, seen } = writer
    let acknowledged = sizeOf(ledger.acknowledgedSomewhere)
    for (let run = 0; run < writer.runs; run += 1) {
      const [offset, sequence, records] = [writer.offsetOf(run), writer.sequenceOf(run), writer.recordsOf(run)]
      acknowledged += records
      for (const [from, to] of gapsWithin(matched, offset, offset + records)) {
        for (let at = from; at < to; at += 1) misses(writer, sequence + at - offset, at, extent)
      }
    }
    for (const [index, from] of ledger.acknowledgedSomewhere.from.entries()) {
      for (const [first, end] of gapsWithin(seen, from, ledger.acknowledgedSomewhere.to[index] ?? from)) {
        for (let sequence = first; sequence < end; sequence += 1) misses(writer, sequence, null, extent)
      }
    }
    counts.acknowledged += acknowledged
    counts.failed += sizeOf(ledger.failed)
    counts.aborted += sizeOf(ledger.aborted)
    counts.unconfirmed += sizeOf(ledger.unconfirmed)
    for (const [first, end] of common(ledger.aborted, seen)) {
      counts.abortedPresent += end - first
      note(`aborted: ${end - first} record(s) of partition ${partition} from ${nameOf(writer, first)} are visible`)
    }
    for (const [first, end] of common(ledger.unconfirmed, seen)) counts.unconfirmedPresent += end - first
    counts.indeterminate += sizeOf(ledger.indeterminate)
    for (const [first, end] of common(ledger.failed, seen)) {
      counts.failedButPresent += end - first
      note(`failed but present: ${end - first} record(s) of partition ${partition} from ${nameOf(writer, first)}`)
    }
    for (const [first, end] of common(ledger.indeterminate, seen)) counts.indeterminatePresent += end - first
  }

  return {
    record(offset, number, sequence) {
      const writer = writers[number]
      const isExpected = writer?.claimAt(offset) === sequence
      if (!writer || !(isExpected || writer.wrote(sequence))) {
        damaged(offset, `a record that was not written there (${sequence})`)
        return
      }
      counts.read += 1
      if (isExpected || writer.offsetAcknowledged(sequence) === offset) addNumber(matched, offset)
      if (!addNumber(writer.seen, sequence)) {
        counts.duplicates += 1
        note(
          `duplicate: ${nameOf(writer, sequence)} is at ${place(offset)} again, and ${claimOf(writer.offsetAcknowledged(sequence))}`
        )
      } else if (sequence < writer.highest) {
        counts.reordered += 1
        note(`reordered: ${nameOf(writer, sequence)} at ${place(offset)} comes after ${writer.highest}`)
      } else writer.highest = sequence
    },
    damaged,
    other(offset) {
      if (writers.some((writer) => writer.claimAt(offset) >= 0)) damaged(offset, 'a record of somebody else')
      else counts.foreign += 1
    },
    undecodable: (from, to) => addInterval(undecoded, from, to),
    end(extent) {
      for (const writer of writers) settle(writer, extent)
      const { acknowledged, failed, indeterminate, aborted, unconfirmed } = counts
      counts.attempted = acknowledged + failed + indeterminate + aborted + unconfirmed
      return counts
    }
  }
}

export function noRecords(): RecordCounts {
  return {
    attempted: 0,
    acknowledged: 0,
    failed: 0,
    indeterminate: 0,
    read: 0,
    ackedLost: 0,
    unseen: 0,
    corrupt: 0,
    duplicates: 0,
    reordered: 0,
    failedButPresent: 0,
    indeterminatePresent: 0,
    ackAliased: 0,
    foreign: 0,
    aborted: 0,
    abortedPresent: 0,
    unconfirmed: 0,
    unconfirmedPresent: 0
  }
}

export function addCounts(sum: RecordCounts, more: RecordCounts): void {
  for (const key of Object.keys(sum) as (keyof RecordCounts)[]) sum[key] += more[key]
}

/** Goes through the runs of all writers by offset, and reports what an earlier one has claimed already. */
function findAliased(writers: readonly WriterClaims[], onAliased: (offset: number, records: number) => void): void {
  const next = writers.map(() => 0)
  let claimedUpTo = 0
  for (;;) {
    let first = -1
    let offset = Number.POSITIVE_INFINITY
    for (const [index, writer] of writers.entries()) {
      const run = next[index] ?? 0
      if (run >= writer.runs || writer.offsetOf(run) >= offset) continue
      first = index
      offset = writer.offsetOf(run)
    }
    const writer = writers[first]
    if (!writer) return
    const run = next[first] ?? 0
    next[first] = run + 1
    const end = offset + writer.recordsOf(run)
    if (offset < claimedUpTo) onAliased(offset, Math.min(end, claimedUpTo) - offset)
    claimedUpTo = Math.max(claimedUpTo, end)
  }
}

function* common(a: PartitionLedger['failed'], b: PartitionLedger['failed']): Generator<[from: number, to: number]> {
  for (const [index, from] of a.from.entries()) yield* partsWithin(b, from, a.to[index] ?? from)
}
