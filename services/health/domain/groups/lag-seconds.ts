import type { UnknownReason } from '#shared/contracts/common.ts'
import type { LagSecondsMethod } from '#shared/contracts/group-health.ts'

/** End offsets of one partition, sweep by sweep, oldest first; excludes sweeps that could not read it. */
export interface EndWindow {
  length: number
  timesMs: ArrayLike<number>
  ends: ArrayLike<number>
}

export type LagSeconds =
  | { seconds: number; method: LagSecondsMethod }
  | { seconds: null; method: null; reason: UnknownReason }

/**
 * The age in seconds of the record that a group reads next (kafka-lag-exporter's definition). If the window of end
 * offsets reaches back to that record, interpolates the time at which it was the log end; otherwise uses the record's
 * timestamp.
 * @param next offset of the record: the commit, or the log start if retention has passed the commit
 * @param now when the end offset was read
 * @param timestampOf returns the record's timestamp in milliseconds: undefined if it was not read, null if it has none
 */
export function lagSeconds(
  next: number,
  end: number,
  window: EndWindow,
  now: number,
  timestampOf: () => number | null | undefined
): LagSeconds {
  if (next >= end) return { seconds: 0, method: 'caught_up' }
  const writtenMs = interpolate(next, window)
  if (writtenMs !== null) return { seconds: secondsBetween(writtenMs, now), method: 'interpolated' }
  const timestampMs = timestampOf()
  if (timestampMs === undefined || timestampMs === null) return { seconds: null, method: null, reason: 'not_measured' }
  return { seconds: secondsBetween(timestampMs, now), method: 'record_timestamp' }
}

/**
 * The time at which an offset was the log end, by linear interpolation between two sweeps; null if it is outside the
 * window: the record is older than the window, or newer than its last sweep.
 */
export function interpolate(offset: number, { length, timesMs, ends }: EndWindow): number | null {
  // Starts with the newest: where the end did not move, the record arrived after the last of those sweeps.
  for (let index = length - 2; index >= 0; index--) {
    const [before = 0, after = 0] = [ends[index], ends[index + 1]]
    if (before > offset) continue
    if (after <= offset) return null
    const [from = 0, to = 0] = [timesMs[index], timesMs[index + 1]]
    return from + ((offset - before) / (after - before)) * (to - from)
  }
  return null
}

/** A producer's clock may run ahead of this one. */
function secondsBetween(from: number, to: number): number {
  return Math.max(0, Math.round(to - from) / 1000)
}
