import type { Warning } from '#shared/contracts/common.ts'
import type { PartOutcomes } from './part-log.ts'
import type { QuickReadings } from './quick-reading.ts'
import { type ClusterReadings, type Part, restParts } from './readings.ts'
import { noSettings } from './topic-settings.ts'

/** Parts that take longer on a larger cluster, read once per interval or less often. */
export type RestReadings = PartOutcomes &
  Pick<
    ClusterReadings,
    | 'minInsyncReplicas'
    | 'uncleanElection'
    | 'groups'
    | 'committed'
    | 'offsets'
    | 'recordTimes'
    | 'logDirs'
    | 'replicaSizes'
    | 'jmx'
    | 'durationMs'
  >

/** What the rest of a full reading has while no broker answers. */
export const nothingRead: Omit<RestReadings, 'jmx' | 'durationMs' | keyof PartOutcomes> = {
  ...noSettings,
  groups: null,
  committed: [],
  offsets: [],
  recordTimes: [],
  logDirs: [],
  replicaSizes: []
}

/**
 * Combines the quick reading and the rest, which may be older, into a full reading.
 * @param rest undefined before its first reading: its parts count as unread
 */
export function compose(quick: QuickReadings, rest: RestReadings | undefined): ClusterReadings {
  const { parts, problems, minInsyncReplicas, durationMs, ...ofQuick } = quick
  const { parts: _parts, problems: _problems, ...ofRest } = rest ?? { ...nothingRead, jmx: new Map(), ...unread }
  const problemsOf = new Map([...(rest ?? unread).problems, ...problems])
  return {
    ...ofRest,
    ...ofQuick,
    durationMs,
    // Returns the same object while its content is equal, so that derived values are not computed again.
    minInsyncReplicas: Array.from(minInsyncReplicas.keys()).every((name) => ofRest.minInsyncReplicas.has(name))
      ? ofRest.minInsyncReplicas
      : new Map([...minInsyncReplicas, ...ofRest.minInsyncReplicas]),
    parts: new Map([...(rest?.parts ?? []), ...parts]),
    errors: new Map(Array.from(problemsOf, ([part, found]) => [part, found.length])),
    warnings: Array.from(problemsOf.values()).flat()
  }
}

const unread = {
  parts: new Map(),
  problems: new Map(
    restParts.map((part): [Part, Warning[]] => [
      part,
      [{ code: 'kafka_timeout', message: 'Not read yet', target: part }]
    ])
  )
} satisfies PartOutcomes
