import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { DrillPlan } from '#shared/contracts/drills.ts'
import type { GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import type { GameDayStep } from '#shared/contracts/gameday-request.ts'
import type { LoadTestPlan } from '#shared/contracts/load-plan.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import { resolveStep } from '#shared/gamedays/steps.ts'
import { type ConditionParts, readCondition } from './conditions.ts'

/** What plans the steps. Changes nothing. */
export interface StepPlanners {
  drills: { plan(request: StartDrill): Promise<DrillPlan> }
  loadTests: { plan(workload: Workload): Promise<LoadTestPlan> }
  conditions: ConditionParts
}

/** A reading of the health that is older says nothing about now. */
const freshMs = 60_000

/**
 * What a step would do, as the cluster is now. A refusal belongs to the plan; what nobody could plan, because the agent or the
 * cluster does not answer, does not.
 * @throws KopsError agent_unreachable, cluster_unreachable
 */
export async function planStep(step: GameDayStep, parts: StepPlanners): Promise<GameDayStepPlan> {
  const unplanned = { what: stepInWords(step), admitted: true, detail: null, drill: null, load: null }
  const resolved = resolveStep(step)
  try {
    switch (resolved.kind) {
      case 'drill': {
        const drill = await parts.drills.plan(resolved.request)
        return { ...unplanned, drill, admitted: drill.admitted, detail: refusing(drill.guards) }
      }
      case 'load': {
        const load = await parts.loadTests.plan(resolved.workload)
        return { ...unplanned, load, admitted: load.canStart, detail: refusing(load.guards) }
      }
      case 'wait':
        return unplanned
      case 'until': {
        const since = new Date(parts.conditions.clock.now().getTime() - freshMs)
        const { signal } = new AbortController()
        const { holds, reading } = await readCondition(resolved.condition, parts.conditions, { since, signal })
        const now = holds === null ? 'cannot be read' : holds ? 'holds now' : 'does not hold now'
        return { ...unplanned, admitted: holds !== null, detail: `${now}: ${reading}` }
      }
    }
  } catch (error) {
    if (!isKopsError(error) || error.status >= 500) throw error
    return { ...unplanned, admitted: false, detail: error.message }
  }
}

/** Which guards refuse a step, and what they read. */
function refusing(guards: DrillPlan['guards']): string | null {
  const found = guards.filter(({ passed, forced }) => !passed && !forced)
  return found.length === 0 ? null : found.map(({ name, reading }) => `${name}: ${reading}`).join('; ')
}
