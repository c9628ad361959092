import type { StageFault } from './fault-sources.ts'
import type { StageRun } from './stages.ts'
import type { DrillParts, DrillPlan } from './steps.ts'

/** The longest pause between two attempts of TCP to send (TCP_RTO_MAX of Linux). */
const longestPauseMs = 120_000
/** To process what arrives last. */
const graceMs = 1000

/** How long it cut connections, and since when it no longer does. */
export interface Cut {
  injectedAtMs: number
  healedAtMs: number
}

/**
 * When the last request that a cut held up has arrived, in ms of the monotonic clock. TCP sends again and again what a cut
 * holds up, at intervals that double (RFC 6298), whether or not its sender has given up: the next attempt comes at most as
 * long after the cut as the cut lasted. Pure.
 */
export function lastArrivalMs(cuts: readonly Cut[]): number | undefined {
  const arrivals = cuts.map(
    ({ injectedAtMs, healedAtMs }) => healedAtMs + Math.min(healedAtMs - injectedAtMs, longestPauseMs) + graceMs
  )
  return arrivals.length === 0 ? undefined : Math.max(...arrivals)
}

/**
 * Waits, after a cut of a cluster with ZooKeeper, until nothing late can arrive. Its controller sends brokers each change of a
 * partition as a request of its own; one that arrives after the topic was deleted brings the partition back into their
 * metadata, without any replica and for good. A broker of KRaft fetches changes in order. An abort does not wait.
 */
export async function outwaitLateRequests(
  runs: readonly StageRun[],
  { clock }: Pick<DrillParts, 'clock'>,
  { mode, topic, signal, onEvent }: Pick<DrillPlan, 'mode' | 'topic' | 'signal' | 'onEvent'>
): Promise<void> {
  if (mode === 'kraft' || topic.isShared || signal.aborted) return
  const cuts = runs.flatMap(({ stage: { faults }, injectedAtMs, healedAtMs }) =>
    injectedAtMs !== null && healedAtMs !== null && faults.some(cutsConnections) ? { injectedAtMs, healedAtMs } : []
  )
  const waitMs = (lastArrivalMs(cuts) ?? 0) - clock.monotonicMs()
  if (waitMs <= 0) return
  onEvent(
    'late-requests',
    `its topic is deleted in ${Math.ceil(waitMs / 1000)} s, when all that the cut held up has arrived`
  )
  await clock.sleep(waitMs, signal).catch(() => undefined)
}

function cutsConnections(fault: StageFault): boolean {
  return fault.by === 'agent' && (fault.kind === 'isolate' || fault.kind === 'cut')
}
