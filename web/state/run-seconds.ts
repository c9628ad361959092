import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'

/** What the stream of a load test has said since the page was opened. */
export interface RunTail {
  run: LoadTestRun
  seconds: readonly LoadTestSecond[]
}

/** Keeps the second that an event of the stream brings. */
export function withEvent(tail: RunTail | undefined, run: LoadTestRun): RunTail {
  const { seconds = [] } = tail ?? {}
  const second = run.progress?.second
  if (second === undefined || seconds.at(-1)?.second === second.second) return { run, seconds }
  return { run, seconds: [...seconds.filter((each) => each.second < second.second), second] }
}

/** A report with what has happened since it was read. */
export function reportWith(report: LoadTestReport, tail: RunTail | undefined): LoadTestReport {
  if (tail === undefined || tail.run.id !== report.run.id || report.run.finishedAt !== null) return report
  const last = report.seconds.at(-1)?.second ?? -1
  const later = tail.seconds.filter(({ second }) => second > last)
  return {
    ...report,
    run: tail.run,
    seconds: later.length === 0 ? report.seconds : [...report.seconds, ...later]
  }
}

/** Seconds are missing between two that are there: the report has them. */
export function hasGap(seconds: readonly LoadTestSecond[]): boolean {
  return seconds.some(({ second }, nth) => second !== (seconds[nth - 1]?.second ?? -1) + 1)
}
