import { type Static, Type } from 'typebox'
import { DrillPlanSchema } from './drills.ts'
import { StartGameDaySchema } from './gameday-request.ts'
import { GuardResultSchema } from './guard-result.ts'
import { LoadTestPlanSchema } from './load-plan.ts'

/** What a step would do, as the cluster is now. */
export const GameDayStepPlanSchema = Type.Object(
  {
    what: Type.String({ description: 'The step in words', examples: ['drill broker-kill kafka-2', 'wait 30s'] }),
    admitted: Type.Boolean({ description: 'Nothing would refuse it now, and its condition can be read' }),
    detail: Type.Union([Type.String(), Type.Null()], {
      description: 'Why it would be refused; of a condition, how the cluster is',
      examples: ['does not hold now: health is DEGRADED']
    }),
    drill: Type.Union([DrillPlanSchema, Type.Null()]),
    load: Type.Union([LoadTestPlanSchema, Type.Null()])
  },
  { $id: 'GameDayStepPlan', additionalProperties: false }
)
export type GameDayStepPlan = Static<typeof GameDayStepPlanSchema>

/** What a game day would do. Each step is judged by the cluster as it is now; its guards count when its turn comes. */
export const GameDayPlanSchema = Type.Object(
  {
    name: Type.String({ examples: ['bad-night'] }),
    guards: Type.Array(GuardResultSchema, { description: 'What has to pass when it starts; it is checked again then' }),
    steps: Type.Array(GameDayStepPlanSchema, { description: 'One for each step, in its order' }),
    admitted: Type.Boolean({ description: 'Every guard passes, and nothing would refuse any step now' })
  },
  { $id: 'GameDayPlan', additionalProperties: false }
)
export type GameDayPlan = Static<typeof GameDayPlanSchema>

/** `GET /api/gamedays/ready`. */
export const ReadyGameDaysSchema = Type.Object(
  {
    gameDays: Type.Array(
      Type.Object(
        {
          file: Type.String({ description: 'The name of its file', examples: ['first'] }),
          plan: { ...StartGameDaySchema, $id: undefined, description: 'With the workloads that the file names' }
        },
        { additionalProperties: false }
      ),
      { description: 'By the name of their file' }
    )
  },
  { $id: 'ReadyGameDays', additionalProperties: false }
)
export type ReadyGameDays = Static<typeof ReadyGameDaysSchema>
