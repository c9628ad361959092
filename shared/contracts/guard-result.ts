import { type Static, Type } from 'typebox'

/** A condition for a job, with what was read and what it allows. It has no $id because it is in several parts of one answer. */
export const GuardResultSchema = Type.Object(
  {
    name: Type.String({ examples: ['no-under-replicated'] }),
    passed: Type.Boolean(),
    reading: Type.String({ examples: ['2 partitions: log-events-0, log-events-3'] }),
    limit: Type.String({ examples: ['0 partitions'] }),
    forced: Type.Optional(Type.Boolean({ description: 'It did not pass, and the request overrode it' })),
    canForce: Type.Optional(
      Type.Boolean({ description: 'It did not pass, and `force` with a reason would override it' })
    )
  },
  { additionalProperties: false }
)
export type GuardResult = Static<typeof GuardResultSchema>
