import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const latency = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description, examples: [3.4] })
const brokerName = Type.String({ examples: ['kafka-1'] })

/** The probe's state for one broker. Counts start with the service. */
export const ProbeBrokerSchema = Type.Object(
  {
    broker: brokerName,
    id: Type.Integer({ minimum: 0, examples: [1] }),
    partition: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: "Its partition of the probe's topic: the one whose preferred leader it is. null when it has none",
      examples: [0]
    }),
    leader: Type.Union([brokerName, Type.Null()], {
      description: 'The current leader of that partition, which receives its records; null if there is none'
    }),
    up: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        'true: it leads its partition, and the last record written to it was read back. false: another broker leads the partition, or the record was lost, not accepted, or is overdue. null: not probed yet, or without a partition',
      examples: [true]
    }),
    lastLatencyMs: latency('From writing until reading back, for the last record read back from this broker'),
    p50Ms: latency('Median over the window'),
    p99Ms: latency('99th percentile over the window'),
    samples: count('Records read back within the window, which the percentiles cover'),
    sent: count('Records sent to this broker: acknowledged + notAccepted + open'),
    open: count('Neither acknowledged nor refused yet'),
    acknowledged: count('Accepted by all in-sync replicas: returned + lost + forgotten + (pending - open)'),
    returned: count('Acknowledged and read back'),
    lost: count('Acknowledged but not readable within the allowed time'),
    late: count('Counted as lost but read later'),
    forgotten: count('Acknowledged, but the topic was deleted before the record was read: its fate is unknown'),
    notAccepted: count('Refused, or not answered in time; not counted as lost'),
    notAcceptedReasons: Type.Array(
      Type.Object(
        { reason: Type.String({ examples: ['broker_unreachable'] }), count: count('Records with this reason') },
        { additionalProperties: false }
      ),
      { description: 'By the code of the error catalog; topic_not_ready: the partition had no leader' }
    ),
    pending: count('Undecided: open, or acknowledged and not yet read back'),
    lastError: Type.Union([
      Type.Object(
        {
          code: Type.String({ examples: ['broker_unreachable'] }),
          message: Type.String({ examples: ['Writing to kops-probe-0: connect ECONNREFUSED'] }),
          at: TimestampSchema
        },
        { additionalProperties: false }
      ),
      Type.Null()
    ]),
    asOf: Type.Union([TimestampSchema, Type.Null()], {
      description: 'When the outcome of a record written to this broker was last decided'
    })
  },
  { $id: 'ProbeBroker', additionalProperties: false }
)
export type ProbeBroker = Static<typeof ProbeBrokerSchema>

/** `GET /api/health/probe`. */
export const ProbeReadingSchema = Type.Object(
  {
    enabled: Type.Boolean({ description: 'false: KOPS_PROBE_INTERVAL_MS is 0, and the probe writes nothing' }),
    topic: Type.String({ examples: ['kops-probe'] }),
    intervalMs: Type.Integer({ minimum: 0, examples: [5000] }),
    lossAfterMs: Type.Integer({
      minimum: 0,
      description: 'A record unread for this long counts as lost',
      examples: [20_000]
    }),
    windowMs: Type.Integer({ minimum: 0, description: 'Time window of the percentiles', examples: [300_000] }),
    brokers: Type.Array(ProbeBrokerSchema),
    warnings: Type.Array(WarningSchema),
    asOf: TimestampSchema
  },
  { $id: 'ProbeReading', additionalProperties: false }
)
export type ProbeReading = Static<typeof ProbeReadingSchema>

export const probeEndpoints = {
  probe: {
    service: 'health',
    method: 'GET',
    path: '/api/health/probe',
    role: 'viewer',
    tag: 'health',
    summary: 'Show whether records written to each broker can be read back, and how fast',
    description:
      'Every KOPS_PROBE_INTERVAL_MS the service writes one record with acks=all to a partition led by each broker, and reads it back. The request itself reads nothing and answers at once.',
    answers: { 200: ProbeReadingSchema }
  }
} as const satisfies Record<string, Endpoint>
