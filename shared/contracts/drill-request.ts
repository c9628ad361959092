import { type Static, Type } from 'typebox'
import { CutSchema, NodeNameSchema, SlowSchema } from './cluster.ts'
import { TopicNameSchema } from './common.ts'
import { DrillConsumersSchema } from './drill-consumers.ts'
import { TopicPartitionSchema } from './drill-plan.ts'
import { DrillTransactionSchema } from './drill-transaction.ts'
import { WorkloadSchema } from './workload.ts'

export const DrillKindSchema = Type.Enum([
  'broker-stop',
  'broker-kill',
  'broker-pause',
  'controller-kill',
  'leader-kill',
  'coordinator-kill',
  'network-partition',
  'partial-partition',
  'slow-network',
  'zookeeper-stop',
  'zookeeper-quorum-loss',
  'controller-stop',
  'controller-quorum-loss',
  'rolling-restart',
  'disk-full',
  'disk-slow',
  'member-kill',
  'member-pause',
  'member-leave',
  'rolling-deploy',
  'hanging-transaction'
])
export type DrillKind = Static<typeof DrillKindSchema>

/** The producer of a drill's numbered records. */
export const DrillProducersSchema = Type.Object(
  {
    acks: Type.Optional(
      Type.Enum(['all', 'leader'], {
        default: 'all',
        description: 'leader: acknowledged records may be lost with their leader, and the drill shows it'
      })
    ),
    idempotence: Type.Optional(Type.Boolean({ description: 'Default: with acks=all. Not possible with acks=leader' })),
    transactions: Type.Optional(
      Type.Boolean({ default: false, description: 'Writes in transactions, some of which it aborts' })
    ),
    recordsPerSecond: Type.Optional(Type.Integer({ minimum: 10, maximum: 5000, default: 300 }))
  },
  { additionalProperties: false }
)
export type DrillProducers = Static<typeof DrillProducersSchema>

/** When a drill ends early. Looked at every second, from the injection of the fault on. */
export const AbortWhenSchema = Type.Object(
  {
    offlinePartitions: Type.Optional(
      Type.Integer({ minimum: 0, description: 'More partitions of the cluster than this have no leader' })
    ),
    failedShare: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'A larger share of the records that the writers got an answer for in the last 5 s was refused'
      })
    ),
    promql: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'A query that has a result, like that of an alert which fires. Needs KOPS_PROMETHEUS_URL',
        examples: ['sum(kafka_server_replicamanager_offlinereplicacount) > 10']
      })
    ),
    health: Type.Optional(
      Type.Enum(['DEGRADED', 'DOWN'], {
        description:
          'health-service reports this status, or a worse one. Read from Prometheus: needs KOPS_PROMETHEUS_URL'
      })
    )
  },
  { additionalProperties: false }
)
export type AbortWhen = Static<typeof AbortWhenSchema>

/** `POST /api/drills`. */
export const StartDrillSchema = Type.Object(
  {
    repeatOf: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'Id of the drill that this one repeats, whose request the rest is; the scorecard compares their verdicts',
        examples: ['20260131T123456-9f3a1c']
      })
    ),
    kind: DrillKindSchema,
    node: Type.Optional({ ...NodeNameSchema, description: 'The node to break, for the kinds that take one' }),
    partition: Type.Optional({ ...TopicPartitionSchema, description: 'leader-kill: the broker that leads it' }),
    group: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'coordinator-kill: the broker that coordinates it; default: the group of `consumers`'
      })
    ),
    faultDurationMs: Type.Optional(
      Type.Integer({
        minimum: 5000,
        maximum: 300_000,
        description:
          'How long the fault lasts. Default: 20 s; 60 s for partial-partition; 5 s for each node or member of rolling-restart and rolling-deploy'
      })
    ),
    from: Type.Optional({
      ...CutSchema.properties.from,
      description:
        'partial-partition: from whom the node is cut off; default: brokers. metadata: ZooKeeper or the controllers'
    }),
    direction: Type.Optional({
      ...CutSchema.properties.direction,
      description: 'partial-partition: which packets are lost; default: both'
    }),
    slow: Type.Optional({ ...SlowSchema, description: 'slow-network: what becomes worse' }),
    transaction: Type.Optional({
      ...DrillTransactionSchema,
      $id: undefined,
      description: 'hanging-transaction: how the transaction ends that stays open meanwhile'
    }),
    topic: Type.Optional({
      ...TopicNameSchema,
      description:
        'An existing topic to write to, beside its other producers; default: one of its own, which it deletes'
    }),
    confirmTopic: Type.Optional({
      ...TopicNameSchema,
      description: 'The same name as `topic`, whose consumers get the records of the drill'
    }),
    producers: Type.Optional(DrillProducersSchema),
    consumers: Type.Optional({
      ...DrillConsumersSchema,
      $id: undefined,
      description: 'A consumer group that reads the records meanwhile; the verdict is about what it saw, too'
    }),
    load: Type.Optional({
      ...WorkloadSchema,
      $id: undefined,
      description: 'A workload that runs beside the drill, which ends it. What it achieves does not decide the verdict'
    }),
    abortWhen: Type.Optional(AbortWhenSchema),
    queueMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 3_600_000,
        description:
          'How long it may wait, with the status queued, for what passes by itself: another drill, a load test, replicas that catch up. Default: it is refused at once'
      })
    ),
    clusterId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Refused unless Kafka has this cluster id' })
    ),
    force: Type.Optional(
      Type.Object(
        { reason: Type.String({ minLength: 3, maxLength: 500, examples: ['Agreed rehearsal, ticket 4711'] }) },
        {
          additionalProperties: false,
          description: 'Overrides those guards that can be overridden. Requires clusterId'
        }
      )
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Answers 200 with the plan, and changes nothing' }))
  },
  { $id: 'StartDrill', additionalProperties: false, examples: [{ kind: 'broker-stop', node: 'kafka-1' }] }
)
export type StartDrill = Static<typeof StartDrillSchema>

/** `POST /api/drills/plan`. */
export const PlanDrillSchema = Type.Object(
  {
    ...StartDrillSchema.properties,
    dryRun: Type.Optional(Type.Literal(true, { default: true, description: 'A plan changes nothing' }))
  },
  { $id: 'PlanDrill', additionalProperties: false, examples: [{ kind: 'broker-stop', node: 'kafka-1' }] }
)
