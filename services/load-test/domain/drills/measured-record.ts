import type { Drill } from '#shared/contracts/drills.ts'
import { compareWithPrediction } from './comparison.ts'
import { ratesOf } from './rates.ts'
import type { DrillPlan } from './steps.ts'
import { answersOf, timelinesOf } from './timelines.ts'
import type { Watcher } from './watcher.ts'
import type { Workload } from './workload.ts'

export interface MeasuredInput {
  plan: Pick<DrillPlan, 'topic' | 'target' | 'stages' | 'prediction'>
  watcher: Watcher | undefined
  watchIntervalMs: number
  workload: Workload
  injectedAtMs: number | null
  healedAtMs: number | null
}

/** The partitions, rates and comparison in a drill's record; empty without a fault to count from. */
export function measuredRecord({ plan, watcher, workload, injectedAtMs, ...input }: MeasuredInput): Partial<Drill> {
  if (!watcher || injectedAtMs === null) return {}
  const { topic, target, stages, prediction } = plan
  const { outcomes, endedAtMs: writtenUntilMs } = workload
  const { brokers } = target
  const partitions = timelinesOf({
    topic: topic.name,
    lanes: watcher.lanes,
    outcomes,
    brokers,
    injectedAtMs,
    writtenUntilMs
  })
  const rates = ratesOf(outcomes, injectedAtMs)
  // The bands are those of one fault: of several stages, times from the first to the last say nothing about them.
  const comparison =
    prediction && brokers.length > 0 && stages.length === 1
      ? compareWithPrediction({
          ...{ partitions, predicted: prediction.record.seconds, watchIntervalMs: input.watchIntervalMs },
          brokers: brokers.map(({ id }) => id),
          healedMs: input.healedAtMs === null ? null : input.healedAtMs - injectedAtMs,
          requestTimeoutMs: prediction.clientTimeoutMs,
          breaksController: prediction.breaksController
        })
      : undefined
  const answers = answersOf(watcher.lanes, injectedAtMs)
  return { partitions, answers, ...(rates && { rates }), ...(comparison && { comparison }) }
}
