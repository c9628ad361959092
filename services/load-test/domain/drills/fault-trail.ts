import type { Drill, DrillEvent } from '#shared/contracts/drills.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'

/** Events of a drill's timeline that begin or end a fault, whoever injected it. */
const faultEvents: Record<string, FaultNote['action']> = {
  'fault-injected': 'fault.begin',
  healed: 'fault.end',
  'healing-failed': 'fault.end'
}

/** The begin or the end of a fault of a drill. */
export interface FaultNote {
  action: 'fault.begin' | 'fault.end'
  /** Of an end: whether the fault is undone. If it is not, the agent keeps trying. */
  succeeded: boolean
  drill: Drill
  event: DrillEvent
  /** The place of the event in the drill's timeline. */
  place: number
}

/** A runner that reports the begin and the end of each fault of its drills, as they happen. */
export function reportingFaults(runner: JobRunner<Drill>, report: (note: FaultNote) => void): JobRunner<Drill> {
  function follow(id: string): void {
    let seen = 0
    const stop = runner.subscribe(id, (drill) => {
      for (const [nth, event] of drill.timeline.slice(seen).entries()) {
        const action = faultEvents[event.event]
        if (!action) continue
        report({ action, succeeded: event.event !== 'healing-failed', drill, event, place: seen + nth })
      }
      seen = drill.timeline.length
      if (drill.finishedAt !== null) stop()
    })
  }

  return {
    ...runner,
    async start(prepare, how) {
      const drill = await runner.start(prepare, how)
      follow(drill.id)
      return drill
    }
  }
}
