import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { JudgedGroup } from './groups/index.ts'
import type { ClusterReadings } from './readings.ts'

/** One judged reading. It is immutable: the API and the metrics report the same at any moment. */
export interface Snapshot {
  /**
   * `full`: everything was read; `quick`: brokers, metadata and ensemble were read, the rest is from the last full
   * sweep.
   */
  readonly kind: 'full' | 'quick'
  readonly health: Readonly<ClusterHealth>
  readonly readings: Readonly<ClusterReadings>
  /** Every group, partition by partition, from the last full sweep; unhealthy ones from their latest reading. */
  readonly groups: readonly JudgedGroup[]
  /** Groups that are unhealthy or were until recently: the pulse reports them. */
  readonly watched: ReadonlySet<string>
  /**
   * The start of the quick reading, or of the last pulse that confirmed its metadata, on the clock's monotonic scale.
   */
  readonly takenAtMs: number
}
