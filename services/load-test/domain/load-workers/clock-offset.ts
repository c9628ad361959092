import type { ClockOffset } from './messages.ts'

/** Clocks drift apart by up to some 50 ms in this time, so that older measurements say less than newer ones that took longer. */
const keptMs = 60_000

export interface OffsetEstimate {
  /**
   * Takes one exchange: the worker sent a beat, the service received it and answered later, the worker received the answer. Each
   * time is by the clock of the side at which it happened.
   */
  add(exchange: { sentMs: number; receivedMs: number; answeredMs: number; answerReceivedMs: number }): void
  /** That of the exchange that took least; null before the first. */
  current(): ClockOffset | null
  /** The number of exchanges that count. */
  size(): number
}

/**
 * Estimates the offset between two clocks as NTP does (RFC 5905, section 8): half of what an exchange spent on its way is the bound
 * of the error, whatever the two directions took.
 */
export function createOffsetEstimate(): OffsetEstimate {
  let kept: (ClockOffset & { atMs: number })[] = []
  return {
    size: () => kept.length,
    add({ sentMs, receivedMs, answeredMs, answerReceivedMs }) {
      const errorMs = (answerReceivedMs - sentMs - (answeredMs - receivedMs)) / 2
      // A clock that was set meanwhile.
      if (errorMs < 0) return
      const offsetMs = (receivedMs - sentMs + answeredMs - answerReceivedMs) / 2
      kept = kept.filter(({ atMs }) => atMs > answerReceivedMs - keptMs)
      kept.push({ offsetMs, errorMs, atMs: answerReceivedMs })
    },
    current() {
      const [best] = kept.toSorted((a, b) => a.errorMs - b.errorMs)
      return best ? { offsetMs: best.offsetMs, errorMs: best.errorMs } : null
    }
  }
}
