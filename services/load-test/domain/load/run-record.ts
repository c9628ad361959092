import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { workloadHashOf } from './fingerprint.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

/** The record of a run before it begins. */
export function newRun(id: string, topic: string, workload: ResolvedWorkload, now: Date): LoadTestRun {
  const self = `/api/loadtest/runs/${id}`
  return {
    id,
    status: 'running',
    topic,
    eventCount: workload.rate.kind === 'search' ? null : workload.records,
    workload: recordOf(workload),
    workloadHash: workloadHashOf(workload),
    progress: { acknowledged: 0, failed: 0 },
    createdAt: now.toISOString(),
    finishedAt: null,
    result: null,
    links: { self, events: `${self}/events`, cancel: self }
  }
}

/** The state of a run that ended with the service's death; its progress is unknown. */
export function interruptedRun(run: LoadTestRun): LoadTestRun {
  return { ...run, progress: null, failure: 'The service ended while the load test was running' }
}

/** A resolved workload as the contract has it: what ends nothing is absent. */
export function recordOf({
  description,
  records,
  durationSeconds,
  warmUpSeconds,
  cap: _,
  consumers,
  ...rest
}: ResolvedWorkload): Workload {
  return {
    ...rest,
    ...(consumers.length > 0 ? { consumers } : {}),
    ...(description === null ? {} : { description }),
    ...(records === null ? {} : { records }),
    ...(durationSeconds === null ? {} : { durationSeconds }),
    ...(warmUpSeconds === null ? {} : { warmUpSeconds })
  }
}

/** One seed per run, so that no two runs produce the same events, and a run can be repeated from its id. */
export function seedOf(id: string): number {
  let seed = 0
  for (const character of id) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0
  return seed
}
