import { createOffsetEstimate } from './clock-offset.ts'
import type { ClockOffset } from './messages.ts'

/** The beats of a worker, and what their answers say. Times are monotonic; epochMs those of the clock that is compared. */
export interface Beats {
  /** Takes note of a beat that is sent now. Returns its number. */
  next(): number
  lastAtMs(): number
  /**
   * The service has answered a beat.
   * @returns when it was sent; undefined if this worker has sent no such beat
   */
  answered(
    beat: { beat: number; receivedAtMs: number },
    answeredAtMs: number
  ): { atMs: number; epochMs: number } | undefined
  clock(): ClockOffset | null
  /** Whether clocks were compared often enough for one of the exchanges to have been fast. */
  isClockKnown(): boolean
}

interface Beat {
  number: number
  atMs: number
  epochMs: number
}

const keptBeats = 200
const leastExchanges = 5

export function createBeats(now: { monotonicMs: () => number; epochMs: () => number }): Beats {
  const offset = createOffsetEstimate()
  let beats: Beat[] = []
  let number = 0
  return {
    next() {
      number += 1
      beats = [...beats.slice(1 - keptBeats), { number, atMs: now.monotonicMs(), epochMs: now.epochMs() }]
      return number
    },
    lastAtMs: () => beats.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY,
    answered({ beat, receivedAtMs }, answeredMs) {
      const sent = beats.find((each) => each.number === beat)
      if (!sent) return undefined
      offset.add({ sentMs: sent.epochMs, receivedMs: receivedAtMs, answeredMs, answerReceivedMs: now.epochMs() })
      return sent
    },
    clock: offset.current,
    isClockKnown: () => offset.size() >= leastExchanges
  }
}
