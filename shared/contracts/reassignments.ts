import { type Static, Type } from 'typebox'
import { count, DryRunQuerySchema, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { described, type Endpoint, NoQuerySchema, optionalBody } from './endpoint.ts'

const bytes = Type.Union([count, Type.Null()])
const brokerId = Type.Integer({ minimum: 0 })
const replicas = Type.Array(brokerId, {
  minItems: 1,
  maxItems: 100,
  description: 'Broker ids, the preferred leader first',
  examples: [[1, 2, 3]]
})
/** As kafka-reassign-partitions' --throttle. */
export const ThrottleBytesPerSecSchema = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Maximum bytes per second that each broker sends and receives for these moves; unlimited if absent',
  examples: [10_000_000]
})

/** The target replicas of a partition: the items of the file that `kafka-reassign-partitions` reads. */
export const PartitionAssignmentSchema = Type.Object(
  { topic: TopicNameSchema, partition: count, replicas },
  { additionalProperties: false }
)
export type PartitionAssignment = Static<typeof PartitionAssignmentSchema>

/** `POST /api/reassignments/plan`. */
export const PlanRequestSchema = Type.Object(
  {
    topics: Type.Optional(
      Type.Array(TopicNameSchema, { minItems: 1, maxItems: 10_000, description: 'Only these topics; defaults to all' })
    ),
    brokers: Type.Optional(
      Type.Array(brokerId, {
        minItems: 1,
        maxItems: 1000,
        uniqueItems: true,
        description: 'Brokers that may hold replicas; defaults to all brokers, each of which must then answer'
      })
    ),
    joining: Type.Optional(
      Type.Object(
        { id: brokerId, rack: Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()]) },
        {
          additionalProperties: false,
          description:
            'A broker that the cluster does not have yet. Only it receives: the plan is that of its first refill, and cannot be carried out before it has joined',
          examples: [{ id: 4, rack: 'rack-d' }]
        }
      )
    )
  },
  { $id: 'ReassignmentPlanRequest', additionalProperties: false, examples: [{ topics: ['log-events'] }] }
)
export type PlanRequest = Static<typeof PlanRequestSchema>

/** `POST /api/reassignments`: a plan's `partitions`, or an unmodified file of `kafka-reassign-partitions`. */
export const ReassignmentRequestSchema = Type.Object(
  {
    version: Type.Optional(Type.Literal(1)),
    partitions: Type.Array(PartitionAssignmentSchema, { minItems: 1, maxItems: 20_000 }),
    throttleBytesPerSec: Type.Optional(ThrottleBytesPerSecSchema)
  },
  {
    $id: 'ReassignmentRequest',
    additionalProperties: false,
    examples: [
      { partitions: [{ topic: 'log-events', partition: 0, replicas: [1, 2, 3] }], throttleBytesPerSec: 10_000_000 }
    ]
  }
)
export type ReassignmentRequest = Static<typeof ReassignmentRequestSchema>

export const MoveSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition: count,
    from: Type.Array(brokerId),
    to: Type.Array(brokerId),
    adding: Type.Array(brokerId, { description: 'Brokers that get a copy' }),
    removing: Type.Array(brokerId, { description: 'Brokers whose copy goes' }),
    sizeBytes: Type.Union([count, Type.Null()], { description: 'Bytes of one replica; null if unknown' })
  },
  { additionalProperties: false }
)
export type Move = Static<typeof MoveSchema>

const share = Type.Object(
  { replicas: count, preferredLeaders: count, sizeBytes: bytes },
  { additionalProperties: false }
)

/** The effect of a reassignment. */
export const MovementSchema = Type.Object(
  {
    moves: Type.Array(MoveSchema, { description: 'Changes; other partitions are unaffected' }),
    copies: Type.Integer({ minimum: 0, description: 'Replicas that are copied' }),
    bytesToCopy: Type.Union([count, Type.Null()], { description: 'null if a size is unknown' }),
    leaderChanges: Type.Integer({ minimum: 0, description: 'Partitions whose preferred leader changes' }),
    estimatedSeconds: Type.Union([Type.Number(), Type.Null()], {
      description: 'Minimum duration with the throttle; null without one, or if a size is unknown'
    }),
    brokers: Type.Array(
      Type.Object(
        {
          id: brokerId,
          rack: Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]),
          before: share,
          after: share
        },
        { additionalProperties: false }
      ),
      { description: 'Over all topics of the cluster' }
    )
  },
  { $id: 'Movement', additionalProperties: false }
)
export type Movement = Static<typeof MovementSchema>

