import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const latency = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description, examples: [3.4] })
const brokerName = Type.String({ examples: ['kafka-1'] })

/** What the probe knows of one broker. Counts are those since the service began. */
export const ProbeBrokerSchema = Type.Object(
  {
    broker: brokerName,
    id: Type.Integer({ minimum: 0, examples: [1] }),
    partition: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: "Its partition of the probe's topic: the one whose preferred leader it is. null when it has none",
      examples: [0]
    }),
    leader: Type.Union([brokerName, Type.Null()], {
      description: 'Who leads that partition now, and takes its records; null when nobody does'
    }),
    up: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        'true: it leads its partition, and the last record written to it came back. false: another leads in its place, or that record was lost, not accepted, or is overdue. null: not probed yet, or without a partition',
      examples: [true]
    }),
    lastLatencyMs: latency('From writing to having read, of the last record that came back from this broker'),
    p50Ms: latency('Median over the window'),
    p99Ms: latency('99th percentile over the window'),
    samples: count('Records that came back within the window, which the percentiles are of'),
    sent: count('Records that were to be written to this broker: acknowledged + notAccepted + open'),
    open: count('Neither acknowledged nor refused yet'),
    acknowledged: count('Accepted by all in-sync replicas: returned + lost + forgotten + (pending - open)'),
    returned: count('Acknowledged, and read back'),
    lost: count('Acknowledged, and not to be read after the time allowed'),
    late: count('Counted as lost, and read after all'),
    forgotten: count('Acknowledged, and the topic was deleted before it was read: nothing can be said of it'),
    notAccepted: count('Refused, or not answered in time: what happened to them is not a loss'),
    notAcceptedReasons: Type.Array(
      Type.Object(
        { reason: Type.String({ examples: ['broker_unreachable'] }), count: count('Records with this reason') },
        { additionalProperties: false }
      ),
      { description: 'By the code of the error catalog; topic_not_ready: the partition had no leader' }
    ),
    pending: count('Not decided yet: open, or acknowledged and not read back yet'),
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
      description: 'When the fate of a record written to this broker was last decided'
    })
  },
  { $id: 'ProbeBroker', additionalProperties: false }
)
export type ProbeBroker = Static<typeof ProbeBrokerSchema>

/** `GET /api/health/probe`. */
export const ProbeReadingSchema = Type.Object(
  {
    enabled: Type.Boolean({ description: 'false: KOPS_PROBE_INTERVAL_MS is 0, nothing is written' }),
    topic: Type.String({ examples: ['kops-probe'] }),
    intervalMs: Type.Integer({ minimum: 0, examples: [5000] }),
    lossAfterMs: Type.Integer({ minimum: 0, description: 'Unseen for so long is lost', examples: [20_000] }),
    windowMs: Type.Integer({ minimum: 0, description: 'What the percentiles look back on', examples: [300_000] }),
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
    summary: 'Whether what is written to each broker can be read, and how fast',
    description:
      'Every KOPS_PROBE_INTERVAL_MS one record is written with acks=all to a partition that each broker leads, and read back. Answers at once, from what is known.',
    answers: { 200: ProbeReadingSchema }
  }
} as const satisfies Record<string, Endpoint>
