import type { EndWindow } from './lag-seconds.ts'
import type { RetentionWindow } from './retention.ts'
import type { CommitWindow } from './verdict.ts'

/** Windows on one group in one partition. They are valid until the next call: copy what must last. */
export interface Windows {
  commits: CommitWindow
  ends: EndWindow
  retention: RetentionWindow
}

const none = { length: 0, timesMs: [], committed: [], lags: [], ends: [], starts: [] }
export const nothingSeen: Windows = { commits: none, ends: none, retention: none }

/** Windows that are reused for each partition: each sweep looks at thousands of them. */
export function createScratch(width: number) {
  const numbers = () => new Float64Array(width)
  const read = { times: numbers(), starts: numbers(), ends: numbers(), commits: numbers() }
  const ends = { length: 0, timesMs: numbers(), ends: numbers() }
  const commits = { length: 0, timesMs: numbers(), committed: numbers(), lags: numbers(), appeared: false }
  const retention = { length: 0, timesMs: commits.timesMs, committed: commits.committed, starts: numbers() }
  return {
    read,
    windows: { ends, commits, retention } satisfies Windows,
    /**
     * Leaves out the sweeps that could not read the window's subject.
     * @param live the number of most recent sweeps that were recorded and not restored: only those know that there was
     * no commit yet
     */
    fill(live: number) {
      let [seen, whole] = [0, 0]
      const first = read.commits.findIndex((committed) => !Number.isNaN(committed))
      commits.appeared = read.times
        .subarray(Math.max(0, width - live), Math.max(0, first))
        .some((timeMs) => !Number.isNaN(timeMs))
      for (let nth = 0; nth < width; nth++) {
        const [timeMs = 0, start = 0, end = Number.NaN] = [read.times[nth], read.starts[nth], read.ends[nth]]
        if (Number.isNaN(end)) continue
        ends.timesMs[seen] = timeMs
        ends.ends[seen++] = end
        const committed = read.commits[nth] ?? Number.NaN
        if (Number.isNaN(committed)) continue
        commits.timesMs[whole] = timeMs
        commits.committed[whole] = committed
        commits.lags[whole] = end - Math.max(committed, start)
        retention.starts[whole++] = start
      }
      ends.length = seen
      commits.length = whole
      retention.length = whole
    }
  }
}
