import { type Static, Type } from 'typebox'
import { count, DryRunQuerySchema, TimestampSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { ConfigValueSchema, configNames } from './topic-specs.ts'

const brokerId = Type.Integer({ minimum: 0, description: 'Broker id', examples: [1] })

export const LogDirSchema = Type.Object(
  {
    path: Type.String({ examples: ['/var/lib/kafka/data'] }),
    replicas: count,
    sizeBytes: Type.Integer({ minimum: 0, description: 'Bytes of all replicas in the directory' }),
    totalBytes: Type.Union([count, Type.Null()], {
      description: 'Size of its volume; null if Kafka does not report it'
    }),
    usableBytes: Type.Union([count, Type.Null()], {
      description: 'Free space on its volume; null if Kafka does not report it'
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
    controller: Type.Boolean({
      description: 'Whether it is the active controller (with KRaft, the leader of the quorum)'
    }),
    reachable: Type.Boolean({ description: 'Whether it answers now' }),
    responseTimeMs: Type.Union([Type.Number(), Type.Null()]),
    replicas: Type.Integer({ minimum: 0, description: 'Replicas on the broker' }),
    leaders: Type.Integer({ minimum: 0, description: 'Partitions that it leads' }),
    preferredLeaders: Type.Integer({ minimum: 0, description: 'Partitions of which it is the preferred leader' }),
    outOfSync: Type.Integer({ minimum: 0, description: 'Replicas on it that are not in the ISR' }),
    sizeBytes: Type.Union([count, Type.Null()], {
      description: 'Bytes of its replicas; null if the broker does not report it'
    }),
    logDirs: Type.Union([Type.Array(LogDirSchema), Type.Null()], {
      description: 'null if the broker does not report them'
    })
  },
  { $id: 'Broker', additionalProperties: false }
)
export type Broker = Static<typeof BrokerSchema>

export const BrokerListSchema = Type.Object(
  {
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()]),
    controllerId: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'The active controller (with KRaft, the leader of the quorum); null if there is none, or it is unknown'
    }),
    brokers: Type.Array(BrokerSchema, {
      description: 'By id; includes brokers that the cluster does not see but partitions name'
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
    readOnly: Type.Boolean({ description: 'Only the configuration file and a restart change it' }),
    sensitive: Type.Boolean(),
    synonyms: Type.Array(
      Type.Object(
        { name: Type.String({ examples: ['log.cleaner.threads'] }), value, source },
        { additionalProperties: false }
      ),
      {
        description: 'Possible sources of the value, the effective one first'
      }
    )
  },
  { $id: 'BrokerConfigEntry', additionalProperties: false }
)
export type BrokerConfigEntry = Static<typeof BrokerConfigEntrySchema>

export const BrokerConfigListSchema = Type.Object(
  {
    broker: Type.Union([brokerId, Type.Null()], { description: 'null for the cluster-wide default' }),
    configs: Type.Array(BrokerConfigEntrySchema),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'BrokerConfigList', additionalProperties: false }
)
export type BrokerConfigList = Static<typeof BrokerConfigListSchema>

/** `PATCH /api/brokers/{brokerId}/configs`: settings that are not named stay unchanged. */
export const BrokerConfigPatchSchema = Type.Object(
  {
    configs: Type.Record(Type.String(), Type.Union([ConfigValueSchema, Type.Null()]), {
      ...configNames,
      minProperties: 1,
      description: 'New dynamic values; null removes the dynamic value',
      examples: [{ 'log.cleaner.threads': '2' }]
    })
  },
  { $id: 'BrokerConfigPatch', additionalProperties: false }
)
export type BrokerConfigPatch = Static<typeof BrokerConfigPatchSchema>

export const BrokerConfigPlanSchema = Type.Object(
  {
    broker: Type.Union([brokerId, Type.Null()], { description: 'null for the cluster-wide default' }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    changes: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['log.cleaner.threads'] }),
          before: Type.Union([Type.String(), Type.Null()], {
            description: 'The current dynamic value; null if there is none, or if it is sensitive'
          }),
          after: Type.Union([Type.String({ examples: ['2'] }), Type.Null()], {
            description: 'null if it is removed or sensitive'
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

export const BrokerUnregistrationSchema = Type.Object(
  {
    broker: brokerId,
    kept: Type.Boolean({
      description: 'Whether the cluster keeps registrations: one with ZooKeeper forgets a broker when its session ends'
    }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean({ description: 'It was registered, and is no more; false if there was no registration' }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'BrokerUnregistration', additionalProperties: false }
)
export type BrokerUnregistration = Static<typeof BrokerUnregistrationSchema>

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
  unregisterBroker: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/brokers/{brokerId}/registration',
    role: 'admin',
    audit: 'broker.unregister',
    tag: 'brokers',
    summary: 'Have a KRaft cluster forget a broker that is gone for good',
    description:
      'Refused (409) while it runs, holds replicas, or votes in the quorum. Idempotent; nothing to do with ZooKeeper.',
    params: BrokerParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: BrokerUnregistrationSchema }
  },
  listDefaultBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/default/configs',
    role: 'viewer',
    tag: 'brokers',
    summary: 'List the cluster-wide dynamic settings of brokers',
    query: NoQuerySchema,
    answers: { 200: BrokerConfigListSchema }
  },
  listBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/{brokerId}/configs',
    role: 'viewer',
    tag: 'brokers',
    summary: 'Show the configuration of a broker, and the source of each value',
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
    summary: 'Change cluster-wide dynamic settings of brokers',
    description: 'Incremental: settings that are not named stay unchanged. null removes a dynamic value.',
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
    description: 'Incremental: settings that are not named stay unchanged. null removes a dynamic value.',
    params: BrokerParamsSchema,
    query: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    answers: { 200: BrokerConfigPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
