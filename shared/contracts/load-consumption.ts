import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { LatencySchema, PercentileSchema } from './load-latency.ts'

/** A consumer group that reads what a load test writes. */
export const ConsumersSchema = Type.Object(
  {
    group: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '^[^\\u0000-\\u001f\\u007f]+$',
        description:
          'Name of the group, which stays with its commits after the run; absent: a temporary one, deleted with the run'
      })
    ),
    confirm: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'The name again, if the group has commits that are not a load test’s: the run moves them'
      })
    ),
    members: Type.Integer({ minimum: 1, maximum: 32, description: 'Each with connections of its own' }),
    processingMs: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 60_000,
        description: 'What a member does with each record before it takes the next; default 0'
      })
    ),
    profile: Type.Optional(
      Type.Enum(['standard', 'high-throughput', 'low-latency'], {
        description:
          'How members fetch. standard: brokers hold an answer back until it has 1 KiB, for 500 ms at most; high-throughput: 64 KiB, 500 ms; low-latency: no byte waits for another. Absent: as Kafka’s own consumer without settings, 1 byte and 500 ms'
      })
    ),
    isolation: Type.Optional(
      Type.Enum(['read_committed', 'read_uncommitted'], {
        description:
          'read_committed (default with transactions): no record of an aborted transaction, and none of an open one or behind it'
      })
    ),
    startAfter: Type.Optional(
      Type.Object(
        {
          seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400, description: 'After the first record' })),
          records: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Once so many records wait' })
          )
        },
        {
          additionalProperties: false,
          minProperties: 1,
          description: 'The members are there and take nothing until then, whichever comes first: a backlog builds up'
        }
      )
    ),
    drainSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 3600,
        description: 'How long the group may go on after the last record; default 30'
      })
    )
  },
  { additionalProperties: false }
)
export type Consumers = Static<typeof ConsumersSchema>

const unknownNumber = Type.Union([Type.Number(), Type.Null()])

/** What one group did within one second. */
export const GroupSecondSchema = Type.Object(
  {
    group: Type.String(),
    consumed: count,
    endToEndP50Ms: unknownNumber,
    endToEndP99Ms: unknownNumber,
    lag: Type.Union([count, Type.Null()], { description: 'Records that are not processed yet; null: not read' })
  },
  { additionalProperties: false }
)
export type GroupSecond = Static<typeof GroupSecondSchema>

/** The backlog of a group that began later than the producers. */
export const BacklogSchema = Type.Object(
  {
    records: Type.Integer({ minimum: 0, description: 'That waited when the group began' }),
    startedAfterSeconds: Type.Number(),
    drainSeconds: Type.Union([Type.Number(), Type.Null()], {
      description:
        'Until the group had everything that was in the topic a quarter of a second before; null: it did not get there'
    }),
    drainedPerSecond: unknownNumber,
    producedPerSecond: Type.Union([Type.Number(), Type.Null()], { description: 'Meanwhile' })
  },
  { additionalProperties: false, description: 'Only with `startAfter`' }
)
export type Backlog = Static<typeof BacklogSchema>

/** What became of a run's records in one consumer group. */
export const GroupResultSchema = Type.Object(
  {
    group: Type.String({ examples: ['kops-load-20260131T123456-9f3a1c-1'] }),
    members: count,
    consumed: Type.Integer({ minimum: 0, description: 'Records of the run that a member has processed' }),
    consumedPerSecond: Type.Union([Type.Number(), Type.Null()], { description: 'From the first to the last of them' }),
    unconsumed: Type.Integer({
      minimum: 0,
      description:
        'Acknowledged, and not processed by the end; of a read_committed group those of committed transactions'
    }),
    foreign: Type.Integer({ minimum: 0, description: 'Records of others that the group has processed' }),
    endToEndMs: Type.Union([LatencySchema, Type.Null()], {
      description:
        'From the time at which a record was due until it was processed; one that was not counts with the time that had passed'
    }),
    deliveryMs: Type.Union([LatencySchema, Type.Null()], {
      description: 'From the time at which the producer took a record until it was processed, likewise'
    }),
    percentiles: Type.Array(PercentileSchema),
    lag: Type.Union([count, Type.Null()], { description: 'At the end, in all partitions; null: could not be read' }),
    drainSeconds: Type.Union([Type.Number(), Type.Null()], {
      description:
        'From the last outcome of a producer until the last record was processed; null: the group was not done in time'
    }),
    busy: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of time in which the thread of the group was at work: near 1, it is the limit'
    }),
    backlog: Type.Optional(BacklogSchema)
  },
  { additionalProperties: false }
)
export type GroupResult = Static<typeof GroupResultSchema>
