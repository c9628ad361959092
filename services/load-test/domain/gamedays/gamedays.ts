import type { GameDayPlan, GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import type { GameDayStep, StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import { type FieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import { errorsOf } from '#shared/gamedays/steps.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { assertRequest, writtenTopics } from '../drills/plan.ts'
import { assertConfirmed } from '../drills/topic.ts'
import { type Guard, judgeRunGuards } from '../load/plan-run.ts'
import { judgeGameDay } from './outcomes.ts'
import { planStep, type StepPlanners } from './plan.ts'
import { type GameDayParts, type OnJob, runGameDay } from './run.ts'

export type GameDaysOptions = GameDayParts &
  StepPlanners & {
    runner: JobRunner<GameDay>
    /** Refuses a game day while other work would disturb it. @throws KopsError job_conflict */
    assertAlone: () => void
    /** Refuses what no run could carry out: topics that are not the callers'. @throws KopsError topic_protected */
    assertWritable: (topic: string) => void
  }

export interface GameDays
  extends Pick<JobRunner<GameDay>, 'ended' | 'get' | 'list' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /**
   * Starts a game day.
   * @param onJob hears of each drill and load test that it starts
   * @throws KopsError validation_failed, topic_protected, job_conflict (one at a time), storage_unavailable
   */
  start(plan: StartGameDay, onJob: OnJob): Promise<GameDay>
  /**
   * What a game day would do now: what refuses it, and the plan of each step. Changes nothing.
   * @throws KopsError validation_failed, topic_protected; agent_unreachable or cluster_unreachable, without which nobody knows
   */
  plan(plan: StartGameDay): Promise<GameDayPlan>
  /** Refuses other work that would disturb a game day. @throws KopsError job_conflict */
  assertNone(): void
}

export function createGameDays(options: GameDaysOptions): GameDays {
  const { runner, clock } = options
  const guards: Guard[] = [
    { name: 'no-other-game-day', limit: 'no other game day', check: async () => runner.assertPlace() },
    {
      name: 'no-other-job',
      limit: 'no drill and no measurement of the capacity',
      check: async () => options.assertAlone()
    }
  ]

  /** Refuses what no run could carry out. */
  function assertPossible(plan: StartGameDay): void {
    for (const topic of plan.steps.flatMap(topicsOf)) options.assertWritable(topic)
    const errors = errorsOf(plan)
    if (errors.length > 0) throw fieldErrors(errors)
    const wrong = plan.steps.flatMap((step, index) => errorsOfDrill(step, index))
    if (wrong.length > 0) throw fieldErrors(wrong)
  }

  return {
    async open() {
      await runner.open()
    },
    async start(plan, onJob) {
      // Before it takes the place.
      assertPossible(plan)
      return runner.start(async (id) => {
        options.assertAlone()
        const self = `/api/gamedays/${id}`
        const job: GameDay = {
          id,
          name: plan.name,
          status: 'running',
          createdAt: clock.now().toISOString(),
          finishedAt: null,
          plan,
          steps: plan.steps.map(
            (step): GameDayStepResult => ({
              ...{ what: stepInWords(step), state: 'waiting', detail: null },
              ...{ startedAt: null, finishedAt: null, drill: null, run: null }
            })
          ),
          verdict: null,
          links: { self, events: `${self}/events`, cancel: self }
        }
        return { job, work: (context) => runGameDay(options, context, onJob), abandon: async () => {} }
      })
    },
    async plan(plan) {
      assertPossible(plan)
      const { name } = plan
      const judged = await judgeRunGuards(guards)
      const steps: GameDayStepPlan[] = []
      // One after the other: each reads the whole cluster.
      for (const step of plan.steps) steps.push(await planStep(step, options))
      const admitted = judged.every(({ passed }) => passed) && steps.every((step) => step.admitted)
      return { name, guards: judged, steps, admitted }
    },
    assertNone() {
      const busy = runner.all().find((gameDay) => !hasEnded(gameDay))
      if (busy) throw new KopsError('job_conflict', `The game day ${busy.name} (${busy.id}) is under way`)
    },
    ended: runner.ended,
    get: runner.get,
    list: runner.list,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    close: runner.close
  }
}

/** Existing topics that a step writes to. */
function topicsOf({ drill, load }: GameDayStep): string[] {
  return [...(drill ? writtenTopics(drill) : []), ...writtenTopics({ ...(load ? { load } : {}) })]
}

/** What is wrong with the drill of a step, whatever the cluster is like then. */
function errorsOfDrill({ drill }: GameDayStep, index: number): FieldError[] {
  try {
    if (drill) {
      assertRequest(drill)
      assertConfirmed(drill)
    }
    return []
  } catch (error) {
    if (!isKopsError(error, 'validation_failed') || !error.errors) throw error
    return error.errors.map(({ field, message }) => ({ field: `steps.${index}.drill.${field}`, message }))
  }
}

function fieldErrors(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new KopsError('validation_failed', detail, { errors })
}

/** The state of a game day that ended with the service's death: what its steps had found stays known. */
export function interruptedGameDay(gameDay: GameDay): GameDay {
  const failure = 'The service ended during the game day; the agent heals a fault when its lease expires'
  const steps = gameDay.steps.map((step): GameDayStepResult => {
    if (step.state === 'running') return { ...step, state: 'aborted', detail: failure }
    return step.state === 'waiting' ? { ...step, state: 'skipped' } : step
  })
  return { ...gameDay, failure, steps, verdict: judgeGameDay(steps, failure) }
}
