import { type FaultWindow, faultEvidence } from './fault-evidence.ts'
import { firstMoment, type Observation } from './observation.ts'
import type { Participant } from './participants.ts'
import type { Evidence } from './verdict.ts'

/** A stage while its fault holds and after it is healed, as far as it has come. */
export interface StageWindow extends FaultWindow {
  participants: readonly Participant[]
}

/** How the effect of a stage's fault shows, and how its end does. To add one, add a row and its test. */
export interface Effect {
  /** The event of the timeline when it shows. */
  shownAs: string
  /** When it first showed, in monotonic milliseconds; undefined if it has not shown yet. */
  shownAt(window: StageWindow): number | undefined
  /** What is seen instead. */
  unshown(window: StageWindow): string
  /** Whether the node's leaders move away. */
  movesLeaders: boolean
  /** Whether the fault took effect and held, judged by what is seen from outside its injector. */
  evidence(window: StageWindow): Evidence['fault']
  /** Whether the last observations show that the cluster has recovered. Asked after healing. */
  recovered(window: StageWindow): boolean
}

/** The first observation since the fault was requested that satisfies a condition. */
function firstSince({ observations, injectedAtMs }: StageWindow, condition: (seen: Observation) => boolean) {
  if (injectedAtMs === null) return undefined
  return firstMoment(observations, condition, injectedAtMs)
}

/** Whether an observation since the healing was requested satisfies a condition. */
function isSeenHealed({ observations, healedAtMs }: StageWindow, condition: (seen: Observation) => boolean): boolean {
  if (healedAtMs === null) return false
  const last = observations.at(-1)
  return last !== undefined && last.atMs >= healedAtMs && condition(last)
}

/** A broker no longer answers, for any reason. */
export const brokerGone: Effect = {
  shownAs: 'node-unreachable',
  shownAt: (window) => firstSince(window, ({ nodeReachable }) => !nodeReachable),
  unshown: ({ node }) => `${node} keeps answering`,
  movesLeaders: true,
  evidence: faultEvidence,
  recovered: (window) => isSeenHealed(window, ({ isrWhole, nodeReachable }) => isrWhole && nodeReachable)
}
