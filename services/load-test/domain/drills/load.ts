import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { Participant, ParticipantContext } from './participants.ts'
import type { DrillPlan } from './steps.ts'

/** What a drill needs of load tests. */
export interface DrillLoads {
  /** @throws KopsError those of starting a load test */
  start(workload: Workload): Promise<Pick<LoadTestRun, 'id'>>
  cancel(id: string, reason: string): Promise<unknown>
  ended(id: string): Promise<unknown>
}

interface LoadContext extends Pick<ParticipantContext, 'onEvent'> {
  plan: Pick<DrillPlan, 'load' | 'onChange'>
}

/** A load test that runs beside a drill, of drills that ask for one. It ends with the drill, and does not decide its verdict. */
export function loadOf({ start, cancel, ended }: DrillLoads) {
  return ({ plan, onEvent }: LoadContext): Participant | undefined => {
    const { load } = plan
    if (load === undefined) return undefined
    let run: string | undefined

    async function end(): Promise<void> {
      if (run === undefined) return
      const id = run
      run = undefined
      // One that has ended by itself cannot be cancelled.
      await cancel(id, 'The drill has ended').catch(() => undefined)
      await ended(id).catch(() => undefined)
      onEvent('load-ended', id)
    }

    return {
      name: 'load',
      async start() {
        const { id } = await start(load).catch((error: unknown) => {
          throw new Error(`The load could not be started: ${messageOf(error)}`, { cause: error })
        })
        run = id
        plan.onChange({ load: { run: id } })
        onEvent('load-started', id)
      },
      stop: end,
      abandon: end
    }
  }
}
