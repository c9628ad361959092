import type { Backlog } from '#shared/contracts/load-consumption.ts'
import type { GroupPosition } from '#shared/kafka/consuming/port.ts'

/** Measures how a group catches up, from readings of its positions. */
export interface BacklogWatch {
  /** A reading since the group began, at a time in milliseconds since the start of the run; the first one is its beginning. */
  see(nowMs: number, positions: readonly GroupPosition[]): void
  /** undefined before the first reading. */
  result(): Backlog | undefined
}

/**
 * While producers go on there is always something that is not consumed yet: a group has caught up when it has everything that was
 * in the topic at the reading before.
 */
export function createBacklogWatch(): BacklogWatch {
  let first: Reading | undefined
  let last: Reading | undefined
  let drained: Reading | undefined

  return {
    see(nowMs, positions) {
      const now = readingOf(nowMs, positions)
      first ??= now
      if (last && positions.every(({ partition, processed }) => processed >= (last?.ends.get(partition) ?? 0))) {
        drained ??= now
      }
      last = now
    },
    result() {
      if (!first || !last) return undefined
      const until = drained ?? last
      const seconds = (until.nowMs - first.nowMs) / 1000
      const perSecond = (records: number) => (seconds > 0 ? round(records / seconds) : null)
      return {
        records: Math.max(0, first.end - first.processed),
        startedAfterSeconds: round(first.nowMs / 1000),
        drainSeconds: drained ? round(seconds) : null,
        drainedPerSecond: perSecond(until.processed - first.processed),
        producedPerSecond: perSecond(until.end - first.end)
      }
    }
  }
}

interface Reading {
  nowMs: number
  ends: Map<number, number>
  /** Sums of all partitions. */
  end: number
  processed: number
}

function readingOf(nowMs: number, positions: readonly GroupPosition[]): Reading {
  const sum = (key: 'end' | 'processed') => positions.reduce((total, each) => total + each[key], 0)
  const ends = new Map(positions.map(({ partition, end }) => [partition, end]))
  return { nowMs, ends, end: sum('end'), processed: sum('processed') }
}

/** Records in the topic that a group has not processed. */
export function lagOf(positions: readonly GroupPosition[]): number {
  return positions.reduce((total, { end, processed }) => total + Math.max(0, end - processed), 0)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
