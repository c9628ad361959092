import { type Static, Type } from 'typebox'
import { LoadTestRunSchema, RunSecondsSchema } from './load-test.ts'

const { id: _, ...detail } = RunSecondsSchema.properties

/**
 * A run as the topic of runs has it, under its id. Seconds, partitions and spectrum are absent where the record would be too large
 * with them.
 */
export const KeptRunSchema = Type.Object(
  { run: LoadTestRunSchema, ...Type.Partial(Type.Object(detail)).properties },
  { additionalProperties: false }
)
export type KeptRun = Static<typeof KeptRunSchema>

/** A change of the topic that waits for it: a run to write, or one that is gone. */
export const WaitingRunSchema = Type.Object(
  { id: Type.String(), gone: Type.Boolean() },
  { additionalProperties: false }
)
export type WaitingRun = Static<typeof WaitingRunSchema>
