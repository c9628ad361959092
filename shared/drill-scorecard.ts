import type { ScorecardCell, ScorecardConfiguration } from './contracts/drill-scorecard.ts'

// How a scorecard is read, for the command line and the console, which bundles this: types are all that it imports.

/** `91b0c47d (NOW)` */
export function configurationName({ hash, stale }: Pick<ScorecardConfiguration, 'hash' | 'stale'>): string {
  const name = hash === null ? 'UNRECORDED' : hash.slice(0, 8)
  return stale === null ? name : `${name} (${stale ? 'STALE' : 'NOW'})`
}

/** `stale; replication factor 3, min.insync.replicas 2` */
export function configurationInWords({ stale, parts }: Pick<ScorecardConfiguration, 'stale' | 'parts'>): string {
  const replicas = parts?.['topic.replicationFactor'] ?? '?'
  const least = parts?.['topic.min.insync.replicas'] ?? '?'
  const state = stale === null ? 'whether it is stale is unknown' : stale ? 'stale' : "the cluster's"
  return `${state}; replication factor ${replicas}, min.insync.replicas ${least}`
}

/** What a cell shows of the last drill. */
export interface CellMeasure {
  /** Until new leaders, or until committed reads went on; null: neither was measured. */
  seconds: number | null
  /** Some time was outside of its band. */
  outside: boolean
}

export function measuredOf({ last: { comparison, measurements } }: Pick<ScorecardCell, 'last'>): CellMeasure {
  const measuredAs = (wanted: (typeof comparison)[number]['name']) =>
    comparison.find(({ name }) => name === wanted)?.measuredSeconds
  const ms = measurements.timeToNewLeadersMs
  return {
    seconds: measuredAs('leaders') ?? measuredAs('committedWait') ?? (ms === null ? null : ms / 1000),
    outside: comparison.some(({ within }) => within === false)
  }
}
