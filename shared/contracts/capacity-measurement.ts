import { type Static, Type } from 'typebox'
import { NodeNameSchema } from './cluster.ts'
import { count, JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import { DrillEventSchema } from './drills.ts'
import type { Endpoint } from './endpoint.ts'
import { FingerprintSchema } from './load-environment.ts'
import { SearchRateSchema } from './load-rate.ts'
import { RateSearchSchema } from './load-search.ts'
import { LoadTestRunSchema } from './load-test.ts'
import { TemporaryTopicSchema, WorkloadSchema } from './workload.ts'

const { durationSeconds, warmUpSeconds, payload, keys, headers, profile, producer, producers } =
  WorkloadSchema.properties

/** `POST /api/capacity`: a workload whose rate is a search, as far as it differs from the default, and whether a broker is stopped. */
export const StartCapacitySchema = Type.Object(
  {
    oneBrokerDown: Type.Optional(
      Type.Boolean({ default: false, description: 'Search again while one broker is stopped' })
    ),
    node: Type.Optional({ ...NodeNameSchema, description: 'The broker to stop; required with oneBrokerDown' }),
    confirm: Type.Optional(
      Type.String({
        maxLength: 20,
        description: 'Its name again: required with oneBrokerDown, because every topic has a replica less meanwhile'
      })
    ),
    topic: Type.Optional({
      ...TemporaryTopicSchema,
      description: 'Default: 12 partitions, 3 replicas (fewer if there are fewer brokers), min.insync.replicas one less'
    }),
    rate: Type.Optional({ ...SearchRateSchema, description: 'Default: that of the workload `search`' }),
    durationSeconds: Type.Optional({ ...durationSeconds, description: 'Ends each of the two searches; default 900' }),
    warmUpSeconds,
    payload,
    keys,
    headers,
    profile,
    producer,
    producers: Type.Optional({ ...producers, description: 'Each a thread with connections of its own; default 2' })
  },
  {
    $id: 'StartCapacity',
    additionalProperties: false,
    examples: [
      {
        oneBrokerDown: true,
        node: 'kafka-3',
        confirm: 'kafka-3',
        topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 }
      }
    ]
  }
)
export type StartCapacity = Static<typeof StartCapacitySchema>

/** The highest rate that the cluster sustained, and what that rests on. */
export const MeasuredCapacitySchema = Type.Object(
  {
    measuredAt: TimestampSchema,
    run: Type.String({ description: 'The load test that searched for it', examples: ['20260131T123456-9f3a11'] }),
    stoppedNode: Type.Union([NodeNameSchema, Type.Null()], { description: 'null: all brokers ran' }),
    recordsPerSecond: Type.Number(),
    bytesPerSecond: Type.Number({
      description: 'As brokers count what they get: recordsPerSecond times recordBytes'
    }),
    recordBytes: Type.Number({ description: 'Mean of a record in its batch, compressed, over all trials' }),
    meaning: Type.Enum(['found', 'atLeast', 'atMost'], {
      description:
        'found: the highest rate that passed; atLeast: it passed, and no higher rate was judged; atMost: it did not hold'
    }),
    lowestFail: RateSearchSchema.properties.lowestFail,
    endedBecause: RateSearchSchema.properties.endedBecause,
    trials: count,
    soak: Type.Enum(['passed', 'failed', 'none'], { description: 'The long trial at 90 % of the highest rate' }),
    topic: TemporaryTopicSchema,
    method: Type.String({
      description: 'How it was measured, in words',
      examples: ['12 trials of 5 s at constant rates, to 5 %: 99 % acknowledged in time, p99 at most 100 ms']
    }),
    fingerprint: {
      ...FingerprintSchema,
      description: 'The configuration under which it was measured; of the topic, see `topic`'
    }
  },
  { additionalProperties: false }
)
export type MeasuredCapacity = Static<typeof MeasuredCapacitySchema>

const figure = (description: string) => Type.Union([MeasuredCapacitySchema, Type.Null()], { description })

