import { type Static, type TSchema, Type } from 'typebox'
import { count, TopicNameSchema, TopicParamsSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { IsolationSchema, MessageSchema, TailQuerySchema } from './messages.ts'

const offset = Type.Union([count, Type.Null()])

const tailEvent = <Name extends string, Data extends TSchema>(name: Name, data: Data) =>
  Type.Object({ event: Type.Literal(name), data }, { additionalProperties: false })

/**
 * One event of a live tail. After `ready`, every record is either sent or reported as skipped. `skipped` counts records
 * that arrived faster than the rate limit or the client allows; `end` has the reason for the end.
 */
export const TailEventSchema = Type.Union([
  tailEvent(
    'ready',
    Type.Object({
      topic: TopicNameSchema,
      isolation: IsolationSchema,
      partitions: Type.Array(Type.Object({ partition: count, offset }))
    })
  ),
  tailEvent('message', MessageSchema),
  tailEvent('skipped', Type.Object({ records: count })),
  tailEvent('warning', WarningSchema),
  tailEvent('end', Type.Object({ code: Type.String(), detail: Type.String() }))
])
export type TailEvent = Static<typeof TailEventSchema>

export const tailEndpoints = {
  tailMessages: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/messages/tail',
    role: 'reader',
    tag: 'messages',
    summary: 'Watch new records of a topic (server-sent events)',
    description:
      'Events: ready, message, skipped (records that arrived faster than they could be sent), warning, end. Ends when the client disconnects.',
    params: TopicParamsSchema,
    query: TailQuerySchema,
    answers: { 200: TailEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
