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
import { FingerprintSchema, WorkloadHashSchema } from './load-environment.ts'
import { recordCounts } from './record-counts.ts'
import { WorkloadSchema } from './workload.ts'

/** `POST /api/loadtest/run?eventCount=&topic=`; a JSON body replaces eventCount and topic. */
export const RunLoadTestQuerySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, default: 10_000, examples: [10000] })),
    topic: Type.Optional(TopicNameSchema),
    confirmTopic: Type.Optional(
      Type.String({
        maxLength: 249,
        description:
          'The topic’s name again: required unless it is the default topic, because its consumers get the events'
      })
    ),
    wait: Type.Optional(Type.Boolean({ default: true, description: 'false answers 202 at once' }))
  },
  { additionalProperties: false }
)
export type RunLoadTestQuery = Static<typeof RunLoadTestQuerySchema>

export const RunLoadTestBodySchema = Type.Object(
  {
    eventCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
    topic: Type.Optional(TopicNameSchema),
    confirmTopic: Type.Optional(
      Type.String({
        maxLength: 249,
        description:
          'The topic’s name again: required unless it is the default topic, because its consumers get the events'
      })
    )
  },
  { additionalProperties: false }
)
export type RunLoadTestBody = Static<typeof RunLoadTestBodySchema>

export const StartLoadTestQuerySchema = Type.Object(
  { wait: Type.Optional(Type.Boolean({ default: false, description: 'true answers when the run has ended' })) },
  { additionalProperties: false }
)
export type StartLoadTestQuery = Static<typeof StartLoadTestQuerySchema>

/** Percentiles of a time. */
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
  { additionalProperties: false, description: 'Milliseconds; never beyond min and max' }
)
export type Latency = Static<typeof LatencySchema>

/** Which part of a run was measured. */
export const SteadyStateSchema = Type.Object(
  {
    status: Type.Enum(['steady', 'given', 'noSteadyState', 'tooShort', 'shaped'], {
      description:
        'steady: the warm-up was found (MSER-5); given: by the workload; noSteadyState: the run drifted to its end; tooShort: under a minute, nothing is left out; shaped: the rate changes by itself'
    }),
    warmUpSeconds: Type.Integer({ minimum: 0, description: 'Left out of percentiles and of this rate' }),
    eventsPerSecond: Type.Union([Type.Number(), Type.Null()], { description: 'Acknowledged after the warm-up' })
  },
  { additionalProperties: false }
)
export type SteadyState = Static<typeof SteadyStateSchema>

const nullable = Type.Union([Type.Number(), Type.Null()])

/** A percentile with its certainty. */
export const PercentileSchema = Type.Object(
  {
    of: Type.Enum(['responseTime', 'serviceTime', 'scheduleLag']),
    percentile: Type.Number({ examples: [99.9] }),
    valueMs: Type.Union([Type.Number(), Type.Null()], {
      description: 'null: it rests on fewer independent samples than it needs (370 for p99, 3,700 for p99.9)'
    }),
    lowMs: Type.Union([Type.Number(), Type.Null()], {
      description: '95 % interval by a moving-block bootstrap over the seconds; null below 30 seconds'
    }),
    highMs: nullable,
    effectiveSamples: count
  },
  { additionalProperties: false }
)
export type Percentile = Static<typeof PercentileSchema>

/** Whether a result meets a threshold of its workload. */
export const ThresholdVerdictSchema = Type.Object(
  {
    threshold: Type.String({ examples: ['p99 < 20ms'] }),
    actual: Type.Union([Type.Number(), Type.Null()], {
      description: 'In the unit of the threshold; null: not known, and therefore not passed'
    }),
    passed: Type.Boolean()
  },
  { additionalProperties: false }
)
export type ThresholdVerdict = Static<typeof ThresholdVerdictSchema>

/** What all producers of a run measured within one second. */
export const LoadTestSecondSchema = Type.Object(
  {
    second: Type.Integer({
      minimum: 0,
      description: 'Since the first record; of a search, without the pauses between trials'
    }),
    targetPerSecond: Type.Union([Type.Number(), Type.Null()], { description: 'null with the closed rate' }),
    sent: count,
    acknowledged: count,
    failed: count,
    responseP50Ms: nullable,
    responseP99Ms: nullable,
    serviceP50Ms: nullable,
    serviceP99Ms: nullable,
    scheduleLagP99Ms: nullable,
    busy: Type.Number({ minimum: 0, maximum: 1, description: 'Share of time at work, of the busiest producer' }),
    blocked: Type.Number({ minimum: 0, maximum: 1, description: 'Share of time in which a producer’s buffer was full' })
  },
  { additionalProperties: false }
)
export type LoadTestSecond = Static<typeof LoadTestSecondSchema>

/** Why a trial of a search failed. */
export const TrialReasonSchema = Type.Enum(['client', 'errors', 'behind', 'late', 'growing'], {
  description:
    'client: the producers had no time left; errors: records failed; behind: less than 99 % was acknowledged in time; late: p99 of the response time was above the objective; growing: the response time rose by more than 2 % of the time that passed'
})
export type TrialReason = Static<typeof TrialReasonSchema>

/** One trial of a search, at a constant rate. */
export const TrialSchema = Type.Object(
  {
    perSecond: Type.Number({ description: 'Target, in records per second' }),
    seconds: Type.Number({ description: 'For which records were due' }),
    achievedPerSecond: Type.Number({ description: 'Acknowledged, until the last answer' }),
    p99Ms: Type.Union([Type.Number(), Type.Null()], { description: 'Of the response time, after the warm-up' }),
    passed: Type.Boolean(),
    reason: Type.Union([TrialReasonSchema, Type.Null()], { description: 'null: it passed' })
  },
  { additionalProperties: false }
)
export type Trial = Static<typeof TrialSchema>

