import type { ConsumedSecond } from './consume-port.ts'
import { createLatencies } from './latencies.ts'
import { createSecondTicks, type SecondTicks } from './second-ticks.ts'

/** Gathers what one group measures, second by second. All times are milliseconds since the start of the run. */
export interface ConsumedRecorder extends SecondTicks {
  /** Records of the run so far, and when the first and the last were processed. */
  readonly consumed: number
  readonly firstMs: number | null
  readonly lastMs: number | null
  /** A record was processed. */
  record(times: RecordTimes): void
  /** A record was not processed before the end: the time that has passed is the least that it takes. */
  unconsumed(times: RecordTimes): void
  foreign(count: number): void
  lag(records: number): void
}

export interface RecordTimes {
  dueMs: number
  takenMs: number
  nowMs: number
}

export interface ConsumedRecorderOptions {
  group: number
  onSecond: (second: ConsumedSecond) => void
  /** Milliseconds for which this thread has been at work since its start. */
  busyMs: () => number
}

export function createConsumedRecorder({ group, onSecond, busyMs }: ConsumedRecorderOptions): ConsumedRecorder {
  const [endToEnd, delivery] = [createLatencies(), createLatencies()]
  let counts = { consumed: 0, foreign: 0, lag: null as number | null }
  let [consumed, firstMs, lastMs]: [number, number | null, number | null] = [0, null, null]

  const ticks = createSecondTicks({ busyMs }, ({ second, busy }) => {
    onSecond({ group, second, ...counts, endToEnd: endToEnd.take(), delivery: delivery.take(), busy })
    counts = { consumed: 0, foreign: 0, lag: null }
  })

  function time({ dueMs, takenMs, nowMs }: RecordTimes): void {
    endToEnd.record(nowMs - dueMs)
    delivery.record(nowMs - takenMs)
  }

  return {
    get consumed() {
      return consumed
    },
    get firstMs() {
      return firstMs
    },
    get lastMs() {
      return lastMs
    },
    record(times) {
      counts.consumed += 1
      consumed += 1
      firstMs ??= times.nowMs
      lastMs = times.nowMs
      time(times)
    },
    unconsumed: time,
    foreign(count) {
      counts.foreign += count
    },
    lag(records) {
      counts.lag = records
    },
    ...ticks
  }
}
