import { type Static, Type } from 'typebox'
import { count, TimestampSchema } from './common.ts'

export const ZookeeperHealthSchema = Type.Object(
  {
    name: Type.String({ examples: ['zookeeper-1'] }),
    host: Type.String({ examples: ['127.0.0.1'] }),
    port: Type.Integer(),
    mode: Type.Union([Type.Enum(['leader', 'follower', 'standalone', 'observer']), Type.Null()], {
      description: 'null if it is unreachable or serves no quorum'
    }),
    reachable: Type.Boolean(),
    outstandingRequests: Type.Union([count, Type.Null()]),
    latencyMs: Type.Union(
      [
        Type.Object({ min: Type.Number(), avg: Type.Number(), max: Type.Number() }, { additionalProperties: false }),
        Type.Null()
      ],
      { description: 'How long requests took since the node started' }
    ),
    connections: Type.Union([count, Type.Null()]),
    zxid: Type.Union([Type.String(), Type.Null()], { examples: ['0x100000a3f'] }),
    nodeCount: Type.Union([count, Type.Null()]),
    version: Type.Union([Type.String(), Type.Null()], { examples: ['3.8.4'] })
  },
  { $id: 'ZookeeperHealth', additionalProperties: false }
)
export type ZookeeperHealth = Static<typeof ZookeeperHealthSchema>

/** One member of the metadata quorum of a KRaft cluster. */
export const QuorumNodeSchema = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String({ examples: ['kafka-1'] }),
    leader: Type.Boolean(),
    lag: Type.Union([count, Type.Null()], { description: 'Records of the metadata log that it has yet to replicate' }),
    caughtUpAt: Type.Union([TimestampSchema, Type.Null()], { description: 'When it was last fully caught up' })
  },
  { additionalProperties: false }
)
export type QuorumNode = Static<typeof QuorumNodeSchema>

/** The metadata quorum of a KRaft cluster. */
export const QuorumHealthSchema = Type.Object(
  {
    leaderId: Type.Integer(),
    leaderEpoch: count,
    highWatermark: Type.Union([count, Type.Null()]),
    voters: Type.Array(QuorumNodeSchema),
    observers: Type.Array(QuorumNodeSchema)
  },
  { $id: 'QuorumHealth', additionalProperties: false }
)
export type QuorumHealth = Static<typeof QuorumHealthSchema>
