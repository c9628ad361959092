import { type Static, Type } from 'typebox'
import type { Endpoint } from './endpoint.ts'

/** `GET /api/topics/advice`. */
export const AdviceQuerySchema = Type.Object(
  {
    consumers: Type.Integer({
      minimum: 1,
      maximum: 10000,
      description: 'Consumers in the largest group',
      examples: [12]
    }),
    throughputMbPerSec: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      description: 'Target throughput in megabytes per second',
      examples: [50]
    })
  },
  { additionalProperties: false }
)
export type AdviceQuery = Static<typeof AdviceQuerySchema>

export const AdviceSchema = Type.Object(
  {
    partitions: Type.Integer({ minimum: 1, description: 'The largest of the needs' }),
    evenlyShared: Type.Integer({
      minimum: 1,
      description: 'The next multiple of the number of consumers, so that each gets equally many partitions'
    }),
    needs: Type.Array(
      Type.Object(
        {
          what: Type.Enum(['consumers', 'throughput', 'minimum']),
          partitions: Type.Integer({ minimum: 0 }),
          reason: Type.String({ examples: ['12 consumers, one partition each at least'] })
        },
        { additionalProperties: false }
      )
    ),
    replicationFactor: Type.Integer({ minimum: 1, description: 'Of a topic that survives the loss of a broker' }),
    configs: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['min.insync.replicas'] }),
          value: Type.String({ examples: ['2'] }),
          reason: Type.String({
            examples: ['Writes with acks=all survive the loss of a broker, and go on without one']
          })
        },
        { additionalProperties: false }
      ),
      { description: 'Settings of a topic in production, by Kafka’s names' }
    ),
    reasons: Type.Array(Type.String({ examples: ['12 consumers, one partition each at least'] }), {
      description: 'How the advice was calculated, as text'
    })
  },
  { $id: 'PartitionAdvice', additionalProperties: false }
)
export type Advice = Static<typeof AdviceSchema>

export const adviceEndpoints = {
  advisePartitions: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/advice',
    role: 'viewer',
    tag: 'topics',
    summary: 'Advise how many partitions a topic should have, which settings, and why',
    description:
      'This path takes precedence over that of a topic: a topic named "advice" appears in the list but cannot be described.',
    query: AdviceQuerySchema,
    answers: { 200: AdviceSchema }
  }
} as const satisfies Record<string, Endpoint>
