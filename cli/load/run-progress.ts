import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { drainInWords, secondInWords } from '#shared/load-report/consumer-facts.ts'
import { trialInWords } from '#shared/load-report/search-facts.ts'
import { grouped, milliseconds, span } from '#shared/reports/figures.ts'
import type { Output } from '../output.ts'

/** Seconds between two lines where no line can be redrawn. */
const plainEvery = 5

export interface RunProgress {
  /** Shows the last second of a run, unless it has been shown; while records are read back, how many. */
  show(run: Pick<LoadTestRun, 'progress' | 'workload'>): void
  /** Nothing more is redrawn: other lines may follow. Idempotent. */
  end(): void
}

/** One line that is redrawn every second on a terminal; elsewhere a line every five seconds. */
export function createRunProgress(
  output: Output,
  terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>
): RunProgress {
  let shown = -1
  let drawn = false
  let reading = false

  function draw(line: string): void {
    // A line that is as wide as the terminal would wrap, and not be redrawn.
    terminal.write(`\r${line.slice(0, (terminal.columns || 80) - 1)}\u001b[K`)
    drawn = true
  }

  return {
    show(run) {
      if (run.progress?.phase === 'verifying') {
        if (terminal.isTTY) draw(lineOf(run))
        else if (!reading) output.error(lineOf(run))
        reading = true
        return
      }
      const second = run.progress?.second?.second
      if (second === undefined || second <= shown) return
      if (terminal.isTTY) draw(lineOf(run))
      else if (Math.floor((second + 1) / plainEvery) === Math.floor((shown + 1) / plainEvery)) return
      else output.error(lineOf(run))
      shown = second
    },
    end() {
      if (drawn) terminal.write('\n')
      drawn = false
    }
  }
}

/** What a run does: of the last second that is over, `12 s  4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  0 errors  48 s left`. */
export function lineOf({ progress, workload }: Pick<LoadTestRun, 'progress' | 'workload'>): string {
  if (progress?.phase === 'verifying') {
    return `Reading back: ${grouped(progress.read ?? 0)} of ${grouped(progress.acknowledged + (progress.unconfirmed ?? 0))} records`
  }
  const second = progress?.second
  if (!progress || !second) return ''
  if (progress.phase === 'draining') {
    return [`${second.second + 1} s`.padStart(6), ...drainInWords(second.consumers)].join('  ')
  }
  const target = second.targetPerSecond === null ? '' : ` of ${grouped(second.targetPerSecond)}/s`
  const parts = [
    `${second.second + 1} s`.padStart(6),
    `${grouped(second.acknowledged + (second.unconfirmed ?? 0))}/s${target}${second.unconfirmed ? ' unconfirmed' : ''}`,
    `p50 ${milliseconds(second.responseP50Ms)} ms`,
    `p99 ${milliseconds(second.responseP99Ms)} ms`,
    ...(second.transactions ? [`commit p99 ${milliseconds(second.transactions.commitP99Ms)} ms`] : []),
    ...secondInWords(second.consumers),
    `${grouped(progress.failed)} error${progress.failed === 1 ? '' : 's'}`,
    ...(progress.trial ? [trialInWords(progress.trial)] : leftOf(progress, second.second, workload))
  ]
  return parts.join('  ')
}

function leftOf(
  { acknowledged, unconfirmed = 0, failed }: NonNullable<LoadTestRun['progress']>,
  second: number,
  workload: LoadTestRun['workload']
): string[] {
  const { rate, records, durationSeconds } = workload ?? {}
  // Those of a search are bounds that few reach.
  if (rate?.kind === 'search') return []
  if (durationSeconds !== undefined) return [`${span(Math.max(0, durationSeconds - second - 1))} left`]
  return records === undefined ? [] : [`${grouped(Math.max(0, records - acknowledged - unconfirmed - failed))} left`]
}
