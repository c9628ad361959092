import { leadersMoved, type Observation } from './observation.ts'
import type { Evidence } from './verdict.ts'

export interface FaultWindow {
  node: string
  observations: readonly Observation[]
  /** From requesting the fault until requesting its end, in monotonic milliseconds; null if it did not get that far. */
  injectedAtMs: number | null
  healedAtMs: number | null
  /** When the injection was complete; null before. A node may come and go until then. */
  activeAtMs: number | null
  leadersOnNodeBefore: number
  /** Why the fault ended early, if it did. */
  lost: string | undefined
}

type Times = Pick<FaultWindow, 'injectedAtMs' | 'healedAtMs'>

/** What was looked at while the fault held. */
export function during<Look extends { atMs: number }>(
  looks: readonly Look[],
  { injectedAtMs, healedAtMs }: Times
): Look[] {
  if (injectedAtMs === null) return []
  return looks.filter(({ atMs }) => atMs >= injectedAtMs && (healedAtMs === null || atMs < healedAtMs))
}

/**
 * Whether the fault took effect, judged by the brokers' answers and not by its injector's: the node stopped answering
 * while others kept answering, and did not answer again before it was healed.
 */
export function faultEvidence(window: FaultWindow): Evidence['fault'] {
  const { node, injectedAtMs, leadersOnNodeBefore } = window
  if (injectedAtMs === null) return { confirmed: false, detail: 'no fault was injected' }
  if (window.lost !== undefined) return { confirmed: false, detail: window.lost }
  const seen = during(window.observations, window)
  const silentFrom = seen.findIndex(({ nodeReachable, brokersReachable }) => !nodeReachable && brokersReachable > 0)
  const silent = seen[silentFrom]
  if (!silent) return { confirmed: false, detail: `${node} kept answering` }
  if (returned(seen.slice(silentFrom), window, ({ nodeReachable }) => nodeReachable)) {
    return { confirmed: false, detail: `${node} answered again before the fault was healed` }
  }
  const moved = seen.find(leadersMoved)
  const leaders =
    leadersOnNodeBefore === 0
      ? 'it led no partition of the drill'
      : moved
        ? `its ${leadersOnNodeBefore} partition(s) had other leaders after ${seconds(moved.atMs, injectedAtMs)}`
        : `its ${leadersOnNodeBefore} partition(s) had no other leaders before the fault was healed`
  return {
    confirmed: true,
    detail: `${node} stopped answering ${seconds(silent.atMs, injectedAtMs)} after the fault was requested; ${leaders}`
  }
}

/** How long after the fault was requested. */
export function seconds(atMs: number, fromMs: number | null): string {
  return `${(Math.max(0, atMs - (fromMs ?? atMs)) / 1000).toFixed(1)} s`
}

/** Whether what is looked for shows after the first of these looks, which did not show it, and after the injection was complete. */
export function returned<Look extends { atMs: number }>(
  looks: readonly Look[],
  { activeAtMs }: Pick<FaultWindow, 'activeAtMs'>,
  shows: (look: Look) => boolean
): boolean {
  return looks.some((look) => look.atMs >= (activeAtMs ?? 0) && shows(look))
}
