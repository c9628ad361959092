import type { DrillTarget } from '#shared/contracts/drill-plan.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { DrillVerdict } from '#shared/contracts/drill-verdict.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { drillKinds } from './kinds.ts'
import type { PlannedDrill } from './plan.ts'

/** The record of a drill before it begins: it waits for its turn if its request says for how long. */
export function newDrill(id: string, request: StartDrill, planned: PlannedDrill, now: Date): Drill {
  const self = `/api/drills/${id}`
  return {
    id,
    kind: request.kind,
    status: request.queueMs === undefined ? 'pending' : 'queued',
    createdAt: now.toISOString(),
    finishedAt: null,
    verdict: null,
    timeline: [],
    request,
    ...foundOf(planned),
    links: { self, events: `${self}/events`, cancel: self }
  }
}

/**
 * The state of a drill that ended with the service's death. The agent healed its fault when the lease expired; the fate
 * of its records is unknown.
 */
export function interruptedDrill(drill: Drill): Drill {
  const undoes =
    drillKinds[drill.kind].targets === 'transaction'
      ? 'the next start aborts its transaction, if its timeout is not over by then'
      : 'the agent heals the fault when its lease expires'
  const failure =
    drill.status === 'queued'
      ? 'The service ended while the drill was queued: nothing was done'
      : `The service ended while the drill was running; ${undoes}`
  return { ...drill, failure, verdict: uncounted(failure) }
}

/** Whether it has its turn, and has not ended. */
export function isUnderWay(drill: Pick<Drill, 'status'>): boolean {
  return drill.status !== 'queued' && !hasEnded(drill)
}

/** What a drill's record has of its plan. */
export function foundOf(planned: PlannedDrill): Pick<Drill, 'node' | 'target' | 'guards' | 'prediction'> {
  const { target, guards, prediction } = planned
  return { node: nodeOf(planned), target: targetOf(target), guards, prediction: prediction.record }
}

/** The first node of its target. */
export function nodeOf({ target: { nodes } }: PlannedDrill): string {
  const [node] = nodes
  if (node === undefined) throw new Error('A drill without a node')
  return node
}

/** A target without what only the service knows of it. */
export function targetOf({ brokers: _, nodes, ...target }: PlannedDrill['target']): DrillTarget {
  return { ...target, nodes: [...nodes] }
}

/** The verdict on a drill whose records were not counted. */
export function uncounted(reason: string): DrillVerdict {
  return {
    ...{ result: 'aborted', reasons: [reason], counts: null },
    measurements: {
      timeToNewLeadersMs: null,
      timeToFullIsrMs: null,
      longestAckGapMs: null,
      faultDurationMs: null,
      leadersOnNodeBefore: null
    }
  }
}
