import { type Static, Type } from 'typebox'
import { kind, kinds } from './kinds.ts'

const duration = (description: string) =>
  Type.String({
    pattern: '^\\d{1,9}(ms|s|m|h|d)$',
    description: `a duration such as 500ms, 90s, 15m or 2h: ${description}`
  })

const topic = (description: string) =>
  Type.Optional(Type.String({ pattern: '^(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}$', description }))

const name = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$', description })

/** A field of an event. */
const field = (description: string) =>
  Type.String({ pattern: '^[^.]{1,100}(\\.[^.]{1,100}){0,9}$', maxLength: 500, description })

const closed = { additionalProperties: false } as const

const WindowKindSchema = kinds(
  [
    kind('tumbling', { size: duration('the length of a window') }),
    kind('hopping', { size: duration('the length of a window'), every: duration('how often one begins') }),
    kind('session', { gap: duration('so long without an event ends a session') })
  ],
  { description: 'How event time is cut into windows', examples: [{ kind: 'tumbling', size: '1m' }] }
)

const AggregateSchema = Type.Object(
  {
    name: name('a name in small letters, digits, - and _, by which results have its value'),
    function: Type.Enum(['count', 'sum', 'min', 'max', 'mean']),
    field: Type.Optional(field('the path of a number in the event, such as data.amount; of all functions but count'))
  },
  closed
)

const ThresholdSchema = Type.Object(
  {
    name: name('a name in small letters, digits, - and _'),
    aggregate: name('the name of an aggregate of the same windows'),
    above: Type.Optional(Type.Number({ description: 'Alerts when the value is greater than this' })),
    below: Type.Optional(Type.Number({ description: 'Alerts when the value is less than this' })),
    at: Type.Optional(
      Type.Enum(['close', 'update'], {
        description:
          'When the value is compared: once, when the window has closed (the default), or with each event, so that the alert comes while the window is open'
      })
    ),
    severity: Type.Optional(Type.Enum(['info', 'warning', 'critical'], { description: 'Default: warning' }))
  },
  closed
)

const WindowsSchema = Type.Object(
  {
    name: name('a name in small letters, digits, - and _, by which results and state are kept'),
    window: WindowKindSchema,
    lateness: Type.Optional(
      duration('how long after its end, in event time, a window takes late events; its result comes then. Default: 0s')
    ),
    where: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1 }),
        Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]), {
          minItems: 1,
          maxItems: 100
        }),
        { description: 'Takes only events whose fields have one of these values', maxProperties: 20 }
      )
    ),
    groupBy: Type.Optional(
      Type.Array(field('the path of a field whose values have windows of their own, such as event_type'), {
        maxItems: 10,
        uniqueItems: true
      })
    ),
    aggregates: Type.Array(AggregateSchema, { minItems: 1, maxItems: 20 }),
    alerts: Type.Optional(Type.Array(ThresholdSchema, { maxItems: 20 }))
  },
  closed
)
export type WindowsDefinition = Static<typeof WindowsSchema>

/** What `kops analytics run` computes: the file that it reads. */
export const AnalyticsDefinitionSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^kops-[a-z0-9-]{1,60}$',
      description:
        'kops- and a name in small letters, digits and -: the consumer group, and the beginning of the transactional ids'
    }),
    topics: Type.Optional(
      Type.Object(
        {
          events: topic('What it reads; default analytics-events'),
          metrics: topic('Results; default streaming-metrics'),
          alerts: topic('Alerts; default streaming-alerts'),
          late: topic('Events that came too late for every window; default the name of events and .late'),
          deadLetters: topic('Events that break the schema; default the name of events and .dlq'),
          changelog: topic('The state, compacted, with as many partitions as events; default the name and -changelog')
        },
        closed
      )
    ),
    events: Type.Optional(
      Type.Object(
        {
          startAt: Type.Optional(
            Type.Enum(['earliest', 'latest'], {
              description: 'Where partitions begin that it has never read; default earliest'
            })
          ),
          disorder: Type.Optional(
            duration(
              'how far events may lag behind the latest one of their partition and still be in time. Default: 5s'
            )
          ),
          future: Type.Optional(
            duration(
              'events that are further ahead of the wall clock are dead letters and move no watermark. Default: 10m'
            )
          ),
          idle: Type.Optional(
            duration(
              'after so long without an event in a partition, its event time goes on with the wall clock. Default: never'
            )
          )
        },
        closed
      )
    ),
    commit: Type.Optional(
      Type.Object(
        {
          every: Type.Optional(duration('a transaction takes what comes in this time. Default: 100ms')),
          records: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 1_000_000,
              description: 'Or so many events, if they come first; default 20000'
            })
          )
        },
        closed
      )
    ),
    guarantee: Type.Optional(
      Type.Enum(['exactly-once', 'at-least-once'], {
        description:
          'exactly-once (the default) writes in transactions; without them, a failure may repeat results, and what they are computed from'
      })
    ),
    windows: Type.Array(WindowsSchema, { minItems: 1, maxItems: 50 })
  },
  { $id: 'AnalyticsDefinition', ...closed }
)
export type AnalyticsDefinition = Static<typeof AnalyticsDefinitionSchema>

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])
const instant = (description: string) => Type.String({ format: 'date-time', description })

/** The result of one window, a record of streaming-metrics. Its key is name, group and start of the window, as JSON. */
export const WindowResultSchema = Type.Object(
  {
    windows: Type.String({ description: 'The name in the definition' }),
    kind: Type.Enum(['tumbling', 'hopping', 'session']),
    start: instant('Of the window, inclusive; of a session, its first event'),
    end: instant('Of the window, exclusive; of a session, its last event and the gap'),
    group: Type.Record(Type.String(), scalar, { description: 'The values of groupBy' }),
    values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
      description: 'By the names of the aggregates; null where no event had a value'
    }),
    partition: Type.Integer({ minimum: 0, description: 'Of the events: another one may have events of the same group' })
  },
  { $id: 'WindowResult', ...closed }
)
export type WindowResult = Static<typeof WindowResultSchema>

/** A value that has passed a threshold, a record of streaming-alerts, at most one for each window. Its key is that of the result. */
export const ThresholdAlertSchema = Type.Object(
  {
    alert: Type.String({ description: 'The name in the definition' }),
    severity: Type.Enum(['info', 'warning', 'critical']),
    ...WindowResultSchema.properties,
    aggregate: Type.String(),
    value: Type.Number({ description: 'Of the aggregate, when it was compared' }),
    condition: Type.Enum(['above', 'below']),
    threshold: Type.Number()
  },
  { $id: 'ThresholdAlert', ...closed }
)
export type ThresholdAlert = Static<typeof ThresholdAlertSchema>
