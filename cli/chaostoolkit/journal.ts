import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import { drillInWords } from '#shared/gamedays/step-words.ts'
import type { Activity, Journal, JournalRun } from './experiment.ts'
import { experimentOf } from './export.ts'

/**
 * The result of a game day as chaostoolkit's journal: `deviated` means that a step failed; `failed` that it is not known. Pure.
 * @param version of kops
 */
export function journalOf(gameDay: GameDay, version: string): Journal {
  const { plan, steps, verdict, createdAt, finishedAt } = gameDay
  const experiment = experimentOf(plan, { authorized: false })
  const actions = experiment.method.filter((activity): activity is Activity => 'provider' in activity)
  const carriedOut = steps.filter((_, index) => plan.steps[index]?.wait === undefined)
  const result = verdict?.result
  return {
    'chaoslib-version': `kops ${version}`,
    platform: 'kops',
    node: 'load-test-service',
    experiment,
    start: createdAt,
    status: result === 'pass' || result === 'fail' ? 'completed' : result === 'inconclusive' ? 'failed' : 'aborted',
    deviated: result === 'fail',
    steady_states: {
      before: null,
      after: verdict && { steady_state_met: result === 'pass', probes: [] },
      during: []
    },
    run: actions.flatMap((activity, index) => {
      const step = carriedOut[index]
      return step && step.startedAt !== null ? [runOf(activity, step)] : []
    }),
    rollbacks: [],
    end: finishedAt,
    duration: secondsBetween(createdAt, finishedAt)
  }
}

/** A drill as the game day that has it as its only step. Pure. */
export function gameDayOf(drill: Drill): GameDay {
  const { id, kind, createdAt, finishedAt, verdict, links, request, node } = drill
  const result = verdict?.result
  const state = result === 'pass' ? 'passed' : result === 'fail' ? 'failed' : (result ?? 'running')
  return {
    ...{ id, createdAt, finishedAt, links, name: kind, status: verdict ? 'completed' : 'running' },
    plan: { name: kind, description: `Drill ${drillInWords(drill)}`, steps: [{ drill: request ?? { kind, node } }] },
    steps: [
      {
        ...{ what: `drill ${drillInWords(drill)}`, state, startedAt: createdAt, finishedAt, drill: id, run: null },
        detail: verdict?.reasons[0] ?? null
      }
    ],
    verdict: verdict && { result: verdict.result, reasons: verdict.reasons }
  }
}

function runOf(activity: Activity, step: GameDayStepResult): JournalRun {
  return {
    activity,
    output: { status: 200, headers: {}, body: step },
    status: step.state === 'passed' || step.state === 'failed' ? 'succeeded' : 'failed',
    start: step.startedAt,
    end: step.finishedAt,
    duration: secondsBetween(step.startedAt, step.finishedAt)
  }
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000
}
