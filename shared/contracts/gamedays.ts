import { type Static, Type } from 'typebox'
import { JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { GameDayPlanSchema, ReadyGameDaysSchema } from './gameday-plan.ts'
import { StartGameDaySchema } from './gameday-request.ts'

export const GameDayStepStateSchema = Type.Enum([
  'waiting',
  'running',
  'passed',
  'failed',
  'inconclusive',
  'aborted',
  'skipped'
])
export type GameDayStepState = Static<typeof GameDayStepStateSchema>

/** What became of a step. */
export const GameDayStepResultSchema = Type.Object(
  {
    what: Type.String({ description: 'The step in words', examples: ['drill broker-kill kafka-2', 'wait 30s'] }),
    state: GameDayStepStateSchema,
    startedAt: Type.Union([TimestampSchema, Type.Null()]),
    finishedAt: Type.Union([TimestampSchema, Type.Null()]),
    drill: Type.Union([Type.String(), Type.Null()], { description: 'Its drill: GET /api/drills/{id}' }),
    run: Type.Union([Type.String(), Type.Null()], { description: 'Its load test: GET /api/loadtest/runs/{id}' }),
    detail: Type.Union([Type.String(), Type.Null()], {
      description: 'Why it has this state, or what it waits for',
      examples: ['the verdict is fail, and pass is expected: 3 acknowledged record(s) are lost']
    })
  },
  { $id: 'GameDayStepResult', additionalProperties: false }
)
export type GameDayStepResult = Static<typeof GameDayStepResultSchema>

export const GameDayVerdictSchema = Type.Object(
  {
    result: Type.Enum(['pass', 'fail', 'inconclusive', 'aborted'], {
      description:
        'pass: every step passed; fail: a step failed; inconclusive: none failed, but the outcome of one is not known'
    }),
    reasons: Type.Array(Type.String({ examples: ['step 2, drill broker-kill kafka-2: failed: …'] }))
  },
  { $id: 'GameDayVerdict', additionalProperties: false }
)
export type GameDayVerdict = Static<typeof GameDayVerdictSchema>

/** `GET /api/gamedays/{id}`. */
export const GameDaySchema = Type.Object(
  {
    id: Type.String({ examples: ['20260131T123456-9f3a11'] }),
    name: Type.String({ examples: ['bad-night'] }),
    status: Type.Enum(['running', 'completed', 'aborted', 'failed']),
    createdAt: TimestampSchema,
    finishedAt: Type.Union([TimestampSchema, Type.Null()]),
    plan: { ...StartGameDaySchema, $id: undefined, description: 'What was asked for' },
    steps: Type.Array(GameDayStepResultSchema, { description: 'One for each step of the plan, in its order' }),
    verdict: Type.Union([GameDayVerdictSchema, Type.Null()], { description: 'null until it has ended' }),
    failure: Type.Optional(Type.String({ description: 'Why it was aborted' })),
    links: JobLinksSchema
  },
  { $id: 'GameDay', additionalProperties: false }
)
export type GameDay = Static<typeof GameDaySchema>

export const GameDayListSchema = Type.Object(
  { gameDays: Type.Array(GameDaySchema, { description: 'Newest first' }), nextCursor: Type.Optional(Type.String()) },
  { $id: 'GameDayList', additionalProperties: false }
)
export type GameDayList = Static<typeof GameDayListSchema>

/** One event of a game day's stream: `update` has its current state, `end` the final one. */
export const GameDayStreamEventSchema = Type.Object(
  { event: Type.Enum(['update', 'end']), data: GameDaySchema },
  { additionalProperties: false }
)
export type GameDayStreamEvent = Static<typeof GameDayStreamEventSchema>

const shared = { service: 'loadTest', tag: 'drills' } as const
const abort = {
  ...shared,
  role: 'admin',
  endsHarm: true,
  params: JobParamsSchema,
  answers: { 200: GameDaySchema }
} as const

export const gameDayEndpoints = {
  startGameDay: {
    ...shared,
    method: 'POST',
    path: '/api/gamedays',
    role: 'admin',
    wholeCluster: true,
    audit: 'gameday.start',
    summary: 'Start a game day',
    description:
      'Carries out steps one after the other: drills, waits, conditions and load tests. Refused while a drill, another game day or a measurement of the capacity is under way. Each drill has its own guards, when its turn comes. With `dryRun`, answers 200 with the plan, and starts nothing.',
    query: Type.Object(
      {
        wait: Type.Optional(
          Type.Boolean({ default: false, description: 'Answer when it has ended, with its verdict and status 200' })
        ),
        dryRun: Type.Optional(
          Type.Boolean({ default: false, description: 'Only the plan: guards and prediction of each step now' })
        )
      },
      { additionalProperties: false }
    ),
    body: StartGameDaySchema,
    answers: { 200: Type.Union([GameDayPlanSchema, GameDaySchema]), 202: GameDaySchema }
  },
  planGameDay: {
    ...shared,
    method: 'POST',
    path: '/api/gamedays/plan',
    role: 'viewer',
    wholeCluster: true,
    audit: 'gameday.plan',
    changesNothing: true,
    summary: 'Plan a game day',
    description:
      'What refuses it now, and guards and prediction of each step as the cluster is now: those after the first will find another. Changes nothing.',
    body: StartGameDaySchema,
    answers: { 200: GameDayPlanSchema }
  },
  readyGameDays: {
    ...shared,
    method: 'GET',
    path: '/api/gamedays/ready',
    role: 'viewer',
    summary: 'List the ready game days',
    description: 'Those of the folder `KOPS_GAMEDAYS`, as `kops drill gameday` takes them by name.',
    answers: { 200: ReadyGameDaysSchema }
  },
  listGameDays: {
    ...shared,
    method: 'GET',
    path: '/api/gamedays',
    role: 'viewer',
    summary: 'List game days',
    query: JobListQuerySchema,
    answers: { 200: GameDayListSchema }
  },
  gameDay: {
    ...shared,
    method: 'GET',
    path: '/api/gamedays/{id}',
    role: 'viewer',
    summary: 'Show a game day with its steps and verdict',
    params: JobParamsSchema,
    answers: { 200: GameDaySchema }
  },
  abortGameDay: {
    ...abort,
    method: 'POST',
    path: '/api/gamedays/{id}/abort',
    audit: 'gameday.abort',
    summary: 'Abort a game day',
    description: 'Answers once the fault of its drill is healed, and its load test stopped.'
  },
  cancelGameDay: {
    ...abort,
    method: 'DELETE',
    path: '/api/gamedays/{id}',
    audit: 'gameday.cancel',
    summary: 'Abort a game day, likewise'
  },
  watchGameDay: {
    ...shared,
    method: 'GET',
    path: '/api/gamedays/{id}/events',
    role: 'viewer',
    summary: 'Watch a game day (server-sent events)',
    params: JobParamsSchema,
    answers: { 200: GameDayStreamEventSchema },
    streams: true
  }
} as const satisfies Record<string, Endpoint>
