import type { Clock } from '#shared/clock.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { InjectFault } from '#shared/contracts/cluster.ts'
import { type HeldFault, holdFault } from './fault-hold.ts'

/** A fault of a stage: of a node, by the agent; of the drill's consumers; of its transactional producer. */
export type StageFault =
  | ({ by: 'agent' } & Omit<InjectFault, 'leaseMs'>)
  | { by: 'members'; kind: 'kill' | 'pause' | 'leave' | 'replace'; members: number }
  | { by: 'transaction'; kind: 'delay-end'; end: 'commit' | 'abort'; timeoutMs: number }

export type FaultOf<By extends StageFault['by']> = Extract<StageFault, { by: By }>

/**
 * Injects faults of one sort. A fault ends by itself within 15 s when this process dies: through a lease, or because its child
 * notices. A transaction ends when its timeout is over, or as soon as this process is back.
 */
export interface FaultSource {
  /** Begins to inject a fault; undefined if faults of this sort are not its own. */
  inject(fault: StageFault): HeldFault | undefined
}

export function faultSource<By extends StageFault['by']>(
  by: By,
  inject: (fault: FaultOf<By>) => HeldFault
): FaultSource {
  const isOwn = (fault: StageFault): fault is FaultOf<By> => fault.by === by
  return { inject: (fault) => (isOwn(fault) ? inject(fault) : undefined) }
}

const leaseMs = 10_000

export function agentFaults(parts: {
  agent: Pick<DrillAgent, 'inject' | 'renew' | 'heal' | 'fault'>
  clock: Clock
}): FaultSource {
  return faultSource('agent', ({ by: _, ...fault }) => holdFault(parts, { ...fault, leaseMs }))
}

/** Begins to inject a fault through the source for it. @throws Error if the drill has none: a kind must create what it needs */
export function injectBy(sources: readonly FaultSource[], fault: StageFault): HeldFault {
  for (const source of sources) {
    const held = source.inject(fault)
    if (held) return held
  }
  throw new Error(`This drill has nobody to inject a fault of its ${fault.by}`)
}

/** `stop kafka-1`, `kill of 1 member(s)`, `delayed commit of a transaction with a timeout of 30 s`. */
export function faultName(fault: StageFault): string {
  if (fault.by === 'agent') return `${fault.kind} ${fault.node}`
  if (fault.by === 'members') return `${fault.kind} of ${fault.members} member(s)`
  return `delayed ${fault.end} of a transaction with a timeout of ${fault.timeoutMs / 1000} s`
}
