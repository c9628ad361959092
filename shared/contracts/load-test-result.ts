import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { GroupResultSchema, GroupSecondSchema } from './load-consumption.ts'
import { LatencySchema, PercentileSchema } from './load-latency.ts'
import { RateSearchSchema } from './load-search.ts'
import { TransactionsResultSchema, TransactionsSecondSchema } from './load-transactions.ts'
import { LoadWorkersSchema } from './load-workers.ts'
import { recordCounts } from './record-counts.ts'

/** Which part of a run was measured. */
export const SteadyStateSchema = Type.Object(
  {
    status: Type.Enum(['steady', 'given', 'noSteadyState', 'tooShort', 'shaped'], {
      description:
        'steady: the warm-up was found (MSER-5); given: by the workload; noSteadyState: the run drifted to its end; tooShort: under a minute, nothing is left out; shaped: the rate changes by itself'
    }),
    warmUpSeconds: Type.Integer({ minimum: 0, description: 'Left out of percentiles and of this rate' }),
    eventsPerSecond: Type.Union([Type.Number(), Type.Null()], {
      description: 'Acknowledged after the warm-up; with acks=none handed to the network'
    })
  },
  { additionalProperties: false }
)
export type SteadyState = Static<typeof SteadyStateSchema>

const nullable = Type.Union([Type.Number(), Type.Null()])

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
    unconfirmed: Type.Optional({ ...count, description: 'With acks=none' }),
    failed: count,
    transactions: Type.Optional(TransactionsSecondSchema),
    responseP50Ms: nullable,
    responseP99Ms: nullable,
    serviceP50Ms: nullable,
    serviceP99Ms: nullable,
    scheduleLagP99Ms: nullable,
    busy: Type.Number({ minimum: 0, maximum: 1, description: 'Share of time at work, of the busiest producer' }),
    blocked: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of time in which a producer’s buffer was full, or it waited for the end of a transaction'
    }),
    consumers: Type.Optional(
      Type.Array(GroupSecondSchema, {
        description: 'Of a workload with `consumers`; seconds after the last producer’s have nothing else'
      })
    )
  },
  { additionalProperties: false }
)
export type LoadTestSecond = Static<typeof LoadTestSecondSchema>

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
    aborted: Type.Optional({ ...count, description: 'Records of aborted transactions' }),
    abortedPresent: Type.Optional({ ...count, description: 'Of them, those that a read_committed reader sees' }),
    unconfirmed: Type.Optional({ ...count, description: 'Handed to the network with acks=none' }),
    unconfirmedPresent: Type.Optional({
      ...count,
      description: 'Of them, those that are in the log. The others are missing, and not lost: no broker confirmed them'
    }),
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
    unconfirmed: Type.Optional({
      ...count,
      description: 'Handed to the network with acks=none, so that no broker says whether they were written'
    }),
    failed: Type.Integer({ minimum: 0, description: 'Given up, for any reason' }),
    indeterminate: Type.Integer({
      minimum: 0,
      description: 'Failed events that were sent without an answer, so they may have been written'
    }),
    durationMs: Type.Number(),
    eventsPerSecond: Type.Number(),
    sendLatencyMs: Type.Union([LatencySchema, Type.Null()], {
      description: 'One value per batch; null if nothing was acknowledged. Times of a search are those of its soak'
    }),
    responseTimeMs: times(
      'From the time at which a record was due until it was acknowledged or given up, without the commit of its transaction; with acks=none until the network had it'
    ),
    serviceTimeMs: times(
      'From handing over the batch of a record until it was acknowledged, retries included; with acks=none until the network had it'
    ),
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
    transactions: Type.Optional(TransactionsResultSchema),
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
    workers: Type.Optional({ ...LoadWorkersSchema, description: 'Of a workload with workers' }),
    verification: Type.Optional(VerificationSchema),
    consumers: Type.Optional(
      Type.Array(GroupResultSchema, { description: 'Of a workload with `consumers`, in their order' })
    )
  },
  { $id: 'LoadTestResult', additionalProperties: false }
)
export type LoadTestResult = Static<typeof LoadTestResultSchema>
