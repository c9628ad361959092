import type { Evidence } from '../verdict.ts'
import { goingOn, type Sighting, type Stall } from './stalls.ts'

/** A stage that left a transaction open, as far as it has come. */
export interface HangingWindow {
  stalls: readonly Stall[]
  sightings: readonly Sighting[]
  states: readonly string[]
  timeoutMs: number
  injectedAtMs: number | null
  healedAtMs: number | null
}

/** When read_committed readers were seen to wait in every partition of the transaction; undefined while in one they do not. */
export function heldAtMs({ stalls }: Pick<HangingWindow, 'stalls'>): number | undefined {
  if (stalls.length === 0 || stalls.some(({ heldFromMs, advanced }) => heldFromMs === null || advanced === 0)) {
    return undefined
  }
  return Math.max(...stalls.map(({ heldFromMs }) => heldFromMs ?? 0))
}

/** When readers could continue in every partition; undefined while in one they cannot. */
export function releasedAtMs({ stalls }: Pick<HangingWindow, 'stalls'>): number | undefined {
  if (stalls.length === 0 || stalls.some(({ releasedAtMs }) => releasedAtMs === null)) return undefined
  return Math.max(...stalls.map(({ releasedAtMs }) => releasedAtMs ?? 0))
}

/**
 * Whether the last stable offset of each partition stood still while records were written behind it, and not for less time than the
 * transaction was to be open: until its end was asked for, or its timeout was over. The leaders say so, not the producer.
 */
export function hangingEvidence(window: HangingWindow): Evidence['fault'] {
  const { stalls, sightings, injectedAtMs, healedAtMs, timeoutMs, states } = window
  const no = (detail: string) => ({ confirmed: false, detail })
  if (injectedAtMs === null) return no('no transaction was left open')
  if (stalls.length === 0) return no('no record of the transaction was acknowledged')
  const free = stalls.filter(({ heldFromMs }) => heldFromMs === null)
  if (free.length > 0) return no(`the last stable offset did not stand still in partition ${named(free)}`)
  const idle = stalls.filter(({ advanced }) => advanced === 0)
  if (idle.length > 0) return no(`nothing was seen to be written behind the transaction in partition ${named(idle)}`)
  const untilMs = Math.min(healedAtMs ?? Number.POSITIVE_INFINITY, injectedAtMs + timeoutMs)
  const early = stalls.filter(({ releasedAtMs }) => releasedAtMs !== null && releasedAtMs < untilMs)
  if (early.length > 0) {
    const after = seconds(Math.min(...early.map(({ releasedAtMs }) => releasedAtMs ?? 0)) - injectedAtMs)
    return no(`the last stable offset moved on in partition ${named(early)} after ${after}, before it should have`)
  }
  const released = releasedAtMs(window)
  const lastMs = released ?? sightings.at(-1)?.atMs ?? injectedAtMs
  const { others, went } = goingOn(stalls, sightings)
  return {
    confirmed: true,
    detail: [
      `the last stable offset of ${stalls.length} partition(s) stood still ${released === undefined ? 'to the end, ' : ''}until ${seconds(lastMs - injectedAtMs)} after the fault was requested, with up to ${Math.max(...stalls.map(({ heldBack }) => heldBack))} offsets behind it`,
      ...(others === 0 ? [] : [`readers went on in ${went} of ${others} other(s)`]),
      ...(states.length === 0 ? [] : [`its coordinator called the transaction ${states.join(', then ')}`])
    ].join('; ')
  }
}

function named(stalls: readonly Stall[]): string {
  return stalls.map(({ partition }) => partition).join(', ')
}

export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
}
