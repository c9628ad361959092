import type { StageEvidence } from '#shared/contracts/drill-plan.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import { agentFaults, type FaultSource } from './fault-sources.ts'
import { measuredRecord } from './measured-record.ts'
import { measure } from './measurements.ts'
import type { Participant } from './participants.ts'
import { createExamination, type Examination, nothingExamined } from './records/examination.ts'
import { createStageRun, type StageRun } from './stages.ts'
import { bounds, createTopic, type DrillParts, type DrillPlan, deleteTopic, steady } from './steps.ts'
import { type JudgedVerdict, judge } from './verdict.ts'
import { startWatcher, type Watcher } from './watcher.ts'
import { createWriters } from './writers.ts'

export interface DrillEnd {
  status: 'completed' | 'aborted' | 'failed'
  verdict: JudgedVerdict
  failure?: string
}

const watch = { intervalMs: 100, deadlineMs: 800 }

/**
 * Runs a drill from its topic to its verdict. Whatever happens, including an abort, the faults are healed, the participants
 * ended and the topic deleted before it resolves. Never rejects.
 */
export async function runDrill(parts: DrillParts, plan: DrillPlan): Promise<DrillEnd> {
  const { clock } = parts
  const { signal, topic, target, onEvent, onStatus, onChange } = plan
  const writers = createWriters({ parts, plan })
  const context = { parts, plan, writers, onEvent }
  const participants: Participant[] = [writers]
  const stages: StageRun[] = []
  let watcher: Watcher | undefined
  let leadersOnNodeBefore = 0
  let recovered = false
  let examination: Examination | undefined
  let failure: string | undefined

  try {
    await createTopic(parts, plan)
    onEvent('topic-created', topic)
    participants.push(...(parts.participants ?? []).flatMap((create) => create(context) ?? []))
    const sources: FaultSource[] = [agentFaults(parts), ...participants.flatMap(({ faults }) => faults ?? [])]
    for (const participant of participants) await participant.start(signal)
    const node = target.brokers[0]
    if (!node) throw new Error('The drill has no broker to watch')
    watcher = startWatcher({ reader: parts.reader, clock, topic, node, ...watch })
    examination = createExamination(parts, plan, { workload: writers.workload, watcher, readMs: bounds.readMs })
    leadersOnNodeBefore = await steady(writers.workload, watcher, parts, signal)
    for (const participant of participants) await participant.steady?.(signal)
    onEvent(
      'workload-acknowledged',
      `${target.nodes[0]} leads ${leadersOnNodeBefore} of ${writers.workload.partitions} partitions`
    )

    for (const stage of plan.stages) {
      if (stages.length > 0) onStatus('running')
      const run = createStageRun(stage, { clock, plan, watcher, participants, sources, leadersOnNodeBefore })
      stages.push(run)
      await run.hold()
      await run.heal()
      recovered = await run.recover()
      if (!recovered) break
    }
    // The measurements include some writes to the healed cluster.
    await clock.sleep(bounds.afterwardsMs, signal)
    for (const participant of participants) await participant.stop(bounds.drainMs)

    onStatus('verifying')
    await examination.look(signal)
  } catch (error) {
    failure = messageOf(error)
    onEvent(signal.aborted ? 'aborted' : 'failed', failure)
  }
  await stages
    .at(-1)
    ?.heal()
    .catch((error: unknown) => {
      failure ??= messageOf(error)
    })
  await Promise.allSettled(participants.map((participant) => participant.abandon()))
  await watcher?.stop()
  await deleteTopic(parts, plan)

  // A transactional producer that was fenced, or may not write.
  if (writers.workload.failure !== undefined) failure ??= messageOf(writers.workload.failure)
  const times = { injectedAtMs: stages[0]?.injectedAtMs ?? null, healedAtMs: stages.at(-1)?.healedAtMs ?? null }
  const reports = participants.flatMap((participant) => participant.report?.(times) ?? [])
  const evidence = stages.map((stage) => stage.evidence())
  const measured = measuredRecord({ plan, watcher, workload: writers.workload, ...times })
  onChange(Object.assign({ evidence, ...measured }, ...reports.map(({ record }) => record)))
  const { verification, findings, unread } = examination?.result() ?? nothingExamined
  const verdict = judge({
    verification,
    findings: [...findings, ...reports.flatMap((report) => report.findings ?? [])],
    measurements: measure({
      observations: watcher?.observations ?? [],
      acknowledgements: writers.workload.acknowledgements,
      writtenUntilMs: writers.workload.endedAtMs,
      leadersOnNodeBefore,
      ...times
    }),
    fault: faultOf(evidence, plan.stages.length),
    recovered,
    unread,
    aborted: signal.aborted ? messageOf(signal.reason) : undefined,
    failure
  })
  onEvent('verdict', verdict.result)
  if (signal.aborted) return { status: 'aborted', verdict, failure: messageOf(signal.reason) }
  return failure === undefined ? { status: 'completed', verdict } : { status: 'failed', verdict, failure }
}

/** A drill's faults took effect if those of every stage did. */
function faultOf(evidence: readonly StageEvidence[], stages: number): { confirmed: boolean; detail: string } {
  if (evidence.length === 0) return { confirmed: false, detail: 'no fault was injected' }
  return {
    confirmed: evidence.length === stages && evidence.every(({ confirmed }) => confirmed),
    detail: evidence.map(({ detail }) => detail).join('; ')
  }
}
