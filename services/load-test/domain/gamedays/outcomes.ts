import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDayStepResult, GameDayVerdict } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { ConditionReading } from './conditions.ts'

/** How a step ended. */
export interface StepEnd {
  state: Extract<GameDayStepResult['state'], 'passed' | 'failed' | 'inconclusive' | 'aborted'>
  detail: string
}

/** A drill passes its step with the verdict that is expected; one that is not conclusive is no failure of the cluster. Pure. */
export function endOfDrill({ verdict, failure }: Drill, expected: 'pass' | 'fail' | 'inconclusive'): StepEnd {
  const result = verdict?.result ?? 'aborted'
  const because = verdict?.reasons[0] ?? failure ?? 'it has no verdict'
  if (result === expected) return { state: 'passed', detail: because }
  const detail = `the verdict is ${result}${expected === 'pass' ? '' : `, and ${expected} is expected`}: ${because}`
  return { state: result === 'inconclusive' || result === 'aborted' ? result : 'failed', detail }
}

/** A load test passes its step if it completes and meets its thresholds. Pure. */
export function endOfLoad({ status, result, failure }: LoadTestRun): StepEnd {
  if (status === 'aborted') return { state: 'aborted', detail: failure ?? 'it was aborted' }
  if (status !== 'completed' || !result) return { state: 'failed', detail: failure ?? `it is ${status}` }
  const missed = result.thresholds?.filter(({ passed }) => passed !== true) ?? []
  if (missed.length > 0)
    return { state: 'failed', detail: `not met: ${missed.map(({ threshold }) => threshold).join(', ')}` }
  return { state: 'passed', detail: `${result.acknowledged} records acknowledged` }
}

/** A condition that never held is a failure of the cluster; one that could not be read is none. Pure. */
export function endOfUntil({ holds, reading }: ConditionReading): StepEnd {
  if (holds) return { state: 'passed', detail: reading }
  return holds === null
    ? { state: 'inconclusive', detail: `it could not be read: ${reading}` }
    : { state: 'failed', detail: `not in time: ${reading}` }
}

/** The verdict over the steps of a game day. It never passes by default. Pure. @param aborted why it was, if it was */
export function judgeGameDay(steps: readonly GameDayStepResult[], aborted?: string): GameDayVerdict {
  const reasons = steps.flatMap(({ state, what, detail }, index) =>
    state === 'failed' || state === 'inconclusive' ? [`step ${index + 1}, ${what}: ${state}: ${detail}`] : []
  )
  const has = (state: GameDayStepResult['state']) => steps.some((step) => step.state === state)
  if (has('failed')) return { result: 'fail', reasons: aborted === undefined ? reasons : [...reasons, aborted] }
  if (aborted !== undefined) return { result: 'aborted', reasons: [aborted, ...reasons] }
  if (has('inconclusive')) return { result: 'inconclusive', reasons }
  const stopped = steps.find(({ state }) => state === 'aborted')
  if (stopped) return { result: 'aborted', reasons: [`${stopped.what} was aborted: ${stopped.detail}`] }
  if (steps.length === 0 || steps.some(({ state }) => state !== 'passed')) {
    return { result: 'inconclusive', reasons: ['not every step was carried out'] }
  }
  return { result: 'pass', reasons: [`all ${steps.length} step(s) passed`] }
}
