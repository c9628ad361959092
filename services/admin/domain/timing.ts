import type { Clock } from '#shared/clock.ts'

export interface ReadTiming extends Pick<Clock, 'now'> {
  /** Time limit of each reading, which leaves out what has not answered by then. */
  deadlineMs: number
}

export interface WaitTiming extends ReadTiming, Pick<Clock, 'monotonicMs' | 'sleep'> {
  /** How long to wait in all until the cluster is in the expected state. */
  waitMs: number
}

export interface ChangeTiming extends WaitTiming {
  /** How long Kafka may take to accept a change; longer than the election of a new controller. */
  changeTimeoutMs: number
}
