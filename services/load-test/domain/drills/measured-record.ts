import type { Drill } from '#shared/contracts/drills.ts'
import { ratesOf } from './rates.ts'
import type { DrillPlan } from './steps.ts'
import { timelinesOf } from './timelines.ts'
import type { Watcher } from './watcher.ts'
import type { Workload } from './workload.ts'

/** What a drill's record tells of its partitions and rates; nothing without a fault to count from. */
export function measuredRecord({
  plan: { topic, target },
  watcher,
  workload,
  injectedAtMs
}: {
  plan: Pick<DrillPlan, 'topic' | 'target'>
  watcher: Watcher | undefined
  workload: Workload
  injectedAtMs: number | null
}): Partial<Drill> {
  if (!watcher || injectedAtMs === null) return {}
  const { outcomes, endedAtMs: writtenUntilMs } = workload
  const { brokers } = target
  const partitions = timelinesOf({ topic, lanes: watcher.lanes, outcomes, brokers, injectedAtMs, writtenUntilMs })
  const rates = ratesOf(outcomes, injectedAtMs)
  return { partitions, ...(rates && { rates }) }
}
