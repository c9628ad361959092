import type { KafkaConfig } from '#shared/kafka/settings.ts'
import type { Subscription } from '#shared/kafka/subscribing/port.ts'
import type { MemberReport } from '../../domain/drills/consumers/port.ts'

/** A member that does what none should, for tests of the verdict. */
export type PlantedFailure =
  /** Commits past some records that it has not processed. */
  | 'commits-past'
  /** Processes partitions that other members have. */
  | 'keeps-partitions'
  /** Processes records again in the middle of its assignment. */
  | 'jumps-back'

export type ToMember =
  | {
      kind: 'start'
      config: KafkaConfig
      clientId: string
      subscription: Subscription
      planted?: PlantedFailure | undefined
    }
  | { kind: 'pause' }
  | { kind: 'leave' }

/** Times are those of the machine's monotonic clock (machine-clock.ts). */
export type FromMember = Exclude<MemberReport, { kind: 'ended' }>

/** The pipe that a paused member waits on: a byte ends the pause, its end the member. */
export const pausePipe = 3
