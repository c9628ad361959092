import { type Static, Type } from 'typebox'
import { count } from './common.ts'

export const unconfirmedPartitions = Type.Integer({
  minimum: 0,
  description:
    'Partitions with a leader and an in-sync replica on a broker that does not answer: the controller has not noticed yet, or cannot'
})

export const PartitionCountsSchema = Type.Object(
  {
    total: count,
    underReplicated: count,
    underMinIsr: Type.Union([count, Type.Null()]),
    offline: count,
    unconfirmed: unconfirmedPartitions,
    atMinIsr: Type.Union([count, Type.Null()]),
    notPreferredLeader: count
  },
  { additionalProperties: false }
)
export type PartitionCounts = Static<typeof PartitionCountsSchema>

export const PartitionTroubleSchema = Type.Enum(['offline', 'under_min_isr', 'under_replicated', 'unconfirmed'], {
  description:
    'The worst trouble. offline: no leader; under_min_isr: refuses writes with acks=all; under_replicated: fewer in-sync ' +
    'replicas than replicas; unconfirmed: an in-sync replica is on a broker that does not answer'
})
export type PartitionTrouble = Static<typeof PartitionTroubleSchema>

/** The partitions of one topic that are in the same trouble. */
export const AffectedTopicSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    trouble: PartitionTroubleSchema,
    count,
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          leader: Type.Union([Type.Integer(), Type.Null()], { description: 'Broker id; null: none' }),
          replicas: Type.Array(Type.Integer(), { description: 'Broker ids, the preferred leader first' }),
          isr: Type.Array(Type.Integer())
        },
        { additionalProperties: false }
      ),
      { description: 'The first 20 of them' }
    ),
    missing: Type.Array(Type.String({ examples: ['kafka-2'] }), {
      description: 'Brokers that should have an in-sync replica but do not answer, or have left an ISR'
    })
  },
  { $id: 'AffectedTopic', additionalProperties: false }
)
export type AffectedTopic = Static<typeof AffectedTopicSchema>

export const AffectedSchema = Type.Object(
  {
    topics: Type.Array(AffectedTopicSchema, {
      description: 'The worst 20: topics without leaders first, then those with the most partitions in trouble'
    }),
    omitted: Type.Integer({ minimum: 0, description: 'How many more there are' })
  },
  { additionalProperties: false }
)
export type Affected = Static<typeof AffectedSchema>
