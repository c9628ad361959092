import { type Static, type TSchema, Type } from 'typebox'
import { TimestampSchema } from './common.ts'

// The fields of events are in snake_case, for compatibility with the time service's event service.

/** What an event is of: a type with a schema, or one of the publisher's own. */
export const eventType = Type.String({ minLength: 1, maxLength: 200, examples: ['http_request'] })
const maxProperties = 10_000
export const eventData = Type.Record(Type.String(), Type.Unknown(), {
  maxProperties,
  examples: [{ user_id: '123', action: 'login' }]
})

/** An event in a topic: the value of a record, as JSON. Types of its own choice are a custom event's. */
export const EventSchema = Type.Object(
  { timestamp: TimestampSchema, event_type: eventType, data: eventData },
  { $id: 'Event', additionalProperties: true }
)
export type Event = Static<typeof EventSchema>

const userIp = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'Address of the user, and the key of the record: the events of a user keep their order',
  examples: ['192.168.1.1']
})
const text = (maxLength: number, example: string) => Type.String({ minLength: 1, maxLength, examples: [example] })

/** A request that a service has received. */
export const HttpRequestDataSchema = Type.Object(
  {
    user_ip: userIp,
    method: text(20, 'GET'),
    endpoint: { ...text(2000, '/'), description: 'Path, without its query' },
    hostname: Type.Optional({ ...text(255, 'pod-1'), description: 'The machine, or pod, that has received it' }),
    os: Type.Optional(text(100, 'Linux'))
  },
  { additionalProperties: true, maxProperties }
)

/** What a service has answered. */
export const HttpResponseDataSchema = Type.Object(
  {
    user_ip: userIp,
    status_code: Type.Integer({ minimum: 100, maximum: 599, examples: [200] }),
    response_time_ms: Type.Number({ minimum: 0, examples: [45.5] })
  },
  { additionalProperties: true, maxProperties }
)

/** An error of a service. */
export const ErrorDataSchema = Type.Object(
  {
    error_message: text(10_000, 'Database connection failed'),
    error_type: text(200, 'database_error'),
    service: text(200, 'auth-service')
  },
  { additionalProperties: true, maxProperties }
)

const typed = <T extends string, Data extends TSchema>(name: T, dataSchema: Data) =>
  Type.Object(
    { timestamp: TimestampSchema, event_type: Type.Literal(name), data: dataSchema },
    { additionalProperties: true }
  )

/** The event types whose data has a schema. */
export const typedEvents = {
  http_request: typed('http_request', HttpRequestDataSchema),
  http_response: typed('http_response', HttpResponseDataSchema),
  error: typed('error', ErrorDataSchema)
} as const
export type TypedEvent = Static<(typeof typedEvents)[keyof typeof typedEvents]>
