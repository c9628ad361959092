import type { DrillPlan } from '#shared/contracts/drills.ts'
import type { GameDayPlan, GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import { comparedNames } from '#shared/drill-timeline.ts'
import { counted, formatCount, formatSeconds } from '../format/numbers.ts'
import { bandText } from './drill-timeline.ts'
import type { State } from './job-states.ts'

/** Whether a step could begin now. */
export function stepState({ admitted, drill }: GameDayStepPlan): State {
  if (!admitted) return { mark: 'down', word: 'refused' }
  const overridden = overriddenIn(drill)
  return overridden > 0
    ? { mark: 'degraded', word: `against ${counted(overridden, 'guard')}` }
    : { mark: 'healthy', word: 'ready' }
}

/** The plan of a step in a line: its guards, and what clients would notice; or what a load test would write. */
export function stepInShort({ drill, load }: GameDayStepPlan): string | undefined {
  if (drill) {
    const { guards, prediction } = drill
    const passed = guards.filter(({ passed }) => passed).length
    const times = (['leaders', 'clientGap', 'isrFull'] as const).flatMap((name) => {
      const band = prediction.seconds[name]
      return band ? [`${comparedNames[name]} ${bandText(band)}`] : []
    })
    return [`${passed} of ${counted(guards.length, 'guard')} pass`, ...times].join('; ')
  }
  if (!load) return undefined
  const { records, seconds } = load
  const extent = [
    ...(records === null ? [] : [`${formatCount(records)} records`]),
    ...(seconds === null ? [] : [formatSeconds(seconds)])
  ]
  return extent.join(' in ') || 'as long as the cluster decides'
}

/** Whether a game day would be started. */
export function planState(plan: GameDayPlan): State {
  if (!plan.admitted) return { mark: 'down', word: 'It is refused now' }
  const overridden = plan.steps.reduce((sum, { drill }) => sum + overriddenIn(drill), 0)
  return overridden > 0
    ? { mark: 'degraded', word: `It would be started, against ${counted(overridden, 'guard')}` }
    : { mark: 'healthy', word: 'It would be started' }
}

/** What refuses a game day now; undefined: nothing. */
export function whyRefused({ guards, steps }: Pick<GameDayPlan, 'guards' | 'steps'>): string | undefined {
  const failed = guards.find(({ passed }) => !passed)
  if (failed) return failed.reading
  const refused = steps.flatMap(({ admitted }, nth) => (admitted ? [] : [nth + 1]))
  if (refused.length === 0) return undefined
  return `${refused.length === 1 ? 'step' : 'steps'} ${refused.join(', ')} would be refused`
}

function overriddenIn(drill: DrillPlan | null): number {
  return drill?.guards.filter(({ forced }) => forced).length ?? 0
}
