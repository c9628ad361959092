import { type Static, Type } from 'typebox'
import { ClusterModeSchema, NodeNameSchema, RuntimeKindSchema } from './cluster.ts'
import { count, JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import { ConsumedGroupSchema } from './drill-consumers.ts'
import { DrillPredictionSchema, DrillTargetSchema, StageEvidenceSchema } from './drill-plan.ts'
import { ComparisonSchema, DrillAnswersSchema, DrillPartitionSchema, DrillRatesSchema } from './drill-records.ts'
import { DrillKindSchema, PlanDrillSchema, StartDrillSchema } from './drill-request.ts'
import { HangingTransactionSchema } from './drill-transaction.ts'
import { DrillVerdictSchema } from './drill-verdict.ts'
import type { Endpoint } from './endpoint.ts'
import { GuardResultSchema } from './guard-result.ts'
import { FingerprintSchema } from './load-environment.ts'

export const DrillStatusSchema = Type.Enum(
  ['queued', 'pending', 'running', 'healing', 'verifying', 'completed', 'aborted', 'failed'],
  { description: 'queued: it waits for its turn, and has done nothing yet' }
)
export type DrillStatus = Static<typeof DrillStatusSchema>

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
    partitions: Type.Optional(
      Type.Array(DrillPartitionSchema, {
        description:
          'While it runs, once a second from the fault on, without firstAckMs; of more than 50 partitions those that changed'
      })
    ),
    answers: Type.Optional(
      Type.Array(DrillAnswersSchema, { description: 'Of each broker; while it runs, once a second from the fault on' })
    ),
    rates: Type.Optional({ ...DrillRatesSchema, description: 'While it runs, once a second from the fault on' }),
    consumers: Type.Optional(Type.Array(ConsumedGroupSchema, { description: 'What consumer groups saw' })),
    transaction: Type.Optional(HangingTransactionSchema),
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
    }),
    nodes: Type.Array(NodeNameSchema, { description: 'What `node` may be; empty: it takes none' })
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
      'Refused with a reason, and all guards, unless the cluster is healthy, its agent answers and no other drill or fault is active; with `queueMs`, it waits until that is so. The fault has a lease: if this service dies, the agent heals it. With `dryRun`, answers 200 with the plan.',
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
    changesNothing: true,
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
