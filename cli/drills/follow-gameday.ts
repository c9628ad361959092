import { endpoints } from '#shared/contracts/endpoints.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import { secondsSince } from '#shared/reports/figures.ts'
import { printData, type ReadOptions } from '../answer.ts'
import { followJobEvents } from '../follow.ts'
import type { Output } from '../output.ts'
import { printGameDayEnd, printStepEnd, printStepStart } from '../print/gameday.ts'
import { concludeWith, drillJob } from './follow-drill.ts'
import { type AbortedJob, abortTimeoutMs, type DrillClient, followJob } from './follow-job.ts'

const begun = (step: GameDayStepResult) => step.state !== 'waiting' && step.state !== 'skipped'

/** How a game day is followed and aborted. Its drills are shown as drills are. @param quiet prints nothing while it goes on */
export function gameDayJob(client: DrillClient, output: Output, quiet: boolean): Omit<AbortedJob<GameDay>, 'start'> {
  const ofDrill = drillJob(client, output, quiet)
  const { line } = ofDrill

  function createView(signal: AbortSignal) {
    let started = 0
    let ended = 0
    const drills = new Set<string>()
    return async (gameDay: GameDay): Promise<void> => {
      const { steps } = gameDay
      for (const [index, step] of steps.entries()) {
        if (index >= started && begun(step)) {
          printStepStart(line, step, { number: index + 1, of: steps.length })
          started = index + 1
        }
        if (step.drill !== null && !drills.has(step.drill)) {
          drills.add(step.drill)
          await ofDrill.follow(step.drill, signal)
        }
        if (index >= ended && begun(step) && step.state !== 'running') {
          printStepEnd(line, step)
          ended = index + 1
        }
      }
    }
  }

  return {
    noun: 'game day',
    line,
    follow: (id, signal) =>
      followJob(
        {
          line,
          states: (ending, lost) =>
            followJobEvents(client, endpoints.watchGameDay, { params: { id }, signal: ending }, lost),
          show: createView(signal),
          live: liveText
        },
        signal
      ),
    abort: (id) => client.call(endpoints.abortGameDay, { params: { id }, timeoutMs: abortTimeoutMs }),
    read: (id) => client.call(endpoints.gameDay, { params: { id } })
  }
}

/** What a game day does now: `step 3 of 4: wait 30s for 12 s`. */
export function liveText({ steps }: GameDay, now = Date.now()): string {
  const index = steps.findIndex(({ state }) => state === 'running')
  const step = steps[index]
  if (!step) return ''
  const since = step.startedAt === null ? '' : ` for ${Math.floor(secondsSince(step.startedAt, now))} s`
  const detail = step.detail === null ? '' : `  ${step.detail}`
  return `        step ${index + 1} of ${steps.length}: ${step.what}${since}${detail}`
}

/** Shows how a game day ended. The exit code is 0 for a pass, 5 otherwise; that of an interruption stays. */
export function concludeGameDay(output: Output, gameDay: GameDay, { json }: ReadOptions): void {
  if (json) printData(output, json, gameDay)
  else printGameDayEnd(output, gameDay)
  concludeWith(gameDay.verdict?.result)
}
