import { type Static, Type } from 'typebox'
import { StartDrillSchema } from './drill-request.ts'
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
