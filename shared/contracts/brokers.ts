import { type Static, Type } from 'typebox'
import { count, DryRunQuerySchema, TimestampSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { ConfigValueSchema, configNames } from './topic-specs.ts'

const brokerId = Type.Integer({ minimum: 0, description: 'Broker id', examples: [1] })

export const LogDirSchema = Type.Object(
  {
    path: Type.String({ examples: ['/var/lib/kafka/data'] }),
    replicas: count,
    sizeBytes: Type.Integer({ minimum: 0, description: 'Bytes of all replicas in it' }),
    totalBytes: Type.Union([count, Type.Null()], { description: 'Size of its volume; null where Kafka does not tell' }),
    usableBytes: Type.Union([count, Type.Null()], {
      description: 'Free on its volume; null where Kafka does not tell'
    }),
    error: Type.Union([Type.String(), Type.Null()], { description: 'KAFKA_STORAGE_ERROR: the directory is offline' })
  },
  { additionalProperties: false }
)

export const BrokerSchema = Type.Object(
  {
    id: brokerId,
    host: Type.Union([Type.String({ examples: ['127.0.0.1'] }), Type.Null()], {
      description: 'null while the cluster does not see the broker'
    }),
    port: Type.Union([Type.Integer({ examples: [9092] }), Type.Null()]),
    rack: Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]),
    controller: Type.Boolean({ description: 'The active controller; with KRaft the leader of the quorum' }),
    reachable: Type.Boolean({ description: 'Whether it answers now' }),
    responseTimeMs: Type.Union([Type.Number(), Type.Null()]),
    replicas: Type.Integer({ minimum: 0, description: 'Partitions that have a replica on it' }),
    leaders: Type.Integer({ minimum: 0, description: 'Partitions that it leads' }),
    preferredLeaders: Type.Integer({ minimum: 0, description: 'Partitions that name it first among their replicas' }),
    outOfSync: Type.Integer({ minimum: 0, description: 'Replicas on it that are not in the ISR' }),
    sizeBytes: Type.Union([count, Type.Null()], { description: 'Bytes of its replicas; null when it does not tell' }),
    logDirs: Type.Union([Type.Array(LogDirSchema), Type.Null()], { description: 'null when it does not tell' })
  },
  { $id: 'Broker', additionalProperties: false }
)
export type Broker = Static<typeof BrokerSchema>

export const BrokerListSchema = Type.Object(
  {
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()]),
    controllerId: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'The active controller, with KRaft the leader of the quorum; null while there is none, or it is not known'
    }),
    brokers: Type.Array(BrokerSchema, {
      description: 'By id; also those that the cluster does not see, as long as partitions name them'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'BrokerList', additionalProperties: false }
)
export type BrokerList = Static<typeof BrokerListSchema>

export const BrokerDetailSchema = Type.Object(
  { broker: BrokerSchema, asOf: TimestampSchema, warnings: Type.Array(WarningSchema) },
  { $id: 'BrokerDetail', additionalProperties: false }
)
export type BrokerDetail = Static<typeof BrokerDetailSchema>

export const BrokerParamsSchema = Type.Object({ brokerId }, { additionalProperties: false })

const value = Type.Union([Type.String({ examples: ['2'] }), Type.Null()], { description: 'null when sensitive' })
const source = Type.String({
  examples: ['dynamic_broker', 'dynamic_default_broker', 'static_broker', 'default']
})

export const BrokerConfigEntrySchema = Type.Object(
  {
    name: Type.String({ examples: ['log.cleaner.threads'] }),
    value,
    source,
    readOnly: Type.Boolean({ description: 'Changes only with the file and a restart' }),
    sensitive: Type.Boolean(),
    synonyms: Type.Array(
      Type.Object(
        { name: Type.String({ examples: ['log.cleaner.threads'] }), value, source },
        { additionalProperties: false }
      ),
      {
        description: 'Where the value may come from, the one that counts first'
      }
    )
  },
  { $id: 'BrokerConfigEntry', additionalProperties: false }
)
export type BrokerConfigEntry = Static<typeof BrokerConfigEntrySchema>

export const BrokerConfigListSchema = Type.Object(
  {
    broker: Type.Union([brokerId, Type.Null()], { description: 'null for the default of all brokers' }),
    configs: Type.Array(BrokerConfigEntrySchema),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'BrokerConfigList', additionalProperties: false }
)
export type BrokerConfigList = Static<typeof BrokerConfigListSchema>

/** `PATCH /api/brokers/{brokerId}/configs`: what is not named stays as it is. */
export const BrokerConfigPatchSchema = Type.Object(
  {
    configs: Type.Record(Type.String(), Type.Union([ConfigValueSchema, Type.Null()]), {
      ...configNames,
      minProperties: 1,
      maxProperties: 100,
      description: 'New dynamic values; null takes the dynamic value away',
      examples: [{ 'log.cleaner.threads': '2' }]
    })
  },
  { $id: 'BrokerConfigPatch', additionalProperties: false }
)
export type BrokerConfigPatch = Static<typeof BrokerConfigPatchSchema>

export const BrokerConfigPlanSchema = Type.Object(
  {
    broker: Type.Union([brokerId, Type.Null()], { description: 'null for the default of all brokers' }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    changes: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['log.cleaner.threads'] }),
          before: Type.Union([Type.String(), Type.Null()], {
            description: 'The dynamic value there; null when there is none, or when it is sensitive'
          }),
          after: Type.Union([Type.String({ examples: ['2'] }), Type.Null()], {
            description: 'null when it is taken away, or when it is sensitive'
          }),
          operation: Type.Enum(['set', 'unset', 'none'], { description: 'none: it is so already' }),
          sensitive: Type.Boolean()
        },
        { additionalProperties: false }
      )
    ),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'BrokerConfigPlan', additionalProperties: false }
)
export type BrokerConfigPlan = Static<typeof BrokerConfigPlanSchema>

export const brokerEndpoints = {
  listBrokers: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers',
    role: 'viewer',
    tag: 'brokers',
    summary: 'List brokers: racks, controller, log directories, counts of partitions and leaders',
    query: NoQuerySchema,
    answers: { 200: BrokerListSchema }
  },
  describeBroker: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/{brokerId}',
    role: 'viewer',
    tag: 'brokers',
    summary: 'Describe a broker',
    params: BrokerParamsSchema,
    query: NoQuerySchema,
    answers: { 200: BrokerDetailSchema }
  },
  listDefaultBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/default/configs',
    role: 'viewer',
    tag: 'brokers',
    summary: 'Dynamic settings that count for every broker',
    query: NoQuerySchema,
    answers: { 200: BrokerConfigListSchema }
  },
  listBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/{brokerId}/configs',
    role: 'viewer',
    tag: 'brokers',
    summary: 'Configuration of a broker, with where each value comes from',
    params: BrokerParamsSchema,
    query: NoQuerySchema,
    answers: { 200: BrokerConfigListSchema }
  },
  alterDefaultBrokerConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/brokers/default/configs',
    role: 'admin',
    audit: 'broker.alter-config',
    tag: 'brokers',
    summary: 'Change dynamic settings that count for every broker',
    description: 'Incremental: what is not named stays. null takes a dynamic value away.',
    query: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    answers: { 200: BrokerConfigPlanSchema }
  },
  alterBrokerConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/brokers/{brokerId}/configs',
    role: 'admin',
    audit: 'broker.alter-config',
    tag: 'brokers',
    summary: 'Change dynamic settings of a broker',
    description: 'Incremental: what is not named stays. null takes a dynamic value away.',
    params: BrokerParamsSchema,
    query: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    answers: { 200: BrokerConfigPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
