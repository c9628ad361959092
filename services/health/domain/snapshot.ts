import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { JudgedGroup } from './groups/index.ts'
import type { ClusterReadings } from './readings.ts'

/** One judged reading. It is never changed: the API and the metrics of one moment report the same. */
export interface Snapshot {
  /** `full`: everything was read; `quick`: brokers, metadata and ensemble were, the rest is that of the last full sweep. */
  readonly kind: 'full' | 'quick'
  readonly health: Readonly<ClusterHealth>
  readonly readings: Readonly<ClusterReadings>
  /** Every group, partition by partition, as the last full sweep has them; those that do badly as they were read since. */
  readonly groups: readonly JudgedGroup[]
  /** Groups that do badly or did until lately: the pulse reports them. */
  readonly watched: ReadonlySet<string>
  /**
   * When the quick reading began, on the clock's monotonic scale, or the last pulse that found its metadata unchanged.
   */
  readonly takenAtMs: number
}
