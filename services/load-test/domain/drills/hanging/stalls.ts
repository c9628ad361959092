import type { ReadablePartition } from '#shared/kafka/verifying/port.ts'
import type { TimedOutcome } from '../records/outcomes.ts'

/** One look at how far the readers of the drill's topic come. */
export interface Sighting {
  /** Monotonic milliseconds. */
  atMs: number
  partitions: readonly ReadablePartition[]
}

/** A partition in which an open transaction has records, as its leader showed it. Times are those of sightings. */
export interface Stall {
  partition: number
  /** Of the transaction. */
  firstOffset: number
  /** When the last stable offset was first seen to stand there, with records behind it; null if it was not. */
  heldFromMs: number | null
  /** When it was first seen beyond; null if it was not. */
  releasedAtMs: number | null
  /** Offsets from there to the high watermark, at most while it stood. */
  heldBack: number
  /** How far the high watermark went while it stood. */
  advanced: number
}

/**
 * How long the last stable offset of each partition stood at the first record of a transaction, by what leaders answered and not
 * by what its producer did. Pure.
 * @param outcomes of the transaction's records
 */
export function stallsOf(
  outcomes: readonly Pick<TimedOutcome, 'partition' | 'offset'>[],
  sightings: readonly Sighting[]
): Stall[] {
  const first = new Map<number, number>()
  for (const { partition, offset } of outcomes) {
    if (offset !== null) first.set(partition, Math.min(offset, first.get(partition) ?? offset))
  }
  return Array.from(first, ([partition, firstOffset]) => stallOf(partition, firstOffset, sightings)).sort(
    (a, b) => a.partition - b.partition
  )
}

function stallOf(partition: number, firstOffset: number, sightings: readonly Sighting[]): Stall {
  const stall: Stall = { partition, firstOffset, heldFromMs: null, releasedAtMs: null, heldBack: 0, advanced: 0 }
  let from = 0
  for (const { atMs, partitions } of sightings) {
    const seen = partitions.find((each) => each.partition === partition)
    if (!seen) continue
    const { highWatermark, lastStableOffset } = seen
    // Before, the transaction of another producer may have begun: the offset then stands at that one's first record.
    if (lastStableOffset <= firstOffset && highWatermark > firstOffset) {
      if (stall.heldFromMs === null) from = highWatermark
      stall.heldFromMs ??= atMs
      stall.heldBack = highWatermark - firstOffset
      stall.advanced = highWatermark - from
    } else if (lastStableOffset > firstOffset) {
      stall.releasedAtMs = atMs
      return stall
    }
  }
  return stall
}

/** How many of the other partitions readers went on in while the transaction was open. */
export function goingOn(stalls: readonly Stall[], sightings: readonly Sighting[]): { others: number; went: number } {
  const held = new Set(stalls.map(({ partition }) => partition))
  const fromMs = Math.max(...stalls.map(({ heldFromMs }) => heldFromMs ?? 0))
  const untilMs = Math.min(...stalls.map(({ releasedAtMs }) => releasedAtMs ?? Number.POSITIVE_INFINITY))
  const offsets = new Map<number, { first: number; last: number }>()
  for (const { atMs, partitions } of sightings) {
    if (atMs < fromMs || atMs > untilMs) continue
    for (const { partition, lastStableOffset } of partitions) {
      if (held.has(partition)) continue
      const known = offsets.get(partition)
      offsets.set(partition, { first: known?.first ?? lastStableOffset, last: lastStableOffset })
    }
  }
  return { others: offsets.size, went: Array.from(offsets.values()).filter(({ first, last }) => last > first).length }
}
