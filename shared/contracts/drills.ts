import { type Static, Type } from 'typebox'
import { ClusterModeSchema, CutSchema, NodeNameSchema, RuntimeKindSchema, SlowSchema } from './cluster.ts'
import { count, JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import { ConsumedGroupSchema, DrillConsumersSchema } from './drill-consumers.ts'
import { DrillPredictionSchema, DrillTargetSchema, StageEvidenceSchema, TopicPartitionSchema } from './drill-plan.ts'
import { ComparisonSchema, DrillPartitionSchema, DrillRatesSchema, FindingSchema } from './drill-records.ts'
import type { Endpoint } from './endpoint.ts'
import { GuardResultSchema } from './guard-result.ts'
import { FingerprintSchema } from './load-environment.ts'
import { recordCounts } from './record-counts.ts'
import { WorkloadSchema } from './workload.ts'

const milliseconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'null: it did not happen' })

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
  'rolling-deploy'
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

export const DrillStatusSchema = Type.Enum([
  'pending',
  'running',
  'healing',
  'verifying',
  'completed',
  'aborted',
  'failed'
])
export type DrillStatus = Static<typeof DrillStatusSchema>

/** The fate of the workload's records, compared one by one. */
export const DrillCountsSchema = Type.Object(
  {
    ...recordCounts,
    unseen: Type.Optional(recordCounts.unseen),
    indeterminatePresent: Type.Optional(recordCounts.indeterminatePresent),
    ackAliased: Type.Optional(recordCounts.ackAliased)
  },
  {
    $id: 'DrillCounts',
    additionalProperties: false,
    description:
      'attempted = acknowledged + failed + indeterminate. If nothing is corrupt, read = acknowledged - ackedLost - unseen + ' +
      'failedButPresent + indeterminatePresent + duplicates. Drills of earlier versions lack some counts'
  }
)
export type DrillCounts = Static<typeof DrillCountsSchema>

export const DrillMeasurementsSchema = Type.Object(
  {
    timeToNewLeadersMs: milliseconds,
    timeToFullIsrMs: milliseconds,
    longestAckGapMs: milliseconds,
    faultDurationMs: milliseconds,
    leadersOnNodeBefore: Type.Union([count, Type.Null()])
  },
  {
    $id: 'DrillMeasurements',
    additionalProperties: false,
    description:
      'timeToNewLeaders: from requesting the fault until the node leads no partition; timeToFullIsr: from requesting the healing until every ISR is full and the node answers; longestAckGap: the longest time without an acknowledgement on any one partition of the workload'
  }
)
export type DrillMeasurements = Static<typeof DrillMeasurementsSchema>

export const DrillVerdictSchema = Type.Object(
  {
    result: Type.Enum(['pass', 'fail', 'inconclusive', 'aborted']),
    reasons: Type.Array(Type.String({ examples: ['every acknowledged record is in the log'] })),
    counts: Type.Union([DrillCountsSchema, Type.Null()], {
      description: 'null: the service died during the drill, and the fate of its records is unknown'
    }),
    measurements: DrillMeasurementsSchema,
    findings: Type.Optional(Type.Array(FindingSchema, { description: 'The reasons as data' }))
  },
  { $id: 'DrillVerdict', additionalProperties: false }
)
export type DrillVerdict = Static<typeof DrillVerdictSchema>

export const DrillEventSchema = Type.Object(
  {
    at: TimestampSchema,
    event: Type.String({ examples: ['fault-injected', 'leaders-moved', 'healed', 'isr-full'] }),
    detail: Type.Optional(Type.String())
  },
  { $id: 'DrillEvent', additionalProperties: false }
)
export type DrillEvent = Static<typeof DrillEventSchema>

/** What the writers have got so far. */
export const DrillProgressSchema = Type.Object(
  { acknowledged: count, failed: count, indeterminate: count },
  { additionalProperties: false, description: 'Of the records so far; once a second' }
)
export type DrillProgress = Static<typeof DrillProgressSchema>

/** `GET /api/drills/{id}`. */
export const DrillSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    kind: DrillKindSchema,
    node: NodeNameSchema,
    status: DrillStatusSchema,
    createdAt: TimestampSchema,
    finishedAt: Type.Union([TimestampSchema, Type.Null()]),
    verdict: Type.Union([DrillVerdictSchema, Type.Null()], { description: 'null until it has ended' }),
    timeline: Type.Array(DrillEventSchema),
    progress: Type.Optional(DrillProgressSchema),
    failure: Type.Optional(Type.String({ description: 'Why it failed or was aborted' })),
    request: Type.Optional({ ...StartDrillSchema, description: 'What was asked for: it can be repeated' }),
    target: Type.Optional(DrillTargetSchema),
    guards: Type.Optional(Type.Array(GuardResultSchema)),
    prediction: Type.Optional(DrillPredictionSchema),
    evidence: Type.Optional(Type.Array(StageEvidenceSchema, { description: 'Of each stage' })),
    comparison: Type.Optional(Type.Array(ComparisonSchema, { description: 'Predicted beside measured' })),
    partitions: Type.Optional(Type.Array(DrillPartitionSchema)),
    rates: Type.Optional(DrillRatesSchema),
    consumers: Type.Optional(Type.Array(ConsumedGroupSchema, { description: 'What consumer groups saw' })),
    fingerprint: Type.Optional({ ...FingerprintSchema, description: 'Of the cluster, before the fault' }),
    load: Type.Optional(
      Type.Object(
        { run: Type.String({ description: 'Id of the load test' }) },
        { additionalProperties: false, description: 'The load test that ran beside it' }
      )
    ),
    links: JobLinksSchema
  },
  { $id: 'Drill', additionalProperties: false }
)
export type Drill = Static<typeof DrillSchema>

