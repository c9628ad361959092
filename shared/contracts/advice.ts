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
      description: 'Throughput aimed at, in megabytes per second',
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
      description: 'The next multiple of the consumers: each of them then gets as many partitions as the others'
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
    reasons: Type.Array(Type.String({ examples: ['12 consumers, one partition each at least'] }), {
      description: 'How the numbers came about, for people'
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
    summary: 'How many partitions a topic should have, and why',
    description:
      'This path goes before that of a topic: a topic named "advice" is found in the list, and not described.',
    query: AdviceQuerySchema,
    answers: { 200: AdviceSchema }
  }
} as const satisfies Record<string, Endpoint>
