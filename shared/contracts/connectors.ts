import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, WarningSchema } from './common.ts'
import { described, type Endpoint, NoQuerySchema } from './endpoint.ts'

const state = Type.String({
  description: 'RUNNING, PAUSED, STOPPED, FAILED, RESTARTING, or UNASSIGNED: no worker runs it yet',
  examples: ['RUNNING']
})
const worker = Type.String({ description: 'The worker that runs it, host:port', examples: ['127.0.0.1:8084'] })
const error = Type.Union([Type.String(), Type.Null()], {
  description: 'The first line of its error, if it failed',
  examples: [null]
})
const trace = Type.Union([Type.String(), Type.Null()], {
  description: "The whole error, if it failed: Connect's stack trace, which may contain parts of records",
  examples: [null]
})
const name = Type.String({ description: 'Name of the connector', examples: ['audit-logs-to-file'] })

const ConnectorTaskSchema = Type.Object({ id: Type.Integer({ examples: [0] }), state, worker, error })

/** A connector of Kafka Connect and its tasks. */
export const ConnectorSchema = Type.Object(
  {
    name,
    type: Type.Enum(['source', 'sink', 'unknown'], {
      description: 'source: writes to topics; sink: reads from topics',
      examples: ['sink']
    }),
    class: Type.String({
      description: 'Its Java class',
      examples: ['org.apache.kafka.connect.file.FileStreamSinkConnector']
    }),
    state,
    worker,
    error,
    deadLetterTopic: Type.Union([Type.String(), Type.Null()], {
      description: 'Where a sink writes records that it cannot process',
      examples: ['audit-logs.dlq']
    }),
    tasks: Type.Array(ConnectorTaskSchema)
  },
  { $id: 'Connector', additionalProperties: false }
)
export type Connector = Static<typeof ConnectorSchema>

/** `GET /api/connectors`. */
export const ConnectorListSchema = Type.Object(
  { connectors: Type.Array(ConnectorSchema, { description: 'By name' }) },
  { $id: 'ConnectorList', additionalProperties: false }
)
export type ConnectorList = Static<typeof ConnectorListSchema>

const config = Type.Record(Type.String(), Type.String(), {
  maxProperties: 1000,
  description: 'Settings of the connector by name, each a string',
  examples: [
    {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      topics: 'audit-logs',
      file: 'audit-logs.txt'
    }
  ]
})

/** `GET /api/connectors/{name}`. */
export const ConnectorDescriptionSchema = Type.Object(
  {
    ...ConnectorSchema.properties,
    trace,
    tasks: Type.Array(Type.Object({ ...ConnectorTaskSchema.properties, trace })),
    config: { ...config, description: 'Its settings; *** stands for secrets that are no references' }
  },
  { $id: 'ConnectorDescription', additionalProperties: false }
)
export type ConnectorDescription = Static<typeof ConnectorDescriptionSchema>

/** `PUT /api/connectors/{name}`. */
export const ConnectorConfigSchema = Type.Object({ config }, { $id: 'ConnectorConfig', additionalProperties: false })
export type ConnectorConfig = Static<typeof ConnectorConfigSchema>['config']

const connectorName = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._ -]*$',
  description: 'a name of letters, digits, ".", "_", "-" and spaces, which begins with a letter or digit',
  examples: ['audit-logs-to-file']
})
/** A file of connectors/, which `kops connect apply` takes. */
export const ConnectorFileSchema = Type.Object(
  {
    name: connectorName,
    config
  },
  { additionalProperties: false }
)
export type ConnectorFile = Static<typeof ConnectorFileSchema>

