import type { Clock } from '#shared/clock.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { StoredRecord, TopicReading } from '#shared/kafka/verifying/port.ts'
import { type HeldFault, holdFault } from './fault-hold.ts'
import { type DrillKindRow, drillKinds } from './kinds.ts'
import { measure } from './measurements.ts'
import { leadersMoved } from './observation.ts'
import { bounds, createTopic, type DrillParts, type DrillPlan, deleteTopic, startWhenReady, steady } from './steps.ts'
import { type JudgedVerdict, judge } from './verdict.ts'
import { verify } from './verifier.ts'
import { startWatcher, type Watcher } from './watcher.ts'
import { createWorkload, type Workload } from './workload.ts'

export interface DrillEnd {
  status: 'completed' | 'aborted' | 'failed'
  verdict: JudgedVerdict
  failure?: string
}

const leaseMs = 10_000
const recordsPerSecond = 300
const watch = { intervalMs: 100, deadlineMs: 800 }

/**
 * Runs a drill from its topic to its verdict. Whatever happens, including an abort, the fault is healed, the workload
 * ended and the topic deleted before it resolves. Never rejects.
 */
export async function runDrill(parts: DrillParts, plan: DrillPlan): Promise<DrillEnd> {
  const { clock } = parts
  const { signal, topic, onEvent, onStatus } = plan
  const kind = drillKinds[plan.kind]
  let workload: Workload | undefined
  let watcher: Watcher | undefined
  let fault: HeldFault | undefined
  let leadersOnNodeBefore = 0
  let injectedAtMs: number | null = null
  let healedAtMs: number | null = null
  let recovered = false
  let reading: TopicReading | undefined
  let failure: string | undefined
  const records: StoredRecord[] = []

  async function heal(): Promise<void> {
    if (!fault || healedAtMs !== null) return
    onStatus('healing')
    onEvent('healing')
    healedAtMs = clock.monotonicMs()
    try {
      await fault.heal(bounds.healMs)
      onEvent('healed')
    } catch (error) {
      // The agent retries by itself; if the agent is down, it heals the expired lease when it is back.
      onEvent('healing-failed', messageOf(error))
      throw error
    }
  }

  try {
    await createTopic(parts, plan)
    onEvent('topic-created', topic)
    workload = createWorkload({
      createProducer: (onOutcome) => parts.createProducer(topic, onOutcome),
      clock,
      producerId: plan.id,
      recordsPerSecond
    })
    await startWhenReady(workload, parts, signal)
    watcher = startWatcher({ reader: parts.reader, clock, topic, node: plan.broker, ...watch })
    leadersOnNodeBefore = await steady(workload, watcher, parts, signal)
    onEvent('workload-acknowledged', `${plan.node} leads ${leadersOnNodeBefore} of ${workload.partitions} partitions`)

    onEvent('fault-injecting', `${kind.fault} ${plan.node}`)
    injectedAtMs = clock.monotonicMs()
    fault = await holdFault(parts, { kind: kind.fault, node: plan.node, leaseMs })
    const activeAtMs = clock.monotonicMs()
    onEvent('fault-injected')
    await hold(plan, clock, watcher, { kind, fault, activeAtMs, injectedAtMs, leadersOnNodeBefore })

    await heal()
    recovered = (await watcher.until(kind.expects, { timeoutMs: bounds.fullIsrMs, signal })) !== undefined
    onEvent(recovered ? 'isr-full' : 'isr-not-full')
    // The measurements include some writes to the healed cluster.
    await clock.sleep(bounds.afterwardsMs, signal)
    await workload.stop(bounds.drainMs)
    onEvent('workload-stopped', `${workload.outcomes.length} records`)

    onStatus('verifying')
    reading = await parts.independentReader.readTopic(topic, {
      deadlineMs: bounds.readMs,
      signal,
      onRecord: (record) => records.push(record)
    })
    onEvent('read-back', `${records.length} records`)
  } catch (error) {
    failure = messageOf(error)
    onEvent(signal.aborted ? 'aborted' : 'failed', failure)
  }
  await heal().catch((error: unknown) => {
    failure ??= messageOf(error)
  })
  await workload?.abandon()
  await watcher?.stop()
  await deleteTopic(parts, plan)

  const observations = watcher?.observations ?? []
  const verdict = judge({
    verification: verify({
      producer: plan.id,
      outcomes: workload?.outcomes ?? [],
      records,
      partitions: reading?.partitions ?? []
    }),
    measurements: measure({
      observations,
      acknowledgements: workload?.acknowledgements ?? new Map(),
      writtenUntilMs: workload?.endedAtMs ?? null,
      leadersOnNodeBefore,
      injectedAtMs,
      healedAtMs
    }),
    fault: kind.evidence({
      node: plan.node,
      observations,
      injectedAtMs,
      healedAtMs,
      leadersOnNodeBefore,
      lost: fault?.lost.aborted ? messageOf(fault.lost.reason) : undefined
    }),
    recovered,
    unread: reading?.unread ?? [],
    aborted: signal.aborted ? messageOf(signal.reason) : undefined,
    failure
  })
  onEvent('verdict', verdict.result)
  if (signal.aborted) return { status: 'aborted', verdict, failure: messageOf(signal.reason) }
  return failure === undefined ? { status: 'completed', verdict } : { status: 'failed', verdict, failure }
}

interface Held {
  kind: DrillKindRow
  fault: HeldFault
  activeAtMs: number
  injectedAtMs: number
  leadersOnNodeBefore: number
}

/** Keeps the fault active and reports its effect. If no effect shows, it does not wait until the end. */
async function hold(plan: DrillPlan, clock: Clock, watcher: Watcher, held: Held): Promise<void> {
  const { fault, injectedAtMs, kind } = held
  const signal = AbortSignal.any([plan.signal, fault.lost])
  const left = () => Math.max(0, held.activeAtMs + plan.faultDurationMs - clock.monotonicMs())
  const after = (atMs: number) => `${((atMs - injectedAtMs) / 1000).toFixed(1)} s after the fault was requested`
  try {
    // Effects that show before the agent has finished count too: a graceful stop moves leaders before the process ends.
    const silent =
      watcher.observations.find((observation) => observation.atMs >= injectedAtMs && kind.shows(observation)) ??
      (await watcher.until(kind.shows, {
        timeoutMs: Math.min(bounds.confirmMs, left()),
        signal
      }))
    if (!silent) {
      plan.onEvent('fault-not-seen', `${plan.node} keeps answering`)
      return
    }
    plan.onEvent('node-unreachable', after(silent.atMs))
    if (held.leadersOnNodeBefore > 0) {
      const moved =
        watcher.observations.find((observation) => observation.atMs >= injectedAtMs && leadersMoved(observation)) ??
        (await watcher.until(leadersMoved, { timeoutMs: left(), signal }))
      plan.onEvent(moved ? 'leaders-moved' : 'leaders-not-moved', moved && after(moved.atMs))
    }
    await clock.sleep(left(), signal)
  } catch (error) {
    if (plan.signal.aborted || !fault.lost.aborted) throw error
    plan.onEvent('fault-lost', messageOf(fault.lost.reason))
  }
}
