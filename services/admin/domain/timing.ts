import type { Clock } from '#shared/clock.ts'

export interface ReadTiming extends Pick<Clock, 'now'> {
  /** How long each reading may take; what has not answered by then is left out. */
  deadlineMs: number
}

export interface WaitTiming extends ReadTiming, Pick<Clock, 'monotonicMs' | 'sleep'> {
  /** How long to wait in all until the cluster is as it should be. */
  waitMs: number
}

export interface ChangeTiming extends WaitTiming {
  /** How long Kafka may take to accept a change; longer than the election of a new controller. */
  changeTimeoutMs: number
}
