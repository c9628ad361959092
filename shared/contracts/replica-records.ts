import { type Static, Type } from 'typebox'
import { NodeNameSchema } from './cluster.ts'

/** Which records to look for in the logs of a partition's replicas. */
export const FindRecordsSchema = Type.Object(
  {
    topic: Type.String({ pattern: '^[a-zA-Z0-9._-]{1,249}$' }),
    partition: Type.Integer({ minimum: 0 }),
    records: Type.Array(
      Type.Object(
        { offset: Type.Integer({ minimum: 0 }), key: Type.String({ maxLength: 200 }) },
        { additionalProperties: false }
      ),
      { minItems: 1, maxItems: 500 }
    )
  },
  { additionalProperties: false }
)
export type FindRecords = Static<typeof FindRecordsSchema>

/** What each broker's log of the partition has of them. Nothing else of a log is said. */
export const FoundRecordsSchema = Type.Object(
  {
    replicas: Type.Array(
      Type.Object(
        {
          node: NodeNameSchema,
          holds: Type.Array(Type.Integer(), { description: 'Offsets at which it has the record with that key' }),
          failure: Type.Optional(Type.String({ description: 'Why its log could not be looked at' }))
        },
        { additionalProperties: false }
      ),
      { description: 'Of the brokers that have a log of the partition' }
    )
  },
  { additionalProperties: false }
)
export type FoundRecords = Static<typeof FoundRecordsSchema>
