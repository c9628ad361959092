import type { ErrorCode, FieldError } from '#shared/errors/catalog.ts'
import type { LoadOrder, PreparedLoad, SecondReport } from '../load/engine-port.ts'

/**
 * What load-test-service and its load workers say to each other. A run has shares, one for each of its producers. A share is given
 * away under an epoch, which grows each time, and belongs to the worker whose ticket the start names.
 */

/** Of the service, to the worker that has the partition: to prepare a share. */
export interface ShareOrder {
  run: string
  share: number
  epoch: number
  order: LoadOrder
}

/** Of the service, to all workers. */
export type Announcement =
  /** Asks who is there. */
  | { kind: 'call' }
  /** The run goes on. Answers the beats of workers, which measures their clocks and renews their leases. */
  | {
      kind: 'beat'
      run: string
      /** By worker: the last beat that was heard, and when. */
      heard: Record<string, { beat: number; receivedAtMs: number }>
      sentAtMs: number
    }
  /** The share is the ticket's. Times are of the service's clock; `records` null: only the time ends the run. */
  | { kind: 'start'; run: string; ticket: string; startAtMs: number; fromMs: number; records: number | null }
  /** Gives up what is under way. */
  | { kind: 'abort'; run: string }
  /** Gives connections and threads back: of one ticket, or of the whole run. */
  | { kind: 'release'; run: string; ticket?: string | undefined }

/** What to add to a worker's clock to get that of the service, and by how much that may be wrong. */
export interface ClockOffset {
  offsetMs: number
  errorMs: number
}

interface OfShare {
  run: string
  share: number
  epoch: number
}

/** Of a worker, to the service. */
export type WorkerReport = { worker: string; host: string } & (
  | { kind: 'hello'; partitions: number[] }
  | { kind: 'beat'; beat: number }
  | ({ kind: 'prepared'; ticket: string; payload: PreparedLoad['payload'] } & OfShare)
  | ({
      kind: 'refused'
      message: string
      code?: ErrorCode | undefined
      errors?: FieldError[] | undefined
    } & OfShare)
  | ({ kind: 'second'; report: SecondReport } & OfShare)
  | ({ kind: 'ended'; durationMs: number; clock: ClockOffset | null } & OfShare)
  /** It has the order, and prepares the share. */
  | ({ kind: 'preparing' } & OfShare)
  /**
   * It has stopped: because its lease was over, or it leaves. sentUntilMs: it has reported all that it did until then, in milliseconds
   * after the start; null: what it did last is not known, or it had not begun.
   */
  | ({ kind: 'dropped'; leaves: boolean; sentUntilMs: number | null } & OfShare)
  | ({ kind: 'failed'; message: string } & OfShare)
)

/** What a worker reports, without what is the same in all of its reports. */
export type ReportBody = WorkerReport extends infer R
  ? R extends WorkerReport
    ? Omit<R, 'worker' | 'host'>
    : never
  : never

/** Milliseconds. */
export const timing = {
  /** How often either side looks what is due. */
  tickMs: 200,
  /** Between two beats of a run under way; before, there is one each tick, which measures the clocks. */
  beatMs: 1000,
  /**
   * How long a share stays a worker's after it has sent the last beat that was answered. It survives the election of a leader for
   * the partitions of these messages, and ends what nobody watches any more.
   */
  leaseMs: 10_000,
  /** A worker that was not heard of for so long gets a successor, which prepares itself. */
  suspectMs: 4000,
  /** A worker beats for so long after it was called; calls are repeated before. */
  calledMs: 15_000,
  recallMs: 5000
} as const
