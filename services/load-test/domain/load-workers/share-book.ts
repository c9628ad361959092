import type { LoadOrder, SecondReport } from '../load/engine-port.ts'
import { createLatencies } from '../load/latencies.ts'
import { shareOf } from '../load/run-cap.ts'
import { recordsDue } from '../load/schedule.ts'

/** The account of one share, whoever has it. Times are milliseconds since the start of the run. */
export interface ShareBook {
  /** The first second of which nothing is known. */
  nextSecond(): number
  /** Enters a second. False if it is known already. */
  enter(report: SecondReport): boolean
  /**
   * Closes the account of a worker that was lost: what was due since its last second, and what it had not answered by then, is
   * failed. What it may have written is indeterminate.
   * @param untilMs when another worker takes over, or the run has ended
   * @param heldUntilMs when the lost worker has stopped at the latest
   * @returns a report for each second; unknown: null with the closed rate, of which nobody knows what was sent
   */
  closeGap(untilMs: number, heldUntilMs: number): { reports: SecondReport[]; unknown: number | null }
  /** Records that are left at a time; Infinity if only the time ends the run. */
  left(atMs: number): number
}

/** Kafka has no name for it. */
export const workerLost = 'WORKER_LOST'
/** Records that were due within so short a time count as due at its beginning. */
const sliceMs = 10

export function createShareBook({ workload }: Pick<LoadOrder, 'workload'>, share: number): ShareBook {
  const { rate, producers } = workload
  const total = shareOf(workload, share)
  const endMs = (workload.durationSeconds ?? Number.POSITIVE_INFINITY) * 1000
  let nextSecond = 0
  /** Records that are entered. Not those that were due by the last second: a worker may be late, and its second end late. */
  let counted = 0
  let sent = 0
  let unanswered = 0

  /** Records that were due before a time; 0 with the closed rate. */
  const dueBy = (ms: number) =>
    Math.min(total, recordsDue(rate, { producers, producer: share }, Math.max(0, Math.min(ms, endMs))))

  /** @param lost records of the worker without an answer, for the first second of the gap */
  function missing(second: number, lost: number, untilMs: number, heldUntilMs: number): SecondReport {
    const [response, scheduleLag] = [createLatencies(), createLatencies()]
    const from = second * 1000
    if (lost > 0) response.record(untilMs - from, lost)
    let [due, unknown] = [0, lost]
    for (let at = from; at < Math.min(from + 1000, untilMs); at += sliceMs) {
      const count = Math.max(0, dueBy(Math.min(at + sliceMs, untilMs)) - counted)
      if (count === 0) continue
      due += count
      counted += count
      response.record(untilMs - at, count)
      if (at < heldUntilMs) unknown += count
      else scheduleLag.record(untilMs - at, count)
    }
    const failed = due + lost
    const errors = failed === 0 ? {} : { [workerLost]: { count: failed, longestMs: untilMs - from } }
    return {
      ...{ producer: share, second, due, sent: 0, acknowledged: 0, unconfirmed: 0, failed },
      ...{ indeterminate: unknown, errors },
      response: response.take(),
      service: createLatencies().take(),
      scheduleLag: scheduleLag.take(),
      ...{ batchTimes: [], uncompressedBytes: 0, compressedBytes: 0, busy: 0, blocked: 0 }
    }
  }

  return {
    nextSecond: () => nextSecond,
    enter(report) {
      if (report.second < nextSecond) return false
      nextSecond = report.second + 1
      counted += report.due
      sent += report.sent
      const neverSent = report.errors['UNSENT']?.count ?? 0
      unanswered += report.sent - report.acknowledged - report.unconfirmed - (report.failed - neverSent)
      return true
    },
    closeGap(untilMs, heldUntilMs) {
      const reports: SecondReport[] = []
      for (; nextSecond * 1000 < untilMs; nextSecond += 1) {
        reports.push(missing(nextSecond, unanswered, untilMs, heldUntilMs))
        unanswered = 0
      }
      const unknown = reports.reduce((sum, { indeterminate }) => sum + indeterminate, 0)
      return { reports, unknown: rate.kind === 'closed' ? null : unknown }
    },
    left: (atMs) => Math.max(0, total - (rate.kind === 'closed' ? sent : dueBy(atMs)))
  }
}
