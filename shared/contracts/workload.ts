import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { TopicNameSchema } from './common.ts'
import { ConsumersSchema } from './load-consumption.ts'

const perSecond = Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000, description: 'Records per second' })
const seconds = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 86_400, description })
const bytes = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description })
const largestRecord = 1_000_000

/** One of several shapes, distinguished by `kind`: a refusal names the fields of the kind that was given, and no others. */
function kinds<T extends TSchema[]>(shapes: [...T], options: { description: string; examples: unknown[] }) {
  return Type.Unsafe<Static<T[number]>>({
    type: 'object',
    ...options,
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: shapes
  })
}

function kind<K extends string, P extends TProperties>(name: K, properties: P) {
  return Type.Object({ kind: Type.Literal(name), ...properties }, { additionalProperties: false })
}

const arrivals = Type.Optional(
  Type.Enum(['even', 'poisson'], {
    description: 'even (default): equal pauses; poisson: independent senders, whose records bunch at random'
  })
)

/** Trials at constant rates, until the highest sustainable one is known. */
export const SearchRateSchema = kind('search', {
  startPerSecond: Type.Optional({ ...perSecond, description: 'Rate of the first trial; default 1,000' }),
  maxPerSecond: Type.Optional({
    ...perSecond,
    description: 'Highest rate to try; default: what the service allows'
  }),
  trialSeconds: Type.Optional(
    Type.Integer({
      minimum: 3,
      maximum: 600,
      description: 'Length of a trial; default 5. A client quota of Kafka shows after 11 s at the earliest'
    })
  ),
  precision: Type.Optional(
    Type.Number({
      minimum: 0.01,
      maximum: 0.5,
      description: 'How far apart the highest rate that passes and the lowest that fails may be; default 0.05 (5 %)'
    })
  ),
  objective: Type.Optional(
    Type.Object(
      {
        maxP99Ms: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 60_000,
            description: 'Highest 99th percentile of the response time of a trial that passes; default 100'
          })
        )
      },
      { additionalProperties: false }
    )
  ),
  soakSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 86_400,
      description: 'Length of the trial at 90 % of the rate that was found; default 60, 0: none'
    })
  ),
  arrivals
})

/**
 * When records are due. With every kind but `closed` that does not depend on how fast the cluster answers. A `search` has no times of
 * its own: it is a sequence of trials, each at a constant rate.
 */
export const RateSchema = kinds(
  [
    kind('closed', {}),
    kind('constant', { perSecond, arrivals }),
    kind('ramp', { from: perSecond, to: perSecond, overSeconds: seconds('Then the rate stays at `to`'), arrivals }),
    kind('steps', {
      from: perSecond,
      to: perSecond,
      by: perSecond,
      everySeconds: seconds('Length of a step'),
      arrivals
    }),
    kind('spike', {
      base: perSecond,
      peak: perSecond,
      afterSeconds: seconds('When the spike begins'),
      forSeconds: seconds('How long it lasts'),
      arrivals
    }),
    kind('stages', {
      stages: Type.Array(Type.Object({ seconds: seconds('Length'), perSecond }, { additionalProperties: false }), {
        minItems: 1,
        maxItems: 1000,
        description: 'One after the other; the last one stays'
      }),
      arrivals
    }),
    SearchRateSchema
  ],
  {
    description:
      'closed (default): as fast as the cluster acknowledges; all others are open: a record is due at its time, whether or not earlier ones were answered. search: trials at constant rates, until the highest sustainable one is known',
    examples: [{ kind: 'constant', perSecond: 10_000 }]
  }
)
export type Rate = Static<typeof RateSchema>

const SizeSchema = kinds(
  [
    kind('fixed', { bytes: bytes(largestRecord, 'Of every record') }),
    kind('uniform', { from: bytes(largestRecord, 'Smallest'), to: bytes(largestRecord, 'Largest') }),
    kind('log-normal', {
      median: bytes(largestRecord, 'Half of the records are smaller'),
      p99: bytes(largestRecord, '99 of 100 records are smaller')
    })
  ],
  { description: 'Size of a value in bytes', examples: [{ kind: 'fixed', bytes: 1024 }] }
)
export type PayloadSize = Static<typeof SizeSchema>

export const PayloadSchema = kinds(
  [
    kind('log-events', {}),
    kind('random', {
      size: SizeSchema,
      compressibility: Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Share of a value that a compressor removes: 0 is noise, 0.6 is like log events'
      })
    }),
    kind('lines', {
      lines: Type.Array(Type.String({ minLength: 1, maxLength: largestRecord }), {
        minItems: 1,
        maxItems: 20_000,
        description: 'Values to choose from; the command line fills this from a file'
      })
    })
  ],
  {
    description: 'What records contain. log-events (default): JSON of 400 to 600 bytes, as applications log',
    examples: [{ kind: 'random', size: { kind: 'fixed', bytes: 1024 }, compressibility: 0.6 }]
  }
)
export type Payload = Static<typeof PayloadSchema>

const keyCount = Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Number of different keys' })

export const KeysSchema = kinds(
  [
    kind('none', {}),
    kind('distinct', {}),
    kind('round-robin', { count: keyCount }),
    kind('uniform', { count: keyCount }),
    kind('zipf', {
      count: keyCount,
      exponent: Type.Number({ minimum: 0, maximum: 5, description: '0 is uniform; 1 is the classic law' })
    })
  ],
  {
    description:
      'Keys, which decide the partition. distinct (default): the trace of a log event, or one of 8,192 random keys; none: records stay with a partition until its batch is full',
    examples: [{ kind: 'zipf', count: 10_000, exponent: 1 }]
  }
)
export type Keys = Static<typeof KeysSchema>

export const ProducerSettingsSchema = Type.Object(
  {
    acks: Type.Optional(Type.Enum(['all', 'leader'], { description: 'Who must have a record: all in-sync replicas' })),
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
          'What the result must meet: p50, p95, p99 and p99.9 of the response time (service.p99: of the service time) in ms or s, e2e.p99 of the end-to-end latency, lag and unconsumed of the groups, errors as a number or in %, throughput per second after the warm-up; compared by <, <=, >, >= or =',
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
