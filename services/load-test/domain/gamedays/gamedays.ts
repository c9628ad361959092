import type { GameDay, GameDayStep, GameDayStepResult, StartGameDay } from '#shared/contracts/gamedays.ts'
import { type FieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { errorsOf, stepInWords } from '#shared/gamedays/steps.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { assertRequest, writtenTopics } from '../drills/plan.ts'
import { assertConfirmed } from '../drills/topic.ts'
import { judgeGameDay } from './outcomes.ts'
import { type GameDayParts, type OnJob, runGameDay } from './run.ts'

export interface GameDaysOptions extends GameDayParts {
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
  /** Refuses other work that would disturb a game day. @throws KopsError job_conflict */
  assertNone(): void
}

export function createGameDays(options: GameDaysOptions): GameDays {
  const { runner, clock } = options
  return {
    async open() {
      await runner.open()
    },
    async start(plan, onJob) {
      // What no run could carry out is refused before it takes the place.
      for (const topic of plan.steps.flatMap(topicsOf)) options.assertWritable(topic)
      const errors = errorsOf(plan)
      if (errors.length > 0) throw fieldErrors(errors)
      const wrong = plan.steps.flatMap((step, index) => errorsOfDrill(step, index))
      if (wrong.length > 0) throw fieldErrors(wrong)
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
