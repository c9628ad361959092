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
    verdict: Type.Union([GroupVerdictSchema, Type.Null()], { description: 'null when it could not be judged' })
  },
  { additionalProperties: false }
)

/** What a stream begins with: the state of which all later events are changes. */
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
  status: Type.Union([HealthStatusSchema, Type.Null()], { description: 'null: it no longer belongs to the cluster' }),
  previous: Type.Union([HealthStatusSchema, Type.Null()], { description: 'null: it is new' })
}

/** A change; `previous` is what was before it. */
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

/** `GET /api/health/stream`: one event. `state` comes first, and again where changes could not all be sent. */
export const HealthStreamEventSchema = Type.Union([
  Type.Object({ event: Type.Literal('state'), data: HealthStateSchema }, { additionalProperties: false }),
  ...HealthChangeSchema.anyOf
])
export type HealthStreamEvent = Static<typeof HealthStreamEventSchema>

export const HealthStreamHeadersSchema = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Id of the last event that was received: what came after it follows, if it is still known, in place of `state`'
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
      'First `state`: the present state. Then what changes: status, score, broker, ensemble, group, alert. While anybody ' +
      'watches, brokers, partitions and ensemble are read every KOPS_MAX_AGE_MS. Each event has an id: who comes back with ' +
      'the last one as Last-Event-ID gets what it missed, or `state` again where that is no longer known. Ends when the ' +
      'caller goes, or is too slow.',
    headers: HealthStreamHeadersSchema,
    answers: { 200: HealthStreamEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
