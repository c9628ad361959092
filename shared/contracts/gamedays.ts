import { type Static, Type } from 'typebox'
import { JobLinksSchema, JobListQuerySchema, JobParamsSchema, TimestampSchema } from './common.ts'
import { StartDrillSchema } from './drill-request.ts'
import type { Endpoint } from './endpoint.ts'
import { HealthStatusSchema } from './health-status.ts'
import { WorkloadSchema } from './workload.ts'

const duration = (description: string) =>
  Type.String({
    pattern: '^[0-9]{1,6}(ms|s|m|h)$',
    description: `a duration such as 30s or 5m: ${description}`,
    examples: ['30s']
  })

/** A drill of a game day: what `POST /api/drills` takes, and the verdict that is expected. */
export const DrillStepSchema = Type.Object(
  {
    ...Type.Omit(StartDrillSchema, ['dryRun']).properties,
    expect: Type.Optional(
      Type.Enum(['pass', 'fail', 'inconclusive'], {
        default: 'pass',
        description: 'The verdict with which the step passes'
      })
    )
  },
  { additionalProperties: false }
)
export type DrillStep = Static<typeof DrillStepSchema>

/** A condition of the cluster; exactly one of `health`, `promql` and `inSync`. */
export const UntilSchema = Type.Object(
  {
    health: Type.Optional({ ...HealthStatusSchema, description: 'The status that health-service reports' }),
    promql: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'A query in PromQL that has a result, like that of an alert which fires',
        examples: ['sum(kafka_server_replicamanager_underreplicatedpartitions) == 0']
      })
    ),
    inSync: Type.Optional(
      Type.Literal(true, {
        description: 'Every broker answers, and every partition has a leader and all of its replicas in sync'
      })
    ),
    timeout: Type.Optional(duration('the step fails after it; default 2m'))
  },
  { additionalProperties: false }
)
export type Until = Static<typeof UntilSchema>

/** One step; exactly one of its fields. */
export const GameDayStepSchema = Type.Object(
  {
    drill: Type.Optional({ ...DrillStepSchema, description: 'Runs a drill to its verdict' }),
    wait: Type.Optional(duration('does nothing for so long')),
    until: Type.Optional({ ...UntilSchema, description: 'Waits for a condition: one of health, promql and inSync' }),
    load: Type.Optional({
      ...WorkloadSchema,
      $id: undefined,
      description: 'Runs a workload to its end; passes if it completes and meets its thresholds'
    })
  },
  {
    additionalProperties: false,
    description: 'One of drill, wait, until and load',
    examples: [{ drill: { kind: 'broker-stop', node: 'kafka-1' } }]
  }
)
export type GameDayStep = Static<typeof GameDayStepSchema>

/** `POST /api/gamedays`: steps that are carried out one after the other. */
export const StartGameDaySchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$',
      description: 'a name of 1 to 100 letters, digits, ".", "_" and "-"',
      examples: ['bad-night']
    }),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    steps: Type.Array(GameDayStepSchema, { minItems: 1, maxItems: 50 }),
    stopOn: Type.Optional(
      Type.Enum(['fail', 'never'], {
        default: 'fail',
        description: 'fail: a step that does not pass ends the game day; never: the steps after it are carried out'
      })
    )
  },
  {
    $id: 'StartGameDay',
    additionalProperties: false,
    examples: [
      {
        name: 'bad-night',
        steps: [
          { load: { name: 'small', topic: { kind: 'existing', name: 'log-events' }, records: 1000 } },
          { drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'pass' } },
          { until: { inSync: true, timeout: '2m' } }
        ]
      }
    ]
  }
)
export type StartGameDay = Static<typeof StartGameDaySchema>

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
      'Carries out steps one after the other: drills, waits, conditions and load tests. Refused while a drill, another game day or a measurement of the capacity is under way. Each drill has its own guards, when its turn comes.',
    query: Type.Object(
      {
        wait: Type.Optional(
          Type.Boolean({ default: false, description: 'Answer when it has ended, with its verdict and status 200' })
        )
      },
      { additionalProperties: false }
    ),
    body: StartGameDaySchema,
    answers: { 200: GameDaySchema, 202: GameDaySchema }
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
