import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { SecondsBandSchema } from './what-if.ts'

const milliseconds = (description: string) => Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description })

/** The consumer group of a drill. */
export const DrillConsumersSchema = Type.Object(
  {
    members: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 8, default: 3, description: 'Each in a process of its own' })
    ),
    protocol: Type.Optional(
      Type.Enum(['classic', 'consumer'], {
        default: 'classic',
        description: 'group.protocol. `consumer` is that of KIP-848, which Kafka 4 has'
      })
    ),
    staticMembership: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Members have a group.instance.id: one that comes back within its session gets its partitions again'
      })
    ),
    sessionTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 300_000,
        default: 10_000,
        description:
          'session.timeout.ms; brokers allow 6 s or more (group.min.session.timeout.ms). Members send ten heartbeats in it, but one in 3 s at least. With the protocol `consumer` the brokers decide on both'
      })
    ),
    commit: Type.Optional(
      Type.Enum(['processed', 'interval'], {
        default: 'processed',
        description: 'processed: after each batch; interval: every second, what has been processed until then'
      })
    )
  },
  { $id: 'DrillConsumers', additionalProperties: false }
)
export type DrillConsumers = Static<typeof DrillConsumersSchema>

const partitionDescriptions = {
  gaps: 'Between deliveries of new records',
  firstDelivery:
    'From the fault until it was delivered again: by another member, if the fault hit the one that had it. null: it was not'
}

export const ConsumedPartitionSchema = Type.Object(
  {
    partition: count,
    delivered: Type.Integer({ minimum: 0, description: 'Records, each once' }),
    gapP50Ms: milliseconds(partitionDescriptions.gaps),
    gapMaxMs: milliseconds(partitionDescriptions.gaps),
    firstDeliveryMs: milliseconds(partitionDescriptions.firstDelivery),
    duplicates: Type.Integer({ minimum: 0, description: 'Deliveries of records that had been delivered' }),
    rewindDepth: Type.Integer({ minimum: 0, description: 'How many offsets a delivery went back, at most' }),
    skipped: Type.Integer({ minimum: 0, description: 'Records that were committed past and delivered to nobody' }),
    unconsumed: Type.Integer({ minimum: 0, description: 'Other records that were delivered to nobody' }),
    doubleOwned: Type.Integer({
      minimum: 0,
      description: 'Records of a member whose partition another one had by then'
    })
  },
  { additionalProperties: false }
)

/** What a consumer group saw of a drill. */
export const ConsumedGroupSchema = Type.Object(
  {
    group: Type.String({ examples: ['kops-drill-20260131T123456-9f3a'] }),
    protocol: Type.Enum(['classic', 'consumer']),
    client: Type.String({ examples: ['kafkajs'] }),
    members: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['member-1'] }),
          memberId: Type.Union([Type.String(), Type.Null()], { description: 'null: it never joined' }),
          delivered: count,
          assignments: Type.Integer({ minimum: 0, description: 'How often partitions were assigned to it' }),
          end: Type.String({ examples: ['killed by SIGKILL', 'left'] })
        },
        { additionalProperties: false }
      )
    ),
    delivered: count,
    gapMaxMs: milliseconds('The longest of its partitions'),
    lastPartitionMs: milliseconds('From the fault until every partition was delivered again; null: one was not'),
    predictedSeconds: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'Expected for lastPartitionMs; null: the fault was not in the group'
    }),
    within: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: one of the two is not known' }),
    duplicates: count,
    rewindDepth: count,
    skipped: count,
    unconsumed: count,
    doubleOwned: count,
    rebalances: Type.Union([count, Type.Null()], {
      description: 'Generations since the fault; null with the protocol `consumer`, whose members go on'
    }),
    lagPeak: Type.Union([count, Type.Null()], {
      description: 'Records that were acknowledged and not delivered, at most'
    }),
    drainMs: milliseconds('From that peak until the lag was as before the fault; null: it was not'),
    partitions: Type.Array(ConsumedPartitionSchema)
  },
  { $id: 'ConsumedGroup', additionalProperties: false }
)
export type ConsumedGroup = Static<typeof ConsumedGroupSchema>
