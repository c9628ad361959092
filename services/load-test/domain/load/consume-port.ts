import type { Backlog, Consumers } from '#shared/contracts/load-consumption.ts'
import type { LatencyCounts } from './latencies.ts'
import type { ResolvedConsumers, ResolvedWorkload } from './resolve-workload.ts'

/** What one consumer group measured within one second of its run. */
export interface ConsumedSecond {
  /** Its number in the workload, from 0. */
  group: number
  /** From 0; the last one is shorter. */
  second: number
  /** Records of the run that were processed. */
  consumed: number
  /** Processed records of others. */
  foreign: number
  /** From the time at which a record was due until it was processed; at the end, of those that were not, until then. */
  endToEnd: LatencyCounts
  /** From the time at which the producer took it, likewise. */
  delivery: LatencyCounts
  /** Records in the topic that the group has not processed; null: was not read within this second. */
  lag: number | null
  /** Share of the second in which the thread of the group was at work. */
  busy: number
}

type Isolation = NonNullable<Consumers['isolation']>

export interface ConsumeOrder {
  topic: string
  group: string
  /** Its number in the workload, from 0. */
  index: number
  consumers: ResolvedConsumers
  /** What the stamps of the run's records have. */
  run: number
  headers: ResolvedWorkload['headers']
  isolation: Isolation
}

/** What the producers did, once each record has its outcome. */
export interface Produced {
  /** That a group of the run should get; it may get more. */
  records: number
}

/** Times are milliseconds since the start of the run. */
export interface GroupEnd {
  /** Records that are not processed; null: could not be read. */
  lag: number | null
  /** Of processed records of the run; null without any. */
  firstMs: number | null
  lastMs: number | null
  /** When the group learned that the producers had ended; null: it did not. */
  producedMs: number | null
  /** Nothing was left that a member could get. */
  drained: boolean
  backlog?: Backlog | undefined
}

/** A group whose members have joined. */
export interface PreparedGroup {
  /**
   * Consumes from now on, until everything is processed after the producers have ended, or the time for that is over. After an
   * abort it ends at once. Rejects if a member cannot go on.
   */
  run(signal: AbortSignal, onSecond: (second: ConsumedSecond) => void, produced: Promise<Produced>): Promise<GroupEnd>
  /** Commits and leaves the group. Idempotent. */
  close(): Promise<void>
}

/** Consumes, away from the thread that serves requests. */
export interface ConsumeEngine {
  /** @throws KopsError group_active, topic_not_found, topic_not_ready, coordinator_unavailable, cluster_unreachable */
  prepare(order: ConsumeOrder): Promise<PreparedGroup>
  close(): Promise<void>
}
