import { type Static, Type } from 'typebox'
import { TopicNameSchema } from './common.ts'
import { kind, kinds } from './kinds.ts'
import { ConsumersSchema } from './load-consumption.ts'
import { RateSchema, seconds } from './load-rate.ts'
import { KeysSchema, largestRecord, PayloadSchema } from './load-records.ts'

export const ProducerSettingsSchema = Type.Object(
  {
    acks: Type.Optional(
      Type.Enum(['all', 'leader', 'none'], {
        description:
          'Who must have a record: all in-sync replicas, its leader, or nobody: then no broker says whether it was written'
      })
    ),
    idempotent: Type.Optional(Type.Boolean({ description: 'No duplicate by a retry (KIP-98); needs acks=all' })),
    compression: Type.Optional(Type.Enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])),
    batchBytes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: largestRecord, description: 'Of a batch, as expected after compression' })
    ),
    lingerMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000, description: 'How long a batch waits for more records' })
    ),
    bufferBytes: Type.Optional(
      Type.Integer({
        minimum: 65_536,
        maximum: 268_435_456,
        description: 'Of records without an answer; with the closed rate it decides the latency'
      })
    ),
    requestsInFlight: Type.Optional(Type.Integer({ minimum: 1, maximum: 5, description: 'To one broker' })),
    requestTimeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 120_000 })),
    deliveryTimeoutMs: Type.Optional(
      Type.Integer({ minimum: 1000, maximum: 600_000, description: 'From a batch to its outcome, retries included' })
    )
  },
  { additionalProperties: false, description: 'Producer; what is absent comes from the profile' }
)
export type ProducerSettings = Static<typeof ProducerSettingsSchema>

/** Every record of a run belongs to a transaction. */
export const TransactionsSchema = Type.Object(
  {
    records: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description: 'Of one transaction; absent: only its time ends it'
      })
    ),
    durationMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60_000,
        description: 'After its first record a transaction ends; default 3000'
      })
    ),
    abortShare: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Of the transactions, evenly: aborted, not committed; default 0'
      })
    )
  },
  {
    additionalProperties: false,
    description:
      'Each producer writes in transactions, one after the other, with a transactional id of its own; needs acks=all and idempotent'
  }
)
export type Transactions = Static<typeof TransactionsSchema>

/** A topic that a run makes and deletes. */
export const TemporaryTopicSchema = kind('temporary', {
  partitions: Type.Integer({ minimum: 1, maximum: 1000 }),
  replicationFactor: Type.Integer({ minimum: 1, maximum: 10 }),
  configs: Type.Optional(
    Type.Record(Type.String({ maxLength: 249 }), Type.String({ maxLength: 10_000 }), { maxProperties: 100 })
  )
})

export const TargetTopicSchema = kinds(
  [
    kind('existing', {
      name: TopicNameSchema,
      confirm: Type.Optional(
        Type.String({ maxLength: 249, description: 'The name again, unless it is the default topic of load tests' })
      )
    }),
    TemporaryTopicSchema
  ],
  {
    description: 'An existing topic, or one that the run makes and deletes',
    examples: [{ kind: 'temporary', partitions: 12, replicationFactor: 3 }]
  }
)
export type TargetTopic = Static<typeof TargetTopicSchema>

/** What a load test does: one record that says everything, so that a run can be repeated and compared. */
export const WorkloadSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', examples: ['spike'] }),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    topic: TargetTopicSchema,
    rate: Type.Optional(RateSchema),
    records: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000_000,
        description: 'Ends the run; so does durationSeconds. Of a search: of all trials together'
      })
    ),
    durationSeconds: Type.Optional(
      seconds('Ends the run; one of it and records is required, unless the rate has an end')
    ),
    warmUpSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 86_400,
        description:
          'Left out of the percentiles; absent: found by rule (MSER-5). Of a search: of each trial, default 1'
      })
    ),
    payload: Type.Optional(PayloadSchema),
    keys: Type.Optional(KeysSchema),
    headers: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String({ minLength: 1, maxLength: 200 }), value: Type.String({ maxLength: 2000 }) },
          { additionalProperties: false }
        ),
        { maxItems: 20 }
      )
    ),
    profile: Type.Optional(
      Type.Enum(['high-throughput', 'low-latency', 'durable'], {
        description:
          'Settings of the producer. high-throughput: batches of 64 KiB, 10 ms; low-latency: none, at once; durable (default): acks=all, idempotent'
      })
    ),
    producer: Type.Optional(ProducerSettingsSchema),
    producers: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 16, description: 'Each a thread with connections of its own; default 1' })
    ),
    transactions: Type.Optional(TransactionsSchema),
    workers: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 16,
        description:
          'The producers run in load workers (kops load worker), on any hosts; so many must have joined. Default for producers. Absent: they run in load-test-service'
      })
    ),
    consumers: Type.Optional(
      Type.Array(ConsumersSchema, {
        maxItems: 8,
        description:
          'Groups that read the topic during the run, each a thread; several are a fan-out. Records get a header `kops` of 23 bytes for it'
      })
    ),
    verify: Type.Optional(
      Type.Boolean({
        description:
          'Reads every record back after the run, and accounts for each that was acknowledged. Records get a header `kops` of 13 bytes for it'
      })
    ),
    thresholds: Type.Optional(
      Type.Array(Type.String({ maxLength: 60 }), {
        maxItems: 20,
        description:
          'What the result must meet: p50, p95, p99 and p99.9 of the response time (service.p99: of the service time) in ms or s, e2e.p99 of the end-to-end latency, commit.p99 of the commits, lag and unconsumed of the groups, uncommitted transactions, errors as a number or in %, throughput per second after the warm-up; compared by <, <=, >, >= or =',
        examples: [['p99 < 20ms', 'errors = 0', 'throughput > 40000/s']]
      })
    )
  },
  {
    $id: 'Workload',
    additionalProperties: false,
    examples: [
      {
        name: 'steady',
        topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 },
        rate: { kind: 'constant', perSecond: 2000 },
        durationSeconds: 60
      }
    ]
  }
)
export type Workload = Static<typeof WorkloadSchema>
