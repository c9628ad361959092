import type { DrillProgress } from '#shared/contracts/drills.ts'
import type { Participant, ParticipantContext } from './participants.ts'
import type { WriterSettings } from './records/outcomes.ts'
import { startWhenReady } from './steps.ts'
import { ownTopicName } from './topic.ts'
import { createWorkload, type Workload } from './workload.ts'

export interface Writers extends Participant {
  readonly workload: Workload
}

/** Unless the drill asks for others: nothing may be lost, written twice or out of order. */
export const durableWriters: WriterSettings = {
  ...{ acks: 'all', idempotent: true, transactional: false, recordsPerSecond: 300 }
}
const progressMs = 1000

/** The writers of a drill's numbered records. Every drill has them: its verdict is about these records. */
export function createWriters({ parts, plan }: Pick<ParticipantContext, 'parts' | 'plan'>): Writers {
  // A producer of others may have the name of the topic as its transactional id.
  const of = { topic: plan.topic.name, transactionalId: ownTopicName(plan.id) }
  const workload = createWorkload({
    createProducer: (onOutcome, settings) => parts.createProducer(of, onOutcome, settings),
    clock: parts.clock,
    producerId: plan.id,
    settings: plan.writers ?? durableWriters
  })
  const ended = new AbortController()
  let reporting: Promise<void> = Promise.resolve()

  async function reportProgress(): Promise<void> {
    const progress: DrillProgress = { acknowledged: 0, failed: 0, indeterminate: 0 }
    let counted = 0
    while (!ended.signal.aborted) {
      await parts.clock.sleep(progressMs, ended.signal).catch(() => undefined)
      for (; counted < workload.outcomes.length; counted += 1) {
        const status = workload.outcomes[counted]?.status
        if (status !== undefined)
          progress[status === 'acknowledged' || status === 'failed' ? status : 'indeterminate'] += 1
      }
      plan.onChange({ progress: { ...progress } }, { persist: ended.signal.aborted })
    }
  }

  return {
    name: 'writers',
    workload,
    async start(signal) {
      await startWhenReady(workload, parts, signal)
      reporting = reportProgress()
    },
    async stop(timeoutMs, signal) {
      await workload.stop(timeoutMs, signal)
      signal.throwIfAborted()
      plan.onEvent('workload-stopped', `${workload.outcomes.length} records`)
    },
    async abandon() {
      await workload.abandon()
      ended.abort()
      await reporting
    }
  }
}
