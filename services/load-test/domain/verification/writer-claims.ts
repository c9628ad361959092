import { countRuns, runsOf } from './acknowledged-runs.ts'
import { hasNumber, type Intervals, noIntervals } from './intervals.ts'
import type { PartitionLedger } from './ledger.ts'

/** What one writer says of one partition, for a reader that passes over its offsets once. */
export interface WriterClaims {
  readonly ledger: PartitionLedger
  /** Sequences that were read. */
  readonly seen: Intervals
  /** The highest of them; -1 before the first. */
  highest: number
  /** The acknowledged runs by their offset: `[offset, sequence, records]` at each index. */
  readonly runs: number
  offsetOf(run: number): number
  sequenceOf(run: number): number
  recordsOf(run: number): number
  /** The sequence acknowledged at an offset; -1 for none. Offsets ascend from call to call. */
  claimAt(offset: number): number
  /** Where a sequence was acknowledged; -1 if it was not, or without an offset. */
  offsetAcknowledged(sequence: number): number
  /** Whether it was sent, whatever came of it. */
  wrote(sequence: number): boolean
}

/** Takes 20 bytes for each run of the ledger while the partition is read. */
export function createWriterClaims(ledger: PartitionLedger): WriterClaims {
  const runs = countRuns(ledger.acknowledged)
  const offsets = new Float64Array(runs)
  const sequences = new Float64Array(runs)
  const lengths = new Uint32Array(runs)
  let isAscending = true
  /** The longest run, if runs claim an offset twice: then a run before the last one may have it, too. */
  let longestOverlapped = 0
  let longest = 0
  let claimedUpTo = 0
  let filled = 0
  for (const { sequence, offset, records } of inOffsetOrder(ledger)) {
    if (filled > 0 && (sequences[filled - 1] ?? 0) > sequence) isAscending = false
    offsets[filled] = offset
    sequences[filled] = sequence
    lengths[filled] = records
    longest = Math.max(longest, records)
    if (offset < claimedUpTo || longestOverlapped > 0) longestOverlapped = longest
    claimedUpTo = Math.max(claimedUpTo, offset + records)
    filled += 1
  }
  /** Runs by sequence, if offsets do not ascend with it. */
  const bySequence = isAscending
    ? undefined
    : Uint32Array.from(offsets.keys()).sort((a, b) => (sequences[a] ?? 0) - (sequences[b] ?? 0))
  let at = 0

  function offsetAcknowledged(sequence: number): number {
    let [low, high] = [0, runs]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sequences[bySequence?.[middle] ?? middle] ?? 0) <= sequence) low = middle + 1
      else high = middle
    }
    if (low === 0) return -1
    const run = bySequence?.[low - 1] ?? low - 1
    const within = sequence - (sequences[run] ?? 0)
    return within < (lengths[run] ?? 0) ? (offsets[run] ?? 0) + within : -1
  }

  return {
    ledger,
    seen: noIntervals(),
    highest: -1,
    runs,
    offsetOf: (run) => offsets[run] ?? 0,
    sequenceOf: (run) => sequences[run] ?? 0,
    recordsOf: (run) => lengths[run] ?? 0,
    claimAt(offset) {
      while (at + 1 < runs && (offsets[at + 1] ?? 0) <= offset) at += 1
      let run = at
      do {
        const within = offset - (offsets[run] ?? 0)
        if (within >= 0 && within < (lengths[run] ?? 0)) return (sequences[run] ?? 0) + within
        run -= 1
      } while (run >= 0 && (offsets[run] ?? 0) + longestOverlapped > offset)
      return -1
    },
    offsetAcknowledged,
    wrote: (sequence) =>
      offsetAcknowledged(sequence) >= 0 ||
      hasNumber(ledger.acknowledgedSomewhere, sequence) ||
      hasNumber(ledger.indeterminate, sequence) ||
      hasNumber(ledger.unconfirmed, sequence) ||
      hasNumber(ledger.aborted, sequence) ||
      hasNumber(ledger.failed, sequence)
  }
}

/** They nearly always are already. */
function inOffsetOrder({ acknowledged }: PartitionLedger) {
  let last = -1
  for (const { offset } of runsOf(acknowledged)) {
    if (offset < last) return Array.from(runsOf(acknowledged)).sort((a, b) => a.offset - b.offset)
    last = offset
  }
  return runsOf(acknowledged)
}
