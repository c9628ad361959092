import { type Static, Type } from 'typebox'
import { type Drill, DrillSchema } from './drills.ts'
import { type LoadTestRun, LoadTestRunSchema, RunSecondsSchema } from './load-test.ts'

const { id: _, ...detail } = RunSecondsSchema.properties

/**
 * A load test as the topic of jobs has it, under its id. Seconds, partitions and spectrum are absent where the record would be too large
 * with them.
 */
export const KeptRunSchema = Type.Object(
  { run: LoadTestRunSchema, ...Type.Partial(Type.Object(detail)).properties },
  { additionalProperties: false }
)
export type KeptRun = Static<typeof KeptRunSchema>

/** A drill as that topic has it. Partitions and rates are absent where the record would be too large with them. */
export const KeptDrillSchema = Type.Object({ drill: DrillSchema }, { additionalProperties: false })
export type KeptDrill = Static<typeof KeptDrillSchema>

export type KeptJob = KeptRun | KeptDrill

export function jobOf(kept: KeptJob): LoadTestRun | Drill {
  return 'run' in kept ? kept.run : kept.drill
}

/** A change of the topic that waits for it: a job to write, or one that is gone. */
export const WaitingJobSchema = Type.Object(
  { id: Type.String(), gone: Type.Boolean() },
  { additionalProperties: false }
)
export type WaitingJob = Static<typeof WaitingJobSchema>
