import { type Static, Type } from 'typebox'
import { count, TimestampSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'

const labels = (examples: Record<string, string>[]) =>
  Type.Record(Type.String({ maxLength: 1000 }), Type.String({ maxLength: 10_000 }), { maxProperties: 100, examples })
const startsAt = '2026-01-31T12:34:56.789Z'
const alertLabels = { alertname: 'KafkaBrokersUnhealthy', cluster: 'kafka-log-streaming-cluster', severity: 'critical' }
const alertAnnotations = {
  summary: 'Only 2 brokers of kafka-log-streaming-cluster are healthy',
  description: '2 brokers answer of 3, for over 8 seconds.',
  runbook_url: 'http://localhost:8082/runbooks/kafka-brokers-unhealthy'
}

/** One alert of a notification. A newer Alertmanager may add fields. */
export const NotifiedAlertSchema = Type.Object(
  {
    status: Type.Enum(['firing', 'resolved']),
    labels: labels([alertLabels]),
    annotations: labels([alertAnnotations]),
    startsAt: TimestampSchema,
    endsAt: Type.String({ format: 'date-time', description: 'Year 1 while it is firing', examples: [startsAt] }),
    generatorURL: Type.Optional(Type.String({ maxLength: 10_000 })),
    fingerprint: Type.String({ pattern: '^[0-9a-f]{1,64}$', examples: ['4c1b2f3a9d8e7f60'] })
  },
  { $id: 'NotifiedAlert', additionalProperties: true }
)
export type NotifiedAlert = Static<typeof NotifiedAlertSchema>

/**
 * `POST /api/alerts/webhook`: Alertmanager's webhook payload, version 4
 * (prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 */
export const AlertNotificationSchema = Type.Object(
  {
    version: Type.Literal('4'),
    groupKey: Type.String({ maxLength: 10_000, examples: ['{}:{alertname="KafkaBrokersUnhealthy"}'] }),
    truncatedAlerts: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Alerts of the group that it left out', examples: [0] })
    ),
    status: Type.Enum(['firing', 'resolved']),
    receiver: Type.String({ maxLength: 1000, examples: ['health-service'] }),
    groupLabels: labels([{ alertname: 'KafkaBrokersUnhealthy' }]),
    commonLabels: labels([alertLabels]),
    commonAnnotations: labels([alertAnnotations]),
    externalURL: Type.String({ maxLength: 10_000, examples: ['http://localhost:9095'] }),
    alerts: Type.Array(NotifiedAlertSchema, { maxItems: 1000 })
  },
  { $id: 'AlertNotification', additionalProperties: true }
)
export type AlertNotification = Static<typeof AlertNotificationSchema>

/** The outcome of a notification. */
export const AlertReceiptSchema = Type.Object(
  {
    firing: count,
    resolved: count,
    dropped: Type.Integer({ minimum: 0, description: 'Alerts beyond the limit, which are not kept' }),
    asOf: TimestampSchema
  },
  { $id: 'AlertReceipt', additionalProperties: false }
)
export type AlertReceipt = Static<typeof AlertReceiptSchema>

export const AlertSchema = Type.Object(
  {
    fingerprint: Type.String({
      description: 'Hash of its labels: the same each time it fires',
      examples: ['4c1b2f3a9d8e7f60']
    }),
    name: Type.String({ examples: ['KafkaBrokersUnhealthy'] }),
    status: Type.Enum(['firing', 'resolved']),
    severity: Type.Union([Type.String(), Type.Null()], { examples: ['critical'] }),
    summary: Type.Union([Type.String(), Type.Null()], { examples: [alertAnnotations.summary] }),
    description: Type.Union([Type.String(), Type.Null()], { examples: [alertAnnotations.description] }),
    runbookUrl: Type.Union([Type.String(), Type.Null()], {
      description: 'Runbook page of health-service: what it means and what to do',
      examples: [alertAnnotations.runbook_url]
    }),
    labels: labels([alertLabels]),
    startsAt: TimestampSchema,
    endsAt: Type.Union([TimestampSchema, Type.Null()], { description: 'null while it is firing', examples: [null] }),
    receivedAt: Type.String({
      format: 'date-time',
      description: 'When Alertmanager last reported it',
      examples: [startsAt]
    }),
    silencedBy: Type.Array(Type.String({ examples: ['0b2f6c1e-5d3a-4a51-9a0e-3f6f1c2d7e88'] }), {
      description: 'Maintenance windows and other silences that hold it back: Alertmanager notifies nobody'
    }),
    inhibitedBy: Type.Array(Type.String({ examples: ['9d2a4c6e8f10b3d5'] }), {
      description: 'Fingerprints of the alerts that inhibit it: Alertmanager notifies nobody of this one'
    })
  },
  { $id: 'Alert', additionalProperties: false }
)
export type Alert = Static<typeof AlertSchema>

export const AlertQuerySchema = Type.Object(
  {
    status: Type.Optional(Type.Enum(['firing', 'resolved'], { description: 'Only these' })),
    severity: Type.Optional(Type.String({ maxLength: 100, description: 'Only alerts of this severity' })),
    suppressed: Type.Optional(
      Type.Boolean({
        description: 'true: only silenced or inhibited alerts; false: only alerts that are neither'
      })
    )
  },
  { additionalProperties: false }
)
export type AlertQuery = Static<typeof AlertQuerySchema>

/** `GET /api/alerts`. */
export const AlertListSchema = Type.Object(
  {
    alerts: Type.Array(AlertSchema, { description: 'Firing alerts first, then by severity, newest first' }),
    asOf: Type.Union([TimestampSchema, Type.Null()], {
      description:
        'When Alertmanager was last read, or without KOPS_ALERTMANAGER_URL when it last sent a notification; null: never',
      examples: [startsAt]
    }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'AlertList', additionalProperties: false }
)
export type AlertList = Static<typeof AlertListSchema>

export const alertEndpoints = {
  alerts: {
    service: 'health',
    method: 'GET',
    path: '/api/alerts',
    role: 'viewer',
    tag: 'alerts',
    summary: 'List firing alerts, and those resolved within the last hour',
    description:
      'The service reads Alertmanager (KOPS_ALERTMANAGER_URL) every 2 s and after each notification, so firing alerts survive a restart; it keeps resolved alerts in memory. Alerts held back by a maintenance window or another alert are marked. Without that setting, the list holds what the webhook received, and the service drops an alert that is not repeated for 5 minutes.',
    query: AlertQuerySchema,
    answers: { 200: AlertListSchema }
  },
  notifyAlerts: {
    service: 'health',
    method: 'POST',
    path: '/api/alerts/webhook',
    role: 'webhook',
    tag: 'alerts',
    summary: 'Receive a notification from Alertmanager (webhook version 4)',
    description:
      'Idempotent: repeating a notification changes nothing. If tokens are configured, Alertmanager sends one through http_config.authorization: the role webhook is for nothing else.',
    query: NoQuerySchema,
    body: AlertNotificationSchema,
    answers: { 200: AlertReceiptSchema }
  }
} as const satisfies Record<string, Endpoint>
