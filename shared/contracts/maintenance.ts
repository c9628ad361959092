import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, WarningSchema } from './common.ts'
import { described, type Endpoint, NoQuerySchema } from './endpoint.ts'

/** Longest maintenance window, in seconds: a forgotten one must not hide alerts for days. */
export const maxMaintenanceSeconds = 24 * 3600

const windowId = '0b2f6c1e-5d3a-4a51-9a0e-3f6f1c2d7e88'

export const LabelMatcherSchema = Type.Object(
  {
    label: Type.String({ pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$', maxLength: 200, examples: ['alertname'] }),
    operator: Type.Enum(['=', '!=', '=~', '!~'], {
      description: 'Equal, not equal, matches a regular expression (RE2, anchored), does not match it',
      examples: ['=']
    }),
    value: Type.String({ minLength: 1, maxLength: 1000, examples: ['KafkaBrokersUnhealthy'] })
  },
  { $id: 'LabelMatcher', additionalProperties: false }
)

/** A period in which Alertmanager notifies nobody of the matching alerts: a silence. */
export const MaintenanceWindowSchema = Type.Object(
  {
    id: Type.String({
      description: "Alertmanager's id of the silence",
      examples: [windowId]
    }),
    startsAt: TimestampSchema,
    until: Type.String({
      format: 'date-time',
      description: 'When it ends by itself',
      examples: ['2026-01-31T13:04:56.789Z']
    }),
    by: Type.String({ description: 'The caller that started it', examples: ['alice'] }),
    reason: Type.String({ examples: ['rolling restart for a new heap size'] }),
    what: Type.String({ description: 'Which alerts, in one line', examples: ['every alert'] }),
    matchers: Type.Array(LabelMatcherSchema, { description: 'Holds back alerts that match all of them' })
  },
  { $id: 'MaintenanceWindow', additionalProperties: false }
)
export type MaintenanceWindow = Static<typeof MaintenanceWindowSchema>

/** `GET /api/maintenance`. */
export const MaintenanceListSchema = Type.Object(
  { windows: Type.Array(MaintenanceWindowSchema, { description: 'Active windows, the first to end first' }) },
  { $id: 'MaintenanceList', additionalProperties: false }
)
export type MaintenanceList = Static<typeof MaintenanceListSchema>

/** `POST /api/maintenance`. */
export const StartMaintenanceSchema = Type.Object(
  {
    durationSeconds: Type.Integer({ minimum: 5, maximum: maxMaintenanceSeconds, examples: [1800] }),
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      examples: ['rolling restart for a new heap size']
    }),
    node: Type.Optional(
      Type.String({
        pattern: '^(kafka|zookeeper)-[0-9]{1,9}$',
        description: 'Only alerts that name this node',
        examples: ['kafka-2']
      })
    ),
    matchers: Type.Optional(
      Type.Array(LabelMatcherSchema, { maxItems: 20, description: 'Only alerts that match all of these' })
    )
  },
  { $id: 'StartMaintenance', additionalProperties: false }
)
export type StartMaintenance = Static<typeof StartMaintenanceSchema>

export const MaintenanceParamsSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[0-9A-Za-z-]{1,64}$',
      description: 'an id of `GET /api/maintenance`',
      examples: [windowId]
    })
  },
  { additionalProperties: false }
)

export const MaintenancePlanSchema = Type.Object(
  {
    dryRun: Type.Boolean(),
    window: Type.Object({
      ...MaintenanceWindowSchema.properties,
      id: Type.Union([MaintenanceWindowSchema.properties.id, Type.Null()], { description: 'null in a dry run' })
    }),
    silenced: Type.Array(Type.String({ examples: ['KafkaUnderReplicatedPartitions'] }), {
      description: 'Names of firing alerts that it holds back, or held back'
    }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'MaintenancePlan', additionalProperties: false }
)
export type MaintenancePlan = Static<typeof MaintenancePlanSchema>

export const maintenanceEndpoints = {
  listMaintenance: {
    service: 'admin',
    method: 'GET',
    path: '/api/maintenance',
    role: 'viewer',
    tag: 'maintenance',
    summary: 'List active maintenance windows',
    description: 'All Alertmanager silences that hold back alerts of this cluster, whoever created them.',
    query: NoQuerySchema,
    answers: { 200: MaintenanceListSchema }
  },
  startMaintenance: {
    service: 'admin',
    method: 'POST',
    path: '/api/maintenance',
    role: 'operator',
    audit: 'maintenance.start',
    tag: 'maintenance',
    summary: 'Start a maintenance window, which holds back notifications',
    description:
      'Creates an Alertmanager silence for this caller, which ends by itself. Alerts still fire and are marked in health-service’s GET /api/alerts; the status of the cluster does not change. Alerts that still fire when the window ends notify then.',
    query: DryRunQuerySchema,
    body: StartMaintenanceSchema,
    answers: {
      200: described(MaintenancePlanSchema, 'What it would hold back (dryRun)'),
      201: described(MaintenancePlanSchema, 'The window has started')
    }
  },
  endMaintenance: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/maintenance/{id}',
    role: 'operator',
    audit: 'maintenance.end',
    tag: 'maintenance',
    summary: 'End a maintenance window now',
    description: 'Alerts that still fire notify then.',
    params: MaintenanceParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: MaintenancePlanSchema }
  }
} as const satisfies Record<string, Endpoint>