export const ConnectorPlanSchema = Type.Object(
  {
    dryRun: Type.Boolean(),
    connector: name,
    action: Type.Enum(['create', 'update', 'none', 'delete', 'pause', 'resume', 'restart'], { examples: ['create'] }),
    applied: Type.Boolean({ description: 'Whether Connect has accepted it; workers carry it out within seconds' }),
    task: Type.Union([Type.Integer(), Type.Null()], { description: 'The task, if it concerns one', examples: [null] }),
    changes: Type.Array(
      Type.Object({
        name: Type.String({ examples: ['file'] }),
        before: Type.Union([Type.String(), Type.Null()], { description: 'null: not set', examples: [null] }),
        after: Type.Union([Type.String(), Type.Null()], { description: 'null: not set', examples: ['audit-logs.txt'] })
      }),
      { description: 'Settings that differ; *** stands for secrets' }
    ),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ConnectorPlan', additionalProperties: false }
)
export type ConnectorPlan = Static<typeof ConnectorPlanSchema>

const ConnectorParamsSchema = Type.Object({ name: connectorName }, { additionalProperties: false })
const TaskParamsSchema = Type.Object(
  { name: connectorName, task: Type.Integer({ minimum: 0, maximum: 100_000, examples: [0] }) },
  { additionalProperties: false }
)

const common = { service: 'admin', tag: 'connectors' } as const

export const connectorEndpoints = {
  listConnectors: {
    ...common,
    method: 'GET',
    path: '/api/connectors',
    role: 'viewer',
    summary: 'List the connectors of Kafka Connect with their tasks',
    description: 'With the state of each connector and task, and the first line of the error of those that failed.',
    query: NoQuerySchema,
    answers: { 200: ConnectorListSchema }
  },
  describeConnector: {
    ...common,
    method: 'GET',
    path: '/api/connectors/{name}',
    role: 'reader',
    summary: 'Describe a connector: its settings, tasks and errors',
    description: 'Errors are stack traces, which may contain parts of records.',
    params: ConnectorParamsSchema,
    query: NoQuerySchema,
    answers: { 200: ConnectorDescriptionSchema }
  },
  applyConnector: {
    ...common,
    method: 'PUT',
    path: '/api/connectors/{name}',
    role: 'admin',
    audit: 'connector.apply',
    summary: 'Create a connector, or replace its settings',
    description:
      'The worker validates the settings first; `dryRun=true` does only that. Nothing happens if the connector has these settings already.',
    params: ConnectorParamsSchema,
    query: DryRunQuerySchema,
    body: ConnectorConfigSchema,
    answers: {
      200: described(ConnectorPlanSchema, 'What differs, or was changed'),
      201: described(ConnectorPlanSchema, 'The connector was created')
    }
  },
  deleteConnector: {
    ...common,
    method: 'DELETE',
    path: '/api/connectors/{name}',
    role: 'admin',
    audit: 'connector.delete',
    summary: 'Delete a connector',
    description: 'Stops its tasks. The committed offsets of a sink stay: they are those of the group `connect-NAME`.',
    params: ConnectorParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ConnectorPlanSchema }
  },
  pauseConnector: {
    ...common,
    method: 'POST',
    path: '/api/connectors/{name}/pause',
    role: 'operator',
    audit: 'connector.pause',
    summary: 'Pause a connector and its tasks',
    params: ConnectorParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ConnectorPlanSchema }
  },
  resumeConnector: {
    ...common,
    method: 'POST',
    path: '/api/connectors/{name}/resume',
    role: 'operator',
    audit: 'connector.resume',
    summary: 'Resume a paused connector',
    params: ConnectorParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ConnectorPlanSchema }
  },
  restartConnector: {
    ...common,
    method: 'POST',
    path: '/api/connectors/{name}/restart',
    role: 'operator',
    audit: 'connector.restart',
    summary: 'Restart what failed of a connector, or all of it',
    params: ConnectorParamsSchema,
    query: Type.Object(
      {
        ...DryRunQuerySchema.properties,
        onlyFailed: Type.Optional(
          Type.Boolean({ description: 'true (default): only what failed; false: the connector and all its tasks' })
        )
      },
      { additionalProperties: false }
    ),
    answers: { 200: ConnectorPlanSchema }
  },
  restartConnectorTask: {
    ...common,
    method: 'POST',
    path: '/api/connectors/{name}/tasks/{task}/restart',
    role: 'operator',
    audit: 'connector.restart-task',
    summary: 'Restart a task of a connector',
    params: TaskParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ConnectorPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
