import { type Static, Type } from 'typebox'
import { count, TimestampSchema } from './common.ts'

// The messages of the load balancer and of its simulator, one JSON document per record, and the topics that carry them.
// catalog/load-balancing-simulator.yaml and catalog/smart-load-balancer.yaml create the topics. What the router writes beside its
// decisions has the schemas of health-service, which writes to the same topics: contracts/health-events.ts.

export const balancerTopics = {
  requests: 'load-balancer-requests',
  responses: 'load-balancer-responses',
  metrics: 'load-balancer-metrics',
  serviceMetrics: 'service-metrics',
  healthStatus: 'health-status',
  configUpdates: 'config-updates',
  decisions: 'routing-decisions',
  aggregated: 'metrics-aggregated',
  scores: 'health-scores',
  alerts: 'alerts'
} as const

/** How a server is chosen. docs/load-balancer.md describes each. */
export const algorithmNames = [
  'round_robin',
  'least_connection',
  'weighted',
  'random',
  'power_of_two_choices',
  'peak_ewma'
] as const
export const AlgorithmSchema = Type.Enum([...algorithmNames])
export type AlgorithmName = Static<typeof AlgorithmSchema>

/** Seconds since 1970, with fractions. */
const seconds = (description: string) => Type.Number({ minimum: 0, description })
/** A number that keeps its meaning in JavaScript: the answer has the same one. */
const requestId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** `load-balancer-requests`. Fields beside these are allowed and ignored. */
export const BalancedRequestSchema = Type.Object({
  request_id: requestId,
  timestamp: seconds('When the client sent it, in seconds since 1970'),
  processing_time: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1000,
    description: 'The work it makes, in units of capacity: a server of capacity 75 does 75 of them a second'
  }),
  client_ip: Type.String({ minLength: 1, maxLength: 255, examples: ['192.168.1.100'] }),
  request_type: Type.String({ minLength: 1, maxLength: 32, examples: ['GET'] }),
  endpoint: Type.String({ minLength: 1, maxLength: 8192, examples: ['/api/users'] }),
  payload_size: Type.Integer({ minimum: 0, description: 'Bytes' })
})
export type BalancedRequest = Static<typeof BalancedRequestSchema>

/** `load-balancer-responses`: one for each request, or more if the processor died between answer and commit. */
export const BalancedResponseSchema = Type.Object(
  {
    request_id: requestId,
    status: Type.Enum(['success', 'failed'], {
      description: 'failed: the queue of the chosen server was full, or no server was available'
    }),
    server_id: Type.Union([count, Type.Null()], { description: 'null: no server was available' }),
    response_time: Type.Number({ minimum: 0, description: 'Seconds in the queue and in service' }),
    timestamp: seconds('When the server finished, in seconds since 1970'),
    client_ip: Type.String()
  },
  { additionalProperties: false }
)
export type BalancedResponse = Static<typeof BalancedResponseSchema>

/** `load-balancer-metrics`. */
export const BalancerMetricsSchema = Type.Object({
  timestamp: seconds('When it was taken, in seconds since 1970'),
  algorithm: AlgorithmSchema,
  global_metrics: Type.Object({
    total_requests: count,
    successful_requests: count,
    failed_requests: count,
    throughput: Type.Number({ minimum: 0, description: 'Requests a second, over the last ten seconds of arrivals' })
  }),
  server_metrics: Type.Array(
    Type.Object({
      server_id: count,
      capacity: Type.Number({ description: 'Units of work a second' }),
      current_load: Type.Number({ minimum: 0, description: 'Units of work that wait or are in service' }),
      load_percentage: Type.Number({ minimum: 0, description: 'current_load in per cent of capacity' }),
      total_requests: count,
      average_response_time: Type.Number({ minimum: 0, description: 'Seconds, of requests that succeeded' }),
      active_connections: count
    })
  )
})
export type BalancerMetrics = Static<typeof BalancerMetricsSchema>

const name = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 249, description, examples: [example] })
const ratio = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })

const origin = {
  timestamp: TimestampSchema,
  serviceId: name('The service', 'user-service'),
  instanceId: name('One of its instances', 'user-service-1')
}

/** `service-metrics`: what an instance of a service reports about itself. Its key is serviceId. */
export const ServiceReportSchema = Type.Object({
  ...origin,
  metrics: Type.Object({
    rps: Type.Number({ minimum: 0, description: 'Requests a second' }),
    p95Latency: Type.Number({ minimum: 0, description: 'Milliseconds' }),
    errorRate: ratio('Share of the requests that failed'),
    activeConnections: Type.Number({ minimum: 0 }),
    cpuUsage: ratio('Share of the processors'),
    memoryUsage: ratio('Share of the memory')
  }),
  tags: Type.Optional(Type.Record(Type.String(), Type.String()))
})
export type ServiceReport = Static<typeof ServiceReportSchema>

/** `health-status`: what a check of an instance found. Messages of health-service are such messages, too. */
export const HealthCheckSchema = Type.Object({
  ...origin,
  status: Type.Enum(['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'DOWN']),
  responseTime: Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'Milliseconds' })),
  checkType: Type.Optional(Type.String({ examples: ['HTTP'] })),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
})
export type HealthCheck = Static<typeof HealthCheckSchema>

/** `config-updates`: what it names changes, the rest stays. Its key is serviceId. */
export const ConfigUpdateSchema = Type.Object(
  {
    timestamp: TimestampSchema,
    serviceId: origin.serviceId,
    algorithm: Type.Optional(AlgorithmSchema),
    weights: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1_000_000 }), {
        description: 'By instance: its share of the traffic beside those of the others; 0 sends it none',
        examples: [{ 'user-service-1': 3 }]
      })
    ),
    drained: Type.Optional(
      Type.Record(Type.String(), Type.Boolean(), {
        description: 'By instance: true takes it out of the traffic, false puts it back',
        examples: [{ 'user-service-2': true }]
      })
    )
  },
  { additionalProperties: false }
)
export type ConfigUpdate = Static<typeof ConfigUpdateSchema>

/** `routing-decisions`: how the traffic of a service is shared from now on, and what changed. Its key is serviceId. */
export const RoutingDecisionSchema = Type.Object(
  {
    timestamp: TimestampSchema,
    serviceId: origin.serviceId,
    algorithm: AlgorithmSchema,
    failOpen: Type.Boolean({
      description: 'No instance is healthy: all but drained ones share the traffic, because none would be worse'
    }),
    instances: Type.Array(
      Type.Object({
        instanceId: origin.instanceId,
        state: Type.Enum(['ACTIVE', 'DRAINED', 'EJECTED', 'SILENT'], {
          description: 'EJECTED: its score is too low; SILENT: it has stopped to report'
        }),
        score: Type.Integer({ minimum: 0, maximum: 100 }),
        weight: Type.Number({ minimum: 0, description: 'Configured weight times score' }),
        share: ratio('Of the traffic')
      })
    ),
    reasons: Type.Array(Type.String({ examples: ['user-service-2: share 50 % -> 0 % (EJECTED)'] }))
  },
  { additionalProperties: false }
)
export type RoutingDecision = Static<typeof RoutingDecisionSchema>
