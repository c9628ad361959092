import type { Finding } from '#shared/contracts/drill-records.ts'
import type { Drill, DrillEvent } from '#shared/contracts/drills.ts'
import type { FaultSource } from './fault-sources.ts'
import type { TimedOutcome } from './records/outcomes.ts'
import type { DrillParts, DrillPlan } from './steps.ts'
import type { Workload } from './workload.ts'

/** When the stages' faults were requested first and healed last, in monotonic milliseconds; null if they were not. */
export interface FaultTimes {
  injectedAtMs: number | null
  healedAtMs: number | null
}

/** What a participant adds to a drill's record, and what speaks against the cluster or a client. */
export interface ParticipantReport {
  record?: Partial<Drill>
  findings?: Finding[]
}

/**
 * Whoever uses the cluster while the fault is there: writers, consumers, load. Participants start in order, and end in this
 * order, whatever happens.
 */
export interface Participant {
  readonly name: string
  /** Resolves once it uses the cluster. Rejects if it cannot: then there is no drill. */
  start(signal: AbortSignal): Promise<void>
  /** Waits until it is in a steady state, for a fault to disturb. Rejects if it does not get there. */
  steady?(signal: AbortSignal): Promise<void>
  /**
   * The end of a drill that went well: finishes what is under way, for up to a time, and then abandons it. Nobody waits for it any
   * longer once the signal aborts: abandon() follows.
   */
  stop(timeoutMs: number, signal: AbortSignal): Promise<void>
  /** Ends it at once. Idempotent, also after stop(). Must not reject. */
  abandon(): Promise<void>
  /** After its end. */
  report?(times: FaultTimes): ParticipantReport
  /** Faults of its own: a member that is killed, a transaction whose end is delayed. */
  faults?: FaultSource
  /** Of records of the drill that it writes itself; filled in as they come. */
  readonly outcomes?: readonly TimedOutcome[]
}

export interface ParticipantContext {
  parts: DrillParts
  plan: DrillPlan
  /** The drill's writers, which start first and end first. */
  writers: { readonly workload: Pick<Workload, 'written' | 'endedAtMs'> }
  onEvent: (event: DrillEvent['event'], detail?: string) => void
}

/** Makes a participant for a drill, or none if the drill does not have one of this sort. */
export type CreateParticipant = (context: ParticipantContext) => Participant | undefined
