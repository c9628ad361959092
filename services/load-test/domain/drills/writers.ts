import type { Participant, ParticipantContext } from './participants.ts'
import { startWhenReady } from './steps.ts'
import { createWorkload, type Workload } from './workload.ts'

export interface Writers extends Participant {
  readonly workload: Workload
}

const recordsPerSecond = 300

/** The writers of a drill's numbered records. Every drill has them: its verdict is about these records. */
export function createWriters({ parts, plan }: ParticipantContext): Writers {
  const workload = createWorkload({
    createProducer: (onOutcome) => parts.createProducer(plan.topic, onOutcome),
    clock: parts.clock,
    producerId: plan.id,
    recordsPerSecond
  })
  return {
    name: 'writers',
    workload,
    start: (signal) => startWhenReady(workload, parts, signal),
    async stop(timeoutMs) {
      await workload.stop(timeoutMs)
      plan.onEvent('workload-stopped', `${workload.outcomes.length} records`)
    },
    abandon: () => workload.abandon()
  }
}
