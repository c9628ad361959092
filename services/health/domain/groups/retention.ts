/** Log start, end and commit of one partition, sweep by sweep, the oldest first; incomplete sweeps are left out. */
export interface RetentionWindow {
  length: number
  timesMs: ArrayLike<number>
  starts: ArrayLike<number>
  committed: ArrayLike<number>
}

export interface RetentionRisk {
  /** Records between the log start and the committed offset; if negative, so many were removed unread. */
  marginRecords: number
  /**
   * Seconds until the log start reaches the committed offset if both keep moving as in the window; null if it is not
   * getting closer.
   */
  lossSeconds: number | null
}

/** A rate of fewer sweeps than this is none. */
const leastSweeps = 5

/**
 * How close retention is to a group's unread records. The log start moves by whole segments: over a window with a
 * removal it looks faster than it is, over one without it seems to stand still.
 */
export function retentionRisk(
  committed: number,
  { logStart, logEnd }: { logStart: number; logEnd: number },
  window: RetentionWindow
): RetentionRisk {
  const marginRecords = committed - logStart
  // Records that have been read cannot be lost unread.
  if (committed >= logEnd) return { marginRecords, lossSeconds: null }
  if (marginRecords < 0) return { marginRecords, lossSeconds: 0 }
  const approach = paceOf(window.starts, window) - paceOf(window.committed, window)
  if (!(approach > 0)) return { marginRecords, lossSeconds: null }
  return { marginRecords, lossSeconds: Math.round((marginRecords / approach) * 10) / 10 }
}

/** Offsets a second from the first to the last sweep; NaN when there are too few. */
function paceOf(values: ArrayLike<number>, { length, timesMs }: RetentionWindow): number {
  if (length < leastSweeps) return Number.NaN
  const [first = 0, last = 0, from = 0, to = 0] = [values[0], values[length - 1], timesMs[0], timesMs[length - 1]]
  return ((last - first) / (to - from)) * 1000
}