export const ReassignmentPlanSchema = Type.Object(
  {
    partitions: Type.Array(PartitionAssignmentSchema, { description: 'Send these to POST /api/reassignments' }),
    rackAware: Type.Boolean({ description: 'Whether every broker has a rack, so that the plan respects racks' }),
    movement: MovementSchema,
    staying: Type.Array(
      Type.Object(
        {
          topic: Type.String({ examples: ['log-events'] }),
          partitions: Type.Integer({ minimum: 1, description: 'Number of its partitions that stay' }),
          replicas: Type.Integer({
            minimum: 1,
            description: 'Replicas of each of these partitions, which exceed the available brokers'
          })
        },
        { additionalProperties: false }
      ),
      {
        description: 'Topics with partitions that have more replicas than the plan has brokers: they do not move',
        examples: [[]]
      }
    ),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ReassignmentPlan', additionalProperties: false }
)
export type ReassignmentPlan = Static<typeof ReassignmentPlanSchema>

/** Partitions of a request that Kafka refused. */
export const RefusedPartitionsSchema = Type.Array(
  Type.Object(
    { topic: Type.String({ examples: ['log-events'] }), partition: count, code: Type.String(), detail: Type.String() },
    { additionalProperties: false }
  ),
  { description: 'Partitions that Kafka refused; the rest is in progress', examples: [[]] }
)

/** A partition that cannot spare the drained broker. */
export const LeftShortSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition: count,
    left: Type.Array(brokerId, {
      description: 'Brokers that would still have an in-sync replica without the drained one'
    }),
    needed: Type.Union([count, Type.Null()], {
      description: 'In-sync replicas that writes with acks=all need; null if min.insync.replicas is unknown'
    })
  },
  { additionalProperties: false }
)
export type LeftShort = Static<typeof LeftShortSchema>

export const ReassignmentResultSchema = Type.Object(
  {
    action: Type.Enum(['reassign', 'drain', 'refill']),
    dryRun: Type.Boolean(),
    applied: Type.Boolean({ description: 'Kafka has accepted it; GET /api/reassignments shows its progress' }),
    partitions: Type.Array(PartitionAssignmentSchema),
    throttleBytesPerSec: Type.Union([ThrottleBytesPerSecSchema, Type.Null()]),
    movement: MovementSchema,
    elections: Type.Array(
      Type.Object(
        { topic: Type.String({ examples: ['log-events'] }), partition: count },
        { additionalProperties: false }
      ),
      {
        description: 'Partitions whose preferred leader is elected at once, because they need no copying'
      }
    ),
    refused: RefusedPartitionsSchema,
    leftShort: Type.Array(LeftShortSchema, {
      description:
        'For a drain: partitions that would be left with no in-sync replica on a live broker, or with fewer than min.insync.replicas, because other replicas are down or lagging. Refused (409) unless forced',
      examples: [[]]
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ReassignmentResult', additionalProperties: false }
)
export type ReassignmentResult = Static<typeof ReassignmentResultSchema>

/** Every endpoint that starts a move answers the same. */
export const startAnswers = {
  200: described(ReassignmentResultSchema, 'What the call would do (dryRun), or nothing to do'),
  202: described(ReassignmentResultSchema, 'Kafka has accepted it: GET /api/reassignments shows its progress')
}

export const reassignmentEndpoints = {
  planReassignment: {
    service: 'admin',
    method: 'POST',
    path: '/api/reassignments/plan',
    role: 'viewer',
    wholeCluster: true,
    audit: 'reassignment.plan',
    changesNothing: true,
    tag: 'reassignments',
    summary: 'Plan an even distribution of replicas and leaders over racks and brokers, with the fewest copies',
    query: NoQuerySchema,
    body: optionalBody(PlanRequestSchema),
    answers: { 200: ReassignmentPlanSchema }
  },
  reassign: {
    service: 'admin',
    method: 'POST',
    path: '/api/reassignments',
    role: 'admin',
    wholeCluster: true,
    audit: 'partition.reassign',
    tag: 'reassignments',
    summary: 'Move partitions to other brokers',
    description:
      "Takes a plan's partitions or a file of kafka-reassign-partitions. The throttle goes when the last partition is done.",
    query: DryRunQuerySchema,
    body: ReassignmentRequestSchema,
    answers: startAnswers
  }
} as const satisfies Record<string, Endpoint>
