import { type Static, Type } from 'typebox'
import { NodeNameSchema } from './cluster.ts'
import { count, JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import { ConsumedGroupSchema } from './drill-consumers.ts'
import { DrillPredictionSchema, DrillTargetSchema, GuardResultSchema, StageEvidenceSchema } from './drill-plan.ts'
import { ComparisonSchema, DrillPartitionSchema, DrillRatesSchema, FindingSchema } from './drill-records.ts'
import type { Endpoint } from './endpoint.ts'
import { FingerprintSchema } from './load-environment.ts'
import { recordCounts } from './record-counts.ts'

const milliseconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'null: it did not happen' })

export const DrillKindSchema = Type.Enum(['broker-stop', 'network-partition'])
export type DrillKind = Static<typeof DrillKindSchema>

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
    node: NodeNameSchema,
    faultDurationMs: Type.Optional(
      Type.Integer({ minimum: 5000, maximum: 300_000, default: 20_000, description: 'How long the fault lasts' })
    )
  },
  { $id: 'StartDrill', additionalProperties: false, examples: [{ kind: 'broker-stop', node: 'kafka-1' }] }
)
export type StartDrill = Static<typeof StartDrillSchema>

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

export const drillEndpoints = {
  startDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills',
    role: 'admin',
    audit: 'drill.start',
    tag: 'drills',
    summary: 'Start a failure drill',
    description:
      'Refused with a reason unless the cluster is healthy, its agent answers and no other drill or fault is active. The fault has a lease: if this service dies, the agent heals it.',
    body: StartDrillSchema,
    answers: { 202: DrillSchema }
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
