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
import { LoadControlSchema } from './load-control.ts'
import { LatencySpectrumSchema, LoadTestPartitionSchema } from './load-detail.ts'
import { FingerprintSchema, WorkloadHashSchema } from './load-environment.ts'
import { intervalProperties } from './load-search.ts'
import { LoadTestResultSchema, LoadTestSecondSchema } from './load-test-result.ts'
import { WorkloadSchema } from './workload.ts'

const confirmTopic = Type.Optional(
  Type.String({
    maxLength: 249,
    description: 'The topic’s name again: required unless it is the default topic, because its consumers get the events'
  })
)

/** `POST /api/loadtest/run?eventCount=&topic=`; a JSON body replaces eventCount and topic. */
export const RunLoadTestQuerySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, default: 10_000, examples: [10000] })),
    topic: Type.Optional(TopicNameSchema),
    confirmTopic,
    wait: Type.Optional(Type.Boolean({ default: true, description: 'false answers 202 at once' }))
  },
  { additionalProperties: false }
)
export type RunLoadTestQuery = Static<typeof RunLoadTestQuerySchema>

export const RunLoadTestBodySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
    topic: Type.Optional(TopicNameSchema),
    confirmTopic
  },
  { additionalProperties: false }
)
export type RunLoadTestBody = Static<typeof RunLoadTestBodySchema>

export const StartLoadTestQuerySchema = Type.Object(
  { wait: Type.Optional(Type.Boolean({ default: false, description: 'true answers when the run has ended' })) },
  { additionalProperties: false }
)
export type StartLoadTestQuery = Static<typeof StartLoadTestQuerySchema>

export const LoadTestRunSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    status: Type.Enum(['pending', 'running', 'completed', 'aborted', 'failed']),
    topic: TopicNameSchema,
    eventCount: Type.Union([count, Type.Null()], {
      description: 'null: only its duration ends the run, or it is a search'
    }),
    workload: Type.Optional(WorkloadSchema),
    workloadHash: Type.Optional(WorkloadHashSchema),
    fingerprint: Type.Optional({ ...FingerprintSchema, description: 'Of runs that completed' }),
    progress: Type.Union(
      [
        Type.Object(
          {
            acknowledged: count,
            unconfirmed: Type.Optional({ ...count, description: 'With acks=none' }),
            failed: count,
            second: Type.Optional({ ...LoadTestSecondSchema, description: 'The last second that is over' }),
            phase: Type.Optional(
              Type.Enum(['draining', 'verifying'], {
                description: 'draining: only consumer groups go on; verifying: the records are read back'
              })
            ),
            read: Type.Optional({ ...count, description: 'Records that were read back so far' }),
            trial: Type.Optional(
              Type.Object(
                {
                  number: Type.Integer({ minimum: 1 }),
                  perSecond: Type.Number(),
                  seconds: Type.Number(),
                  isSoak: Type.Boolean(),
                  ...intervalProperties
                },
                { additionalProperties: false, description: 'The current trial of a search, and the interval so far' }
              )
            )
          },
          { additionalProperties: false }
        ),
        Type.Null()
      ],
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

/** The seconds and partitions of a run as they are kept, apart from the run because there may be thousands. */
export const RunSecondsSchema = Type.Object(
  {
    id: Type.String({ examples: ['20260131T123456-9f3a11'] }),
    seconds: Type.Array(LoadTestSecondSchema),
    partitions: Type.Optional(
      Type.Array(LoadTestPartitionSchema, {
        description: 'By number. Absent from runs of earlier versions, and without what producers wrote that were lost'
      })
    ),
    spectrum: Type.Optional({ ...LatencySpectrumSchema, description: 'Of a search, that of its soak' })
  },
  { additionalProperties: false }
)
export type RunSeconds = Static<typeof RunSecondsSchema>

/** A run second by second. */
export const LoadTestReportSchema = Type.Object(
  {
    ...RunSecondsSchema.properties,
    run: LoadTestRunSchema,
    control: Type.Optional({
      ...LoadControlSchema,
      description: 'Only as `kops load run --control java --json` prints it: the service keeps none'
    })
  },
  { $id: 'LoadTestReport', additionalProperties: false }
)
export type LoadTestReport = Static<typeof LoadTestReportSchema>

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
    unconfirmed: Type.Integer({ minimum: 0, description: 'Handed to the network with acks=none' }),
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
  startLoadTest: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/runs',
    role: 'operator',
    wholeCluster: true,
    audit: 'loadtest.start',
    tag: 'load tests',
    summary: 'Run a workload',
    description:
      'Starts a load test that a workload describes, and answers once its records are made and its producers are connected; with wait=true it waits for the end.',
    query: StartLoadTestQuerySchema,
    body: WorkloadSchema,
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
  loadTestReport: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/runs/{id}/report',
    role: 'viewer',
    tag: 'load tests',
    summary: 'One load test, second by second',
    params: JobParamsSchema,
    answers: { 200: LoadTestReportSchema }
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
