import { type Static, Type } from 'typebox'
import { auditEvent } from '#shared/audit/audit-event.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import type { Clock } from '#shared/clock.ts'
import { AuditActorSchema } from '#shared/contracts/audit.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { JsonFiles } from '#shared/files/json-files.ts'
import { createRetryingWrites } from '#shared/files/retrying-writes.ts'
import { topicNote } from './domain/drills/topic.ts'

/** A job that goes on after its request was answered, for as long as the audit trail lacks its end. */
export const StartedJobSchema = Type.Object(
  {
    id: Type.String(),
    kind: Type.Enum(['drill', 'loadtest', 'capacity', 'gameday']),
    actor: AuditActorSchema,
    target: Type.String()
  },
  { additionalProperties: false }
)
export type StartedJob = Static<typeof StartedJobSchema>

export interface JobEndsOptions {
  trail: AuditTrail
  store: JsonFiles<StartedJob>
  clock: Pick<Clock, 'now'>
  /** Resolve when the job has ended. @throws KopsError job_not_found */
  drill: (id: string) => Promise<Drill>
  loadTest: (id: string) => Promise<LoadTestRun>
  capacity: (id: string) => Promise<CapacityMeasurement>
  gameDay: (id: string) => Promise<GameDay>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** Records the ends of jobs in the audit trail, under the name of the caller who started them. */
export interface JobEnds {
  /** Records those that an earlier process has not. Call it once the jobs are loaded. */
  open(): Promise<void>
  /** Resolves when the end will be recorded whatever becomes of this process. Never rejects. */
  watch(job: StartedJob): Promise<void>
  /** Resolves after a last attempt to record what has ended. */
  close(): Promise<void>
}

interface Ended {
  id: string
  event: ReturnType<typeof auditEvent>
}

export function createJobEnds(options: JobEndsOptions): JobEnds {
  const { trail, store, clock, onProblem } = options
  /** What the trail keeps of the end of each kind of job. */
  const ends: Record<StartedJob['kind'], (id: string) => Promise<{ id: string; status: string }>> = {
    drill: (id) => options.drill(id).then(endOfDrill),
    loadtest: (id) => options.loadTest(id).then(endOfLoadTest),
    capacity: (id) => options.capacity(id).then(endOfCapacity),
    gameday: (id) => options.gameDay(id).then(endOfGameDay)
  }
  const watching = new Set<Promise<void>>()
  const records = createRetryingWrites<Ended>({
    async write({ id, event }) {
      await trail.record(event)
      await store.remove(id)
    },
    onFailure: (missing, error) =>
      onProblem(error, `could not record the end of ${missing.map(({ id }) => id).join(', ')}`)
  })

  async function record(started: StartedJob, requestId: string): Promise<void> {
    const { id, kind, actor, target } = started
    const after = await ends[kind](id).catch((error: unknown) => {
      if (!isKopsError(error, 'job_not_found')) throw error
      return { id, status: 'unknown' }
    })
    const mutation = { requestId, action: `${kind}.end`, dryRun: false, actor, target, note: { after } }
    const outcome = after.status === 'completed' ? 'applied' : 'failed'
    await records.write({ id, event: auditEvent(mutation, outcome, { at: clock.now() }) })
  }

  function follow(started: StartedJob, requestId: string): void {
    const followed = record(started, requestId)
      .catch((error: unknown) => onProblem(error, `could not record the end of ${started.id}`))
      .finally(() => watching.delete(followed))
    watching.add(followed)
  }

  return {
    async open() {
      // The process before may have recorded an end and not lived to note it: as a second event, not in place of the first.
      for (const started of await store.load()) follow(started, `${started.kind}-${started.id}-restart`)
    },
    async watch(started) {
      await store
        .save(started)
        .catch((error: unknown) =>
          onProblem(error, `the end of ${started.id} is not recorded if the service is killed`)
        )
      follow(started, `${started.kind}-${started.id}`)
    },
    async close() {
      await Promise.all(watching)
      await records.close()
    }
  }
}

function endOfDrill({ id, kind, request, status, verdict, failure }: Drill) {
  const judged = verdict && { verdict: verdict.result, reasons: verdict.reasons, counts: verdict.counts }
  return { id, kind, ...topicNote(request), status, ...judged, ...(failure === undefined ? {} : { failure }) }
}

function endOfLoadTest({ id, status, progress, failure }: LoadTestRun) {
  return { id, status, progress, ...(failure === undefined ? {} : { failure }) }
}

function endOfCapacity({ id, status, allBrokers, oneBrokerDown, failure }: CapacityMeasurement) {
  const rateOf = (measured: CapacityMeasurement['allBrokers']) => measured?.recordsPerSecond ?? null
  const rates = { allBrokers: rateOf(allBrokers), oneBrokerDown: rateOf(oneBrokerDown) }
  return { id, status, recordsPerSecond: rates, ...(failure === undefined ? {} : { failure }) }
}

function endOfGameDay({ id, name, status, steps, verdict, failure }: GameDay) {
  const carriedOut = steps.map(({ what, state, drill }) => ({ what, state, ...(drill === null ? {} : { drill }) }))
  const judged = verdict && { verdict: verdict.result, reasons: verdict.reasons }
  return { id, name, status, ...judged, steps: carriedOut, ...(failure === undefined ? {} : { failure }) }
}
