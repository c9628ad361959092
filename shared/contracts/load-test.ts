import { type Static, Type } from 'typebox'
import {
  count,
  JobLinksSchema,
  JobListQuerySchema,
  JobParamsSchema,
  TimestampSchema,
  TopicNameSchema
} from './common.ts'
import { type Endpoint, optionalBody } from './endpoint.ts'

/** `POST /api/loadtest/run?eventCount=&topic=`; a JSON body replaces eventCount and topic. */
export const RunLoadTestQuerySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, default: 10_000, examples: [10000] })),
    topic: Type.Optional(TopicNameSchema),
    wait: Type.Optional(Type.Boolean({ default: true, description: 'false answers 202 at once' }))
  },
  { additionalProperties: false }
)
export type RunLoadTestQuery = Static<typeof RunLoadTestQuerySchema>

export const RunLoadTestBodySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
    topic: Type.Optional(TopicNameSchema)
  },
  { additionalProperties: false }
)
export type RunLoadTestBody = Static<typeof RunLoadTestBodySchema>

/** Send latency: from passing a batch to the client until all in-sync replicas have acknowledged it. */
export const LatencySchema = Type.Object(
  {
    min: Type.Optional(Type.Number({ description: 'Absent from runs of earlier versions, like p999' })),
    p50: Type.Number(),
    p95: Type.Number(),
    p99: Type.Number(),
    p999: Type.Optional(Type.Number()),
    max: Type.Number(),
    mean: Type.Number()
  },
  { $id: 'Latency', additionalProperties: false, description: 'Milliseconds; never beyond min and max' }
)
export type Latency = Static<typeof LatencySchema>

export const LoadTestResultSchema = Type.Object(
  {
    acknowledged: count,
    failed: Type.Integer({ minimum: 0, description: 'Not acknowledged, for any reason' }),
    indeterminate: Type.Integer({
      minimum: 0,
      description: 'Failed events that were sent without an answer, so they may have been written'
    }),
    durationMs: Type.Number(),
    eventsPerSecond: Type.Number(),
    sendLatencyMs: Type.Union([LatencySchema, Type.Null()], { description: 'null if nothing was acknowledged' }),
    uncompressedBytes: count,
    compressedBytes: Type.Union([count, Type.Null()]),
    compressionRatio: Type.Union([Type.Number(), Type.Null()], {
      description: 'compressed / uncompressed: 0.4 is a reduction of 60 %'
    }),
    errors: Type.Array(Type.Object({ code: Type.String(), count }, { additionalProperties: false }), { examples: [[]] })
  },
  { $id: 'LoadTestResult', additionalProperties: false }
)
export type LoadTestResult = Static<typeof LoadTestResultSchema>

export const LoadTestRunSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    status: Type.Enum(['pending', 'running', 'completed', 'aborted', 'failed']),
    topic: TopicNameSchema,
    eventCount: count,
    progress: Type.Union(
      [Type.Object({ acknowledged: count, failed: count }, { additionalProperties: false }), Type.Null()],
      { description: 'null: the service died during the load test, and its progress is unknown' }
    ),
    createdAt: TimestampSchema,
    finishedAt: Type.Union([TimestampSchema, Type.Null()]),
    result: Type.Union([LoadTestResultSchema, Type.Null()]),
    failure: Type.Optional(Type.String({ description: 'Why it failed or was aborted' })),
    links: JobLinksSchema
  },
  { $id: 'LoadTestRun', additionalProperties: false }
)
export type LoadTestRun = Static<typeof LoadTestRunSchema>

export const LoadTestRunListSchema = Type.Object(
  { runs: Type.Array(LoadTestRunSchema, { description: 'Newest first' }), nextCursor: Type.Optional(Type.String()) },
  { $id: 'LoadTestRunList', additionalProperties: false }
)
export type LoadTestRunList = Static<typeof LoadTestRunListSchema>

/** Totals over all runs since the last reset; they exclude the records of runs that a crash of the service ended. */
export const LoadTestStatsSchema = Type.Object(
  {
    since: TimestampSchema,
    asOf: TimestampSchema,
    runs: Type.Object(
      { total: count, running: count, completed: count, aborted: count, failed: count },
      { additionalProperties: false }
    ),
    acknowledged: count,
    failed: count,
    last: Type.Union([LoadTestRunSchema, Type.Null()])
  },
  { $id: 'LoadTestStats', additionalProperties: false }
)
export type LoadTestStats = Static<typeof LoadTestStatsSchema>

/** One event of a load test's stream: `update` has its current state, `end` the final one. */
export const LoadTestStreamEventSchema = Type.Object(
  { event: Type.Enum(['update', 'end']), data: LoadTestRunSchema },
  { additionalProperties: false }
)
export type LoadTestStreamEvent = Static<typeof LoadTestStreamEventSchema>

export const loadTestEndpoints = {
  runLoadTest: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/run',
    role: 'operator',
    wholeCluster: true,
    audit: 'loadtest.run',
    tag: 'load tests',
    summary: 'Run a load test',
    description:
      'Waits for the run to end and returns it with its result; with wait=false it answers 202 at once. The run continues if the caller disconnects while waiting: its result stays available, and DELETE ends it.',
    query: RunLoadTestQuerySchema,
    body: optionalBody(RunLoadTestBodySchema),
    answers: { 200: LoadTestRunSchema, 202: LoadTestRunSchema }
  },
  listLoadTests: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/runs',
    role: 'viewer',
    tag: 'load tests',
    summary: 'List load tests',
    query: JobListQuerySchema,
    answers: { 200: LoadTestRunListSchema }
  },
  loadTest: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/runs/{id}',
    role: 'viewer',
    tag: 'load tests',
    summary: 'One load test',
    params: JobParamsSchema,
    answers: { 200: LoadTestRunSchema }
  },
  cancelLoadTest: {
    service: 'loadTest',
    method: 'DELETE',
    path: '/api/loadtest/runs/{id}',
    role: 'operator',
    audit: 'loadtest.cancel',
    endsHarm: true,
    tag: 'load tests',
    summary: 'Cancel a load test',
    params: JobParamsSchema,
    answers: { 200: LoadTestRunSchema }
  },
  watchLoadTest: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/runs/{id}/events',
    role: 'viewer',
    tag: 'load tests',
    summary: 'Watch a load test (server-sent events)',
    params: JobParamsSchema,
    answers: { 200: LoadTestStreamEventSchema },
    streams: true
  },
  loadTestStats: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/stats',
    role: 'viewer',
    tag: 'load tests',
    summary: 'Show totals since the last reset',
    answers: { 200: LoadTestStatsSchema }
  },
  resetLoadTestStats: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/reset',
    role: 'operator',
    audit: 'loadtest.reset-stats',
    tag: 'load tests',
    summary: 'Reset the totals',
    description: 'Does not change runs and Prometheus counters.',
    answers: { 200: LoadTestStatsSchema }
  }
} as const satisfies Record<string, Endpoint>
