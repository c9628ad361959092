import type { Clock } from '#shared/clock.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDayStep } from '#shared/contracts/gameday-request.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { resolveStep } from '#shared/gamedays/steps.ts'
import { type JobContext, messageOf } from '#shared/jobs/runner.ts'
import { poll, retry } from '#shared/poll.ts'
import { type ConditionParts, type ConditionReading, readCondition } from './conditions.ts'
import { endOfDrill, endOfLoad, endOfUntil, judgeGameDay, type StepEnd } from './outcomes.ts'

/** Jobs of one kind that a step starts. */
export interface StepJobs<Request, T> {
  /** @throws KopsError if it is refused */
  start(request: Request): Promise<T>
  ended(id: string): Promise<T>
  cancel(id: string, reason: string): Promise<T>
}

export interface GameDayParts {
  drills: StepJobs<StartDrill, Drill>
  loadTests: StepJobs<Workload, LoadTestRun>
  conditions: ConditionParts
  clock: Clock
}

/** Hears of each job that a step started. */
export type OnJob = (job: { kind: 'drill' | 'loadtest'; id: string; target: string }) => void

/** How long a drill's guards may refuse it while the cluster recovers from the step before. */
const settleMs = 90_000
const pauseMs = 1000

/** Carries out the steps one after the other. Never rejects: what goes wrong is the end of a step. */
export async function runGameDay(
  parts: GameDayParts,
  { signal, current, update }: JobContext<GameDay>,
  onJob: OnJob
): Promise<Partial<GameDay> & { status: GameDay['status'] }> {
  const { plan } = current()
  const now = () => parts.clock.now().toISOString()

  function change(index: number, step: Partial<GameDayStepResult>): void {
    update({ steps: current().steps.map((each, at) => (at === index ? { ...each, ...step } : each)) })
  }

  for (const [index, step] of plan.steps.entries()) {
    if (signal.aborted) break
    change(index, { state: 'running', startedAt: now() })
    const end = await runStep(parts, step, { signal, onJob, note: (noted) => change(index, noted) })
    change(index, { ...end, finishedAt: now() })
    if (end.state !== 'passed' && (end.state === 'aborted' || plan.stopOn !== 'never')) break
  }
  const steps = current().steps.map((step) =>
    step.state === 'waiting' ? { ...step, state: 'skipped' as const } : step
  )
  const aborted = signal.aborted ? messageOf(signal.reason) : undefined
  const verdict = judgeGameDay(steps, aborted)
  return {
    steps,
    verdict,
    status: verdict.result === 'aborted' || aborted !== undefined ? 'aborted' : 'completed',
    ...(aborted === undefined ? {} : { failure: aborted })
  }
}

interface StepContext {
  signal: AbortSignal
  onJob: OnJob
  note: (noted: Partial<Pick<GameDayStepResult, 'drill' | 'run' | 'detail'>>) => void
}

async function runStep(parts: GameDayParts, step: GameDayStep, context: StepContext): Promise<StepEnd> {
  const { signal, note } = context
  const { clock } = parts
  const resolved = resolveStep(step)
  try {
    switch (resolved.kind) {
      case 'drill': {
        const { request, expect } = resolved
        const drill = await startDrill(parts, request, context)
        note({ drill: drill.id, detail: null })
        context.onJob({ kind: 'drill', id: drill.id, target: drill.node })
        return endOfDrill(await endedOf(parts.drills, drill.id, signal), expect)
      }
      case 'load': {
        const run = await parts.loadTests.start(resolved.workload)
        note({ run: run.id })
        context.onJob({ kind: 'loadtest', id: run.id, target: run.topic })
        return endOfLoad(await endedOf(parts.loadTests, run.id, signal))
      }
      case 'wait':
        await clock.sleep(resolved.ms, signal)
        return { state: 'passed', detail: 'waited' }
      case 'until': {
        const since = clock.now()
        let last = ''
        const { answer } = await poll(
          async () => {
            const reading = await readCondition(resolved.condition, parts.conditions, { since, signal })
            if (reading.reading !== last) note({ detail: reading.reading })
            last = reading.reading
            return reading
          },
          ({ holds }: ConditionReading) => holds === true,
          { timeoutMs: resolved.timeoutMs, pauseMs, clock, signal }
        )
        return endOfUntil(answer)
      }
    }
  } catch (error) {
    if (signal.aborted) return { state: 'aborted', detail: messageOf(signal.reason) }
    return { state: 'inconclusive', detail: `it could not start: ${messageOf(error)}` }
  }
}

/** Guards refuse a drill while the cluster recovers from the step before: that passes. */
function startDrill({ drills, clock }: GameDayParts, request: StartDrill, { signal, note }: StepContext) {
  const mayPass = (error: unknown) => {
    if (!isKopsError(error, 'cluster_unhealthy') && !isKopsError(error, 'fault_conflict')) return false
    note({ detail: messageOf(error) })
    return true
  }
  return retry(() => drills.start(request), mayPass, { timeoutMs: settleMs, pauseMs, clock, signal })
}

/** The end of a job, which is cancelled when the game day is aborted. */
async function endedOf<T>(jobs: StepJobs<never, T>, id: string, signal: AbortSignal): Promise<T> {
  // Its own end, whatever that is, is awaited below: a refusal says that it has come.
  const cancel = () => void jobs.cancel(id, messageOf(signal.reason)).catch(() => undefined)
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await jobs.ended(id)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
