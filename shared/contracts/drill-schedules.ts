import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import { StartDrillSchema } from './drill-request.ts'
import type { Endpoint } from './endpoint.ts'
import { StartGameDaySchema } from './gameday-request.ts'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const timeOfDay = (description: string) =>
  Type.String({
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    description: `a time such as 08:00: ${description}`,
    examples: ['08:00']
  })

/** A time of the day in which a schedule starts nothing. */
export const QuietHoursSchema = Type.Object(
  {
    from: timeOfDay('when they begin'),
    to: timeOfDay('when they end; before `from`: on the next day'),
    days: Type.Optional(
      Type.Array(Type.Enum([...weekdays]), {
        minItems: 1,
        uniqueItems: true,
        description: 'On which they begin; default: every day'
      })
    )
  },
  { additionalProperties: false }
)
export type QuietHours = Static<typeof QuietHoursSchema>

/** When something is started, and what: exactly one of `drill` and `gameday`. It is never forced. */
export const DrillScheduleSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$',
      description: 'a name of 1 to 64 letters, digits, ".", "_" and "-"',
      examples: ['nightly']
    }),
    cron: Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Minute, hour, day of the month, month, day of the week, in the time zone',
      examples: ['30 3 * * tue']
    }),
    timeZone: Type.String({ minLength: 1, maxLength: 60, description: 'By IANA name', examples: ['Europe/Berlin'] }),
    quietHours: Type.Optional(Type.Array(QuietHoursSchema, { maxItems: 20 })),
    drill: Type.Optional(Type.Omit(StartDrillSchema, ['force', 'dryRun'], { additionalProperties: false })),
    gameday: Type.Optional({ ...StartGameDaySchema, $id: undefined })
  },
  { additionalProperties: false }
)
export type DrillSchedule = Static<typeof DrillScheduleSchema>

/** The file of `KOPS_DRILL_SCHEDULES`. There, `gameday` is the name of a file beside it, or its path. */
export const DrillScheduleFileSchema = Type.Object(
  { schedules: Type.Array(DrillScheduleSchema, { minItems: 1, maxItems: 100 }) },
  { additionalProperties: false }
)

/** What became of the last time at which a schedule was due. */
export const ScheduledRunSchema = Type.Object(
  {
    dueAt: TimestampSchema,
    outcome: Type.Enum(['started', 'refused', 'missed'], {
      description: 'refused: by guards, or because other work is under way; missed: the service did not run then'
    }),
    detail: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not started' }),
    drill: Type.Union([Type.String(), Type.Null()]),
    gameDay: Type.Union([Type.String(), Type.Null()])
  },
  { additionalProperties: false }
)
export type ScheduledRun = Static<typeof ScheduledRunSchema>

export const DrillScheduleStateSchema = Type.Object(
  {
    name: Type.String({ examples: ['nightly'] }),
    what: Type.String({ examples: ['drill broker-stop kafka-1', 'game day bad-night'] }),
    cron: Type.String({ examples: ['0 3 * * 2'] }),
    timeZone: Type.String({ examples: ['Europe/Berlin'] }),
    next: Type.Array(TimestampSchema, { description: 'The next three times, without those in quiet hours' }),
    last: Type.Union([ScheduledRunSchema, Type.Null()], { description: 'null: it was not due yet' }),
    verdict: Type.Union([Type.String(), Type.Null()], {
      description: 'Of the last one that was started; null: there is none, or none yet',
      examples: ['pass']
    })
  },
  { $id: 'DrillScheduleState', additionalProperties: false }
)
export type DrillScheduleState = Static<typeof DrillScheduleStateSchema>

export const DrillSchedulesSchema = Type.Object(
  { schedules: Type.Array(DrillScheduleStateSchema), asOf: TimestampSchema },
  { $id: 'DrillSchedules', additionalProperties: false }
)
export type DrillSchedules = Static<typeof DrillSchedulesSchema>

export const drillScheduleEndpoints = {
  drillSchedules: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/schedules',
    role: 'viewer',
    tag: 'drills',
    summary: 'Schedules of drills and game days: next times, last outcomes',
    description: 'Of the file KOPS_DRILL_SCHEDULES; empty without one.',
    answers: { 200: DrillSchedulesSchema }
  }
} as const satisfies Record<string, Endpoint>
