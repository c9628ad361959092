import { during, type FaultWindow } from './fault-evidence.ts'
import type { LookKind, Looks } from './looks.ts'
import { firstMoment, type Observation } from './observation.ts'
import type { Participant } from './participants.ts'
import type { Evidence } from './verdict.ts'

/** A stage while its fault holds and after it is healed, as far as it has come. */
export interface StageWindow extends FaultWindow {
  /** One for each broker that the stage is about; the first is the window itself. */
  brokers: readonly FaultWindow[]
  looks: Looks
  participants: readonly Participant[]
}

/** How the effect of a stage's fault shows, and how its end does. To add one, add a row and its test. */
export interface Effect {
  /** What is looked at for it, beside the brokers' answers. */
  looks?: readonly LookKind[]
  /** The event of the timeline when it shows. */
  shownAs: string
  /** When it first showed, in monotonic milliseconds; undefined if it has not shown yet. */
  shownAt(window: StageWindow): number | undefined
  /** What is seen instead. */
  unshown(window: StageWindow): string
  /** Whether the node's leaders move away. */
  movesLeaders: boolean
  /** Whether the fault took effect and held, as observed from outside its injector. */
  evidence(window: StageWindow): Evidence['fault']
  /** The events of the timeline when it has recovered and when it has not; absent: those of replicas that are in sync. */
  recoveredAs?: readonly [whole: string, notWhole: string]
  /** Whether the last observations show that the cluster has recovered. Asked after healing. */
  recovered(window: StageWindow): boolean
}

/** The first moment since the fault was requested, and before healing, at which an observation shows something. */
export function firstSince(
  { observations, injectedAtMs, healedAtMs }: FaultWindow,
  condition: (seen: Observation) => boolean
): number | undefined {
  return injectedAtMs === null ? undefined : firstMoment(observations, condition, injectedAtMs, healedAtMs)
}

/** Whether the last observation since the healing was requested satisfies a condition. */
function isSeenHealed({ observations, healedAtMs }: FaultWindow, condition: (seen: Observation) => boolean): boolean {
  if (healedAtMs === null) return false
  const last = observations.at(-1)
  return last !== undefined && last.atMs >= healedAtMs && condition(last)
}

const isWhole = ({ isrWhole, nodeReachable, leaderless }: Observation) => isrWhole && nodeReachable && leaderless === 0

/** Whether every broker of the stage is reachable and in sync again. */
export const allWhole = ({ brokers }: StageWindow) => brokers.every((broker) => isSeenHealed(broker, isWhole))

/** The agent's reading must not contradict: a fault that its node does not show is none. */
export function contradicted(window: StageWindow): Evidence['fault'] | undefined {
  if (window.injectedAtMs === null) return { confirmed: false, detail: 'no fault was injected' }
  if (window.lost !== undefined) return { confirmed: false, detail: window.lost }
  const missing = during(window.looks.proofs, window).find(({ holds }) => !holds)
  return missing && { confirmed: false, detail: `the fault did not hold: ${missing.detail}` }
}

/** What the agent last read back on the node while the fault held. */
export function proven({ looks, ...window }: StageWindow): string | undefined {
  return during(looks.proofs, window).at(-1)?.detail
}
