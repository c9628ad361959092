import { abortable } from '#shared/abortable.ts'
import type { StageEvidence } from '#shared/contracts/drill-plan.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import { type AbortWatch, watchAborts } from './abort.ts'
import { agentFaults, type FaultSource } from './fault-sources.ts'
import { outwaitLateRequests } from './late-requests.ts'
import { publishLiveRecord } from './live-record.ts'
import { measuredRecord } from './measured-record.ts'
import { measure } from './measurements.ts'
import type { Participant } from './participants.ts'
import { createExamination, type Examination, nothingExamined } from './records/examination.ts'
import { createStageRun, type StageRun } from './stages.ts'
import { bounds, type DrillParts, type DrillPlan, deleteTopic, prepareTopic, steady } from './steps.ts'
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
 * ended and its own topic deleted before it resolves. Never rejects.
 */
export async function runDrill(parts: DrillParts, plan: DrillPlan): Promise<DrillEnd> {
  const { clock } = parts
  const { target, abortWhen, onEvent, onStatus, onChange } = plan
  const topic = plan.topic.name
  let signal = plan.signal
  let aborts: AbortWatch | undefined
  const writers = createWriters({ parts, plan })
  const context = { parts, plan, writers, onEvent }
  const participants: Participant[] = [writers]
  const stages: StageRun[] = []
  let watcher: Watcher | undefined
  let leadersOnNodeBefore = 0
  let recovered = false
  let examination: Examination | undefined
  let endLiveRecord: (() => Promise<void>) | undefined
  let failure: string | undefined

  try {
    const begins = await prepareTopic(parts, plan)
    participants.push(...(parts.participants ?? []).flatMap((create) => create(context) ?? []))
    const sources: FaultSource[] = [agentFaults(parts), ...participants.flatMap(({ faults }) => faults ?? [])]
    for (const participant of participants) await participant.start(signal)
    const [node, ...others] = target.brokers
    watcher = startWatcher({ reader: parts.reader, clock, topic, node, others, ...watch })
    const injectedAtMs = () => stages[0]?.injectedAtMs ?? null
    endLiveRecord = publishLiveRecord({ plan, watcher, workload: writers.workload, clock, injectedAtMs })
    const beside = participants.flatMap(({ outcomes }) => (outcomes ? [outcomes] : []))
    examination = createExamination(parts, plan, {
      ...{ workload: writers.workload, watcher, begins, readMs: bounds.readMs, beside }
    })
    examination.begin()
    leadersOnNodeBefore = await steady(writers.workload, watcher, parts, signal)
    for (const participant of participants) await participant.steady?.(signal)
    onEvent(
      'workload-acknowledged',
      `${node ? target.nodes[0] : 'no node of the drill'} leads ${leadersOnNodeBefore} of ${writers.workload.partitions} partitions`
    )

    await predictTopic(parts, plan)
    if (abortWhen) {
      const onUnreadable = (detail: string) => onEvent('abort-condition-unread', detail)
      aborts = watchAborts({ ...parts, when: abortWhen, outcomes: writers.workload.outcomes, onUnreadable })
      signal = AbortSignal.any([plan.signal, aborts.signal])
    }
    for (const stage of plan.stages) {
      if (stages.length > 0) onStatus('running')
      const { agent, reader, ensemble } = parts
      const ofStage = { clock, agent, reader, ensemble, watcher, participants, sources }
      const run = createStageRun(stage, { ...ofStage, plan: { signal, onEvent, onStatus } })
      stages.push(run)
      await run.hold()
      await run.heal()
      recovered = await run.recover()
      await run.close()
      if (!recovered) break
    }
    // What the cluster does from now on is no longer the drill's doing.
    await aborts?.stop()
    // The measurements include some writes to the healed cluster.
    await clock.sleep(bounds.afterwardsMs, signal)
    for (const participant of participants) await abortable(participant.stop(bounds.drainMs, signal), signal)

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
  await Promise.all([stages.at(-1)?.close(), aborts?.stop()])
  await Promise.allSettled(participants.map((participant) => participant.abandon()))
  await examination?.end()
  await endLiveRecord?.()
  await watcher?.stop()
  await outwaitLateRequests(stages, parts, plan)
  await deleteTopic(parts, plan)

  // A transactional producer that was fenced, or may not write.
  if (writers.workload.failure !== undefined) failure ??= messageOf(writers.workload.failure)
  const times = { injectedAtMs: stages[0]?.injectedAtMs ?? null, healedAtMs: stages.at(-1)?.healedAtMs ?? null }
  const reports = participants.flatMap((participant) => participant.report?.(times) ?? [])
  const evidence = stages.map((stage) => stage.evidence())
  const measured = measuredRecord({
    ...{ plan, watcher, watchIntervalMs: watch.intervalMs, workload: writers.workload },
    ...times
  })
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

/** Where the topic's replicas are is known once it exists. A prediction that cannot be completed does not end a drill. */
async function predictTopic({ reader }: DrillParts, { topic, prediction, signal, onChange }: DrillPlan): Promise<void> {
  if (!prediction) return
  const { name, minInsyncReplicas } = topic
  const reading = await reader
    .metadata({ topics: [name], deadlineMs: bounds.metadataMs, signal })
    .catch(() => undefined)
  const found = reading?.value.topics.find((each) => each.name === name)
  if (!found) return
  const ownTopic = prediction.ofTopic(found, minInsyncReplicas)
  onChange({ prediction: { ...prediction.record, ownTopic } })
}
