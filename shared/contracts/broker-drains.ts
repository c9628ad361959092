import { type Static, Type } from 'typebox'
import { BrokerParamsSchema } from './brokers.ts'
import { DryRunQuerySchema, TopicNameSchema } from './common.ts'
import { type Endpoint, optionalBody } from './endpoint.ts'
import { startAnswers, ThrottleBytesPerSecSchema } from './reassignments.ts'

/** `POST /api/brokers/{brokerId}/drain`. */
export const DrainRequestSchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['replicas', 'leaderships', 'possible'], {
        default: 'replicas',
        description:
          'replicas: move all replicas or nothing; leaderships: keep its replicas, but let other brokers lead; possible: move replicas where other brokers can take them, and leaderships elsewhere'
      })
    ),
    topics: Type.Optional(Type.Array(TopicNameSchema, { minItems: 1, maxItems: 10_000 })),
    throttleBytesPerSec: Type.Optional(ThrottleBytesPerSecSchema),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Proceed although partitions would be left short of replicas; needs a reason'
      })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
  },
  {
    $id: 'DrainRequest',
    additionalProperties: false,
    examples: [{ mode: 'replicas', throttleBytesPerSec: 10_000_000 }]
  }
)
export type DrainRequest = Static<typeof DrainRequestSchema>

/** `POST /api/brokers/{brokerId}/refill`. */
export const RefillRequestSchema = Type.Object(
  {
    topics: Type.Optional(Type.Array(TopicNameSchema, { minItems: 1, maxItems: 10_000 })),
    throttleBytesPerSec: Type.Optional(ThrottleBytesPerSecSchema)
  },
  { $id: 'RefillRequest', additionalProperties: false }
)
export type RefillRequest = Static<typeof RefillRequestSchema>

export const brokerDrainEndpoints = {
  drainBroker: {
    service: 'admin',
    method: 'POST',
    path: '/api/brokers/{brokerId}/drain',
    role: 'admin',
    wholeCluster: true,
    audit: 'broker.drain',
    tag: 'brokers',
    summary: "Move a broker's replicas, or its leaderships, to the others",
    params: BrokerParamsSchema,
    query: DryRunQuerySchema,
    body: optionalBody(DrainRequestSchema),
    answers: startAnswers
  },
  refillBroker: {
    service: 'admin',
    method: 'POST',
    path: '/api/brokers/{brokerId}/refill',
    role: 'admin',
    wholeCluster: true,
    audit: 'broker.refill',
    tag: 'brokers',
    summary: 'Give a broker back its share of replicas and leaderships',
    params: BrokerParamsSchema,
    query: DryRunQuerySchema,
    body: optionalBody(RefillRequestSchema),
    answers: startAnswers
  }
} as const satisfies Record<string, Endpoint>
