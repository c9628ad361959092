/** What a thread reports once a second, with the share of time in which it was at work. */
export interface SecondTicks {
  /** Reports each second that is over: several if the thread did not get its turn, because a gap would end the run for whoever reads them. */
  roll(nowMs: number): void
  /** Reports the rest. */
  end(nowMs: number): void
}

/** @property last nothing comes after it */
export interface Tick {
  second: number
  lengthMs: number
  busy: number
  last: boolean
}

/**
 * @param busyMs milliseconds for which this thread has been at work since its start
 * @param report gets the seconds in their order, without a gap
 */
export function createSecondTicks(
  { busyMs, firstSecond = 0 }: { busyMs: () => number; firstSecond?: number },
  report: (tick: Tick) => void
): SecondTicks {
  let second = firstSecond
  let busyBefore = busyMs()
  function tick(untilMs: number, last: boolean): void {
    const busy = busyMs()
    const lengthMs = Math.max(1, untilMs - second * 1000)
    report({ second, lengthMs, busy: Math.min(1, (busy - busyBefore) / lengthMs), last })
    busyBefore = busy
  }
  return {
    roll(nowMs) {
      for (const now = Math.floor(nowMs / 1000); second < now; second += 1) tick((second + 1) * 1000, false)
    },
    end: (nowMs) => tick(nowMs, true)
  }
}
