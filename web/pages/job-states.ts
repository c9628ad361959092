import type { Drill } from '#shared/contracts/drills.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isAnswered } from '#shared/load-report/search-facts.ts'

/** A mark and its word. */
export interface State {
  mark: 'healthy' | 'degraded' | 'down' | 'unknown' | 'progress'
  word: string
}

const verdicts = { pass: 'healthy', fail: 'down', inconclusive: 'degraded', aborted: 'unknown' } as const

/** A drill, or a game day, which has some of its states. */
interface Judged {
  status: Drill['status']
  verdict: { result: keyof typeof verdicts } | null
}

/** What became of a drill or a game day; until then, its phase. */
export function drillState({ status, verdict }: Judged): State {
  if (verdict) return { mark: verdicts[verdict.result], word: verdict.result }
  if (status === 'failed') return { mark: 'down', word: status }
  if (status === 'completed' || status === 'aborted') return { mark: 'unknown', word: status }
  return { mark: 'progress', word: status }
}

/** Whether it still goes on, and can be aborted. */
export function isUnderWay({ status }: Pick<Drill, 'status'>): boolean {
  return !['completed', 'aborted', 'failed'].includes(status)
}

/** What became of a load test: with thresholds, whether it kept them; a search has to find a rate, and a verification to read all. */
export function runState({ status, result }: Pick<LoadTestRun, 'status' | 'result'>): State {
  if (status === 'pending' || status === 'running') return { mark: 'progress', word: status }
  if (status === 'failed') return { mark: 'down', word: status }
  if (status === 'aborted') return { mark: 'unknown', word: status }
  const thresholds = result?.thresholds ?? []
  if (thresholds.some(({ passed }) => !passed)) return { mark: 'down', word: 'threshold missed' }
  if (result?.search && !isAnswered(result.search)) return { mark: 'degraded', word: 'no final rate' }
  if (result?.verification?.verdict === 'incomplete') return { mark: 'degraded', word: 'not all read back' }
  if (thresholds.length > 0) return { mark: 'healthy', word: 'thresholds kept' }
  return { mark: 'healthy', word: status }
}
