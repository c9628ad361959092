import type { Subscription } from '#shared/kafka/subscribing/port.ts'

/** What a member reports of itself. Times are monotonic milliseconds of this process' clock. */
export type MemberReport = { atMs: number } & (
  | { kind: 'assigned'; memberId: string; partitions: number[] }
  | { kind: 'generation'; generation: number }
  | { kind: 'revoked' }
  /** The coordinator has answered it as a member of the group. */
  | { kind: 'contact' }
  /** Records that it has processed: runs of offsets, from the first to after the last, in the order of processing. */
  | { kind: 'delivered'; partition: number; runs: [from: number, to: number][] }
  /** Of each partition the next offset to process, as the coordinator has stored it. */
  | { kind: 'committed'; commits: { partition: number; offset: number }[] }
  /** The last report before it is paused, in the middle of its work. */
  | { kind: 'paused' }
  | { kind: 'resumed' }
  | { kind: 'failed'; detail: string }
  /** The last report of all; the signal that ended its process, or null if it ended by itself. */
  | { kind: 'ended'; signal: string | null; code: number | null }
)

/** A member of a consumer group, in a process of its own. */
export interface MemberProcess {
  readonly pid: number | undefined
  /**
   * Stops it where it is, without a word to anybody: its connections stay open, and nothing reads from them. Ends with resume(), or
   * with this process. Resolves once it has stopped.
   */
  pause(): Promise<void>
  resume(): void
  /** SIGKILL: it leaves its group without a word. Resolves once it is gone. */
  kill(): Promise<void>
  /** It leaves its group and ends. Kills it after the time-out. */
  leave(timeoutMs: number): Promise<void>
}

/** Starts members. */
export interface MemberEngine {
  /** What it reports, in order; `ended` comes last. */
  start(subscription: Subscription, name: string, onReport: (report: MemberReport) => void): MemberProcess
}