export const DrillListSchema = Type.Object(
  { drills: Type.Array(DrillSchema, { description: 'Newest first' }), nextCursor: Type.Optional(Type.String()) },
  { $id: 'DrillList', additionalProperties: false }
)
export type DrillList = Static<typeof DrillListSchema>

/** One event of a drill's stream: `update` has its current state, `end` the final one. */
export const DrillStreamEventSchema = Type.Object(
  { event: Type.Enum(['update', 'end']), data: DrillSchema },
  { additionalProperties: false }
)
export type DrillStreamEvent = Static<typeof DrillStreamEventSchema>

/** A drill as it would be carried out now. */
export const DrillPlanSchema = Type.Object(
  {
    kind: DrillKindSchema,
    node: NodeNameSchema,
    target: DrillTargetSchema,
    stages: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['kafka-2'] }),
          faults: Type.Array(Type.String({ examples: ['kill kafka-2'] })),
          holdMs: Type.Integer({ description: 'How long they hold' })
        },
        { additionalProperties: false }
      ),
      { description: 'One after the other; the faults of a stage at once' }
    ),
    guards: Type.Array(GuardResultSchema),
    admitted: Type.Boolean({ description: 'Every guard passed, or is overridden' }),
    prediction: DrillPredictionSchema
  },
  { $id: 'DrillPlan', additionalProperties: false }
)
export type DrillPlan = Static<typeof DrillPlanSchema>

export const DrillKindInfoSchema = Type.Object(
  {
    kind: DrillKindSchema,
    title: Type.String({ examples: ['The process of a broker dies'] }),
    available: Type.Boolean(),
    detail: Type.String({
      description: 'How it is injected here, or what is missing and how to get it',
      examples: ['SIGKILL']
    }),
    requires: Type.Array(Type.String({ examples: ['node'] }), { description: 'Fields of the request' }),
    takes: Type.Array(Type.String({ examples: ['faultDurationMs'] }), {
      description: 'Fields that other kinds refuse, besides those that it requires'
    })
  },
  { $id: 'DrillKindInfo', additionalProperties: false }
)
export type DrillKindInfo = Static<typeof DrillKindInfoSchema>

export const DrillKindsSchema = Type.Object(
  {
    runtime: RuntimeKindSchema,
    mode: ClusterModeSchema,
    kinds: Type.Array(DrillKindInfoSchema)
  },
  { $id: 'DrillKinds', additionalProperties: false }
)
export type DrillKinds = Static<typeof DrillKindsSchema>

export const drillEndpoints = {
  startDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills',
    role: 'admin',
    wholeCluster: true,
    audit: 'drill.start',
    tag: 'drills',
    summary: 'Start a failure drill',
    description:
      'Refused with a reason, and all guards, unless the cluster is healthy, its agent answers and no other drill or fault is active. The fault has a lease: if this service dies, the agent heals it. With `dryRun`, answers 200 with the plan.',
    body: StartDrillSchema,
    answers: { 200: DrillPlanSchema, 202: DrillSchema }
  },
  planDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills/plan',
    role: 'viewer',
    wholeCluster: true,
    audit: 'drill.plan',
    tag: 'drills',
    summary: 'Plan a failure drill',
    description: 'What it would break, its guards and its prediction. Changes nothing.',
    body: PlanDrillSchema,
    answers: { 200: DrillPlanSchema }
  },
  drillKinds: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/kinds',
    role: 'viewer',
    tag: 'drills',
    summary: 'List the kinds of drills, and which of them this cluster can do',
    answers: { 200: DrillKindsSchema }
  },
  listDrills: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills',
    role: 'viewer',
    tag: 'drills',
    summary: 'List drills',
    query: JobListQuerySchema,
    answers: { 200: DrillListSchema }
  },
  drill: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/{id}',
    role: 'viewer',
    tag: 'drills',
    summary: 'Show a drill with its timeline and verdict',
    params: JobParamsSchema,
    answers: { 200: DrillSchema }
  },
  cancelDrill: {
    service: 'loadTest',
    method: 'DELETE',
    path: '/api/drills/{id}',
    role: 'admin',
    audit: 'drill.cancel',
    endsHarm: true,
    tag: 'drills',
    summary: 'Cancel a drill',
    description: 'Answers once the fault is healed and the topic of the drill deleted.',
    params: JobParamsSchema,
    answers: { 200: DrillSchema }
  },
  abortDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills/{id}/abort',
    role: 'admin',
    audit: 'drill.abort',
    endsHarm: true,
    tag: 'drills',
    summary: 'Abort a drill',
    description: 'As DELETE: heals at once, and answers once that is done and the topic of the drill deleted.',
    params: JobParamsSchema,
    answers: { 200: DrillSchema }
  },
  watchDrill: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/{id}/events',
    role: 'viewer',
    tag: 'drills',
    summary: 'Watch a drill (server-sent events)',
    params: JobParamsSchema,
    answers: { 200: DrillStreamEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
