import { type Static, type TSchema, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { GroupVerdictSchema } from './group-health.ts'
import { AlertMessageSchema } from './health-events.ts'
import { HealthReasonSchema, HealthScoreSchema, HealthStatusSchema } from './health-status.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const name = Type.String({ examples: ['kafka-1'] })
const cause = { status: HealthStatusSchema, reasons: Type.Array(HealthReasonSchema) }

const NodeStateSchema = Type.Object({ name, status: HealthStatusSchema }, { additionalProperties: false })
const GroupStateSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    verdict: Type.Union([GroupVerdictSchema, Type.Null()], { description: 'null if it could not be judged' })
  },
  { additionalProperties: false }
)

/** The first event of a stream: the state that all later events change. */
export const HealthStateSchema = Type.Object(
  {
    asOf: TimestampSchema,
    ...cause,
    score: HealthScoreSchema,
    brokers: Type.Array(NodeStateSchema),
    ensemble: Type.Array(NodeStateSchema, { description: 'ZooKeeper nodes, or voters of the metadata quorum' }),
    groups: Type.Array(GroupStateSchema),
    alerts: Type.Array(AlertMessageSchema, { description: 'Those that are firing' })
  },
  { additionalProperties: false }
)
export type HealthState = Static<typeof HealthStateSchema>
export type NodeState = Static<typeof NodeStateSchema>

const event = <Name extends string, Data extends Record<string, TSchema>>(name: Name, data: Data) =>
  Type.Object(
    {
      event: Type.Literal(name),
      data: Type.Object({ asOf: TimestampSchema, ...data }, { additionalProperties: false })
    },
    { additionalProperties: false }
  )

const nodeChange = {
  name,
  status: Type.Union([HealthStatusSchema, Type.Null()], { description: 'null: it has left the cluster' }),
  previous: Type.Union([HealthStatusSchema, Type.Null()], { description: 'null: it is new' })
}

/** A change; `previous` is the state before it. */
export const HealthChangeSchema = Type.Union([
  event('status', { ...cause, previous: HealthStatusSchema }),
  event('score', { score: HealthScoreSchema, previous: Type.Integer({ minimum: 0, maximum: 100 }) }),
  event('broker', nodeChange),
  event('ensemble', nodeChange),
  event('group', {
    group: GroupStateSchema.properties.group,
    verdict: nullable(GroupVerdictSchema),
    previous: nullable(GroupVerdictSchema),
    gone: Type.Boolean({ description: 'The group no longer exists' })
  }),
  Type.Object({ event: Type.Literal('alert'), data: AlertMessageSchema }, { additionalProperties: false })
])
export type HealthChange = Static<typeof HealthChangeSchema>

/** Sent every 15 s, so that a watcher can tell a quiet cluster from a lost stream; `asOf` is that of the last reading. It has no id. */
const ping = event('ping', {})

/** `GET /api/health/stream`: one event. `state` comes first, and again after changes were missed. */
export const HealthStreamEventSchema = Type.Union([
  Type.Object({ event: Type.Literal('state'), data: HealthStateSchema }, { additionalProperties: false }),
  ping,
  ...HealthChangeSchema.anyOf
])
export type HealthStreamEvent = Static<typeof HealthStreamEventSchema>

export const HealthStreamHeadersSchema = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Id of the last received event: the stream continues after it if later events are still available, otherwise with `state`'
    })
  )
})

export const healthStreamEndpoints = {
  watchHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/stream',
    role: 'viewer',
    tag: 'health',
    summary: 'Watch the health of the cluster (server-sent events)',
    description:
      'Sends the current `state` first, then changes: status, score, broker, ensemble, group, alert; and `ping` every 15 s, with the time of the last reading. While a stream is open, the service reads brokers, partitions and ensemble every KOPS_MAX_AGE_MS. Each event has an id: a client that reconnects with the last id as Last-Event-ID gets the events it missed, or `state` again if they are no longer available. Ends when the client disconnects or is too slow.',
    headers: HealthStreamHeadersSchema,
    answers: { 200: HealthStreamEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