const bound = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

/** The bounds of the highest sustainable rate, in records per second. */
const intervalProperties = {
  highestPass: bound('Highest rate that passes, and is below every rate that fails; null: none passed'),
  lowestFail: bound('Lowest rate that fails; null: none failed, or the client was the limit')
}

/** What a search for the highest sustainable rate has found. */
export const RateSearchSchema = Type.Object(
  {
    ...intervalProperties,
    endedBecause: Type.Enum(
      ['found', 'clientLimit', 'maximumPassed', 'minimumFailed', 'soakFailed', 'outOfBounds', 'interrupted'],
      {
        description:
          'found: highestPass and lowestFail are as close as asked for; clientLimit: the producers were the limit, so that the cluster sustains highestPass or more; maximumPassed: so does maxPerSecond; minimumFailed: not even 1 record per second passed; soakFailed: the interval was found, but 90 % of highestPass was not sustained; outOfBounds: trials, records or time were used up; interrupted: cancelled or failed'
      }
    ),
    trials: Type.Array(TrialSchema, { description: 'In order' }),
    soak: Type.Optional({ ...TrialSchema, description: 'The long trial at 90 % of highestPass' })
  },
  { additionalProperties: false }
)
export type RateSearch = Static<typeof RateSearchSchema>

function times(description: string) {
  return Type.Optional(
    Type.Union([LatencySchema, Type.Null()], {
      description: `${description}. Absent from searches without a soak and from runs of earlier versions`
    })
  )
}

/** What became of the records of a run, by reading them back. */
export const VerificationSchema = Type.Object(
  {
    verdict: Type.Enum(['clean', 'faulty', 'incomplete'], {
      description:
        'clean: every acknowledged record is at its offset, with its content; faulty: see faults; incomplete: not everything could be read, and what was read is clean'
    }),
    ...recordCounts,
    foreign: Type.Integer({ minimum: 0, description: 'Records of others in the topic, which are left out' }),
    durationMs: Type.Number(),
    faults: Type.Array(Type.String(), {
      description: 'What must not happen to records; duplicates and reordering only of an idempotent producer'
    }),
    evidence: Type.Array(Type.String(), { description: 'Where the first 20 are' }),
    unread: Type.Array(Type.String(), { description: 'What could not be read, and why' })
  },
  {
    additionalProperties: false,
    description: 'Only of a workload with `verify`. `attempted` has the records that reached a batch: not those UNSENT'
  }
)
export type Verification = Static<typeof VerificationSchema>

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
    sendLatencyMs: Type.Union([LatencySchema, Type.Null()], {
      description: 'One value per batch; null if nothing was acknowledged. Times of a search are those of its soak'
    }),
    responseTimeMs: times('From the time at which a record was due until it was acknowledged or given up'),
    serviceTimeMs: times('From handing over the batch of a record until it was acknowledged, retries included'),
    scheduleLagMs: times(
      'From the time at which a record was due until the producer took it; null with the closed rate'
    ),
    steadyState: Type.Optional(SteadyStateSchema),
    percentiles: Type.Optional(
      Type.Array(PercentileSchema, { description: 'Of the records after the warm-up, with the certainty of each' })
    ),
    limitedBy: Type.Optional(
      Type.Enum(['cluster', 'client', 'rate', 'unknown'], {
        description:
          'What kept the run from being faster. client: the producers had no time left, so that no figure is the cluster’s; rate: all records were sent when they were due'
      })
    ),
    thresholds: Type.Optional(
      Type.Array(ThresholdVerdictSchema, {
        description: 'Those of the workload; of a search, checked against its soak'
      })
    ),
    search: Type.Optional({ ...RateSearchSchema, description: 'Of a workload whose rate is a search' }),
    clientMicrosPerRecord: Type.Optional(
      Type.Union([Type.Number(), Type.Null()], {
        description: 'For how long producer threads were at work, per record sent after the warm-up'
      })
    ),
    uncompressedBytes: count,
    compressedBytes: Type.Union([count, Type.Null()]),
    compressionRatio: Type.Union([Type.Number(), Type.Null()], {
      description: 'compressed / uncompressed: 0.4 is a reduction of 60 %'
    }),
    errors: Type.Array(
      Type.Object(
        {
          code: Type.String({ description: 'Kafka’s name of the error; UNSENT: due, but not sent before the end' }),
          count,
          longestMs: Type.Optional(Type.Number({ minimum: 0, description: 'Longest time that had passed by then' }))
        },
        { additionalProperties: false }
      ),
      { examples: [[]] }
    ),
    verification: Type.Optional(VerificationSchema)
  },
  { $id: 'LoadTestResult', additionalProperties: false }
)
export type LoadTestResult = Static<typeof LoadTestResultSchema>

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
            failed: count,
            second: Type.Optional({ ...LoadTestSecondSchema, description: 'The last second that is over' }),
            phase: Type.Optional(Type.Enum(['verifying'], { description: 'verifying: the records are read back' })),
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

/** The seconds of a run as they are kept, apart from the run because there may be thousands. */
export const RunSecondsSchema = Type.Object(
  { id: Type.String({ examples: ['20260131T123456-9f3a11'] }), seconds: Type.Array(LoadTestSecondSchema) },
  { additionalProperties: false }
)
export type RunSeconds = Static<typeof RunSecondsSchema>

/** A run second by second. */
export const LoadTestReportSchema = Type.Object(
  { ...RunSecondsSchema.properties, run: LoadTestRunSchema },
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
