import type { Fault, FaultKind, InjectFault } from '../../contracts/cluster.ts'
import { faults, type NodeView } from './faults.ts'

/** A new fault, as it is written down before anything is done. */
export function plannedFault(id: string, request: InjectFault, now: number): Fault {
  return {
    id,
    kind: request.kind,
    node: request.node,
    state: 'injecting',
    injectedAt: timestamp(now),
    expiresAt: leaseEnd(now, request.leaseMs),
    healedAt: null,
    healedBy: null
  }
}

/** When a lease of leaseMs that begins now ends. */
export function leaseEnd(now: number, leaseMs: number): string {
  return timestamp(now + leaseMs)
}

/** Time until a fault's lease expires; 0 afterwards. */
export function leaseLeftMs(fault: Fault, now: number): number {
  return Math.max(0, Date.parse(fault.expiresAt) - now)
}

/** Whether the fault still occupies its node: every fault that is not healed does. */
export function isOpen(fault: Fault): boolean {
  return fault.state !== 'healed'
}

/** Whether its lease can be renewed: not once healing has begun. */
export function isRenewable(fault: Fault): boolean {
  return fault.state === 'active'
}

/** Why a node cannot get this fault now; undefined if it can. Its inverse must restore the previous state. */
export function refusal(kind: FaultKind, node: NodeView): string | undefined {
  if (node.isolated) return `${node.name} is isolated from the network`
  if (node.state !== 'running') return `${node.name} is ${node.state}: ${kind} needs a running node`
  return undefined
}

/**
 * What nodes show and no open record explains. A stopped node is not part of it: an operator may have stopped it, and
 * nothing of it shows who did.
 */
export function unexplained(nodes: NodeView[], open: Fault[]): Pick<Fault, 'kind' | 'node'>[] {
  const kinds = ['isolate', 'pause'] as const
  return nodes.flatMap((view) =>
    kinds
      .filter((kind) => faults[kind].tookEffect(view))
      .filter((kind) => !open.some((fault) => fault.node === view.name && fault.kind === kind))
      .map((kind) => ({ kind, node: view.name }))
  )
}

/** Delay after the nth failed attempt to heal, from 1: 0.5 s, doubling, at most 10 s. */
export function retryDelayMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** Math.min(attempt - 1, 10))
}

export function timestamp(now: number): string {
  return new Date(now).toISOString()
}