/** `GET /api/capacity/measurements/{id}`. */
export const CapacityMeasurementSchema = Type.Object(
  {
    id: Type.String({ examples: ['20260131T123456-9f3a11'] }),
    status: Type.Enum(['searching', 'healing', 'recovering', 'completed', 'aborted', 'failed']),
    node: Type.Union([NodeNameSchema, Type.Null()], { description: 'The broker to stop; null: none' }),
    createdAt: TimestampSchema,
    finishedAt: Type.Union([TimestampSchema, Type.Null()]),
    allBrokers: figure('null: not known yet, or the search had no answer'),
    oneBrokerDown: figure('Likewise'),
    run: Type.Union([Type.String(), Type.Null()], { description: 'The load test that is searching' }),
    progress: Type.Optional({ ...LoadTestRunSchema.properties.progress, description: 'Of that load test' }),
    timeline: Type.Array(DrillEventSchema),
    failure: Type.Optional(Type.String({ description: 'Why it failed or was aborted' })),
    links: JobLinksSchema
  },
  { $id: 'CapacityMeasurement', additionalProperties: false }
)
export type CapacityMeasurement = Static<typeof CapacityMeasurementSchema>

export const CapacityMeasurementListSchema = Type.Object(
  {
    measurements: Type.Array(CapacityMeasurementSchema, { description: 'Newest first' }),
    nextCursor: Type.Optional(Type.String())
  },
  { $id: 'CapacityMeasurementList', additionalProperties: false }
)
export type CapacityMeasurementList = Static<typeof CapacityMeasurementListSchema>

/** One event of a measurement's stream: `update` has its current state, `end` the final one. */
export const CapacityStreamEventSchema = Type.Object(
  { event: Type.Enum(['update', 'end']), data: CapacityMeasurementSchema },
  { additionalProperties: false }
)
export type CapacityStreamEvent = Static<typeof CapacityStreamEventSchema>

const shared = { service: 'loadTest', tag: 'capacity' } as const

export const capacityMeasurementEndpoints = {
  startCapacity: {
    ...shared,
    method: 'POST',
    path: '/api/capacity',
    role: 'admin',
    audit: 'capacity.measure',
    summary: 'Measure how much the cluster takes',
    description:
      'Searches for the highest sustainable rate on a topic of its own; with oneBrokerDown again while a broker is stopped, under a lease: if this service dies, the agent starts the broker. Refused with a reason unless the cluster is healthy, no load test, drill or fault is under way, and the replicas suffice without that broker.',
    body: StartCapacitySchema,
    answers: { 202: CapacityMeasurementSchema }
  },
  listCapacityMeasurements: {
    ...shared,
    method: 'GET',
    path: '/api/capacity/measurements',
    role: 'viewer',
    summary: 'List measurements of capacity',
    query: JobListQuerySchema,
    answers: { 200: CapacityMeasurementListSchema }
  },
  capacityMeasurement: {
    ...shared,
    method: 'GET',
    path: '/api/capacity/measurements/{id}',
    role: 'viewer',
    summary: 'One measurement of capacity',
    params: JobParamsSchema,
    answers: { 200: CapacityMeasurementSchema }
  },
  cancelCapacity: {
    ...shared,
    method: 'DELETE',
    path: '/api/capacity/measurements/{id}',
    role: 'admin',
    audit: 'capacity.cancel',
    endsHarm: true,
    summary: 'Cancel a measurement of capacity',
    description:
      'Answers once the stopped broker is back and the topic of the measurement deleted. Keeps what was found.',
    params: JobParamsSchema,
    answers: { 200: CapacityMeasurementSchema }
  },
  watchCapacity: {
    ...shared,
    method: 'GET',
    path: '/api/capacity/measurements/{id}/events',
    role: 'viewer',
    summary: 'Watch a measurement of capacity (server-sent events)',
    params: JobParamsSchema,
    answers: { 200: CapacityStreamEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
