import type { Fault, FaultKind, InjectFault, NodeStatus } from '../../contracts/cluster.ts'
import type { NodeRuntime } from '../runtime.ts'

/** What a rule needs to know of a node. */
export type NodeView = Pick<NodeStatus, 'name' | 'state' | 'isolated' | 'ready'>

/** The verb of the runtime that undoes a fault. All three are idempotent, so undoing twice, or what was never done, is harmless. */
export const inverses = {
  stop: 'start',
  kill: 'start',
  pause: 'resume',
  isolate: 'heal'
} as const satisfies Record<FaultKind, keyof NodeRuntime>

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

/** How long until a fault's lease ends, 0 when it has. */
export function leaseLeftMs(fault: Fault, now: number): number {
  return Math.max(0, Date.parse(fault.expiresAt) - now)
}

/** Whether the fault still holds its node: everything that is not healed does. */
export function isOpen(fault: Fault): boolean {
  return fault.state !== 'healed'
}

/** Whether its lease can be renewed: once healing has begun there is nothing left to hold. */
export function isRenewable(fault: Fault): boolean {
  return fault.state === 'active'
}

/** Why a node cannot be given this fault now; undefined when it can. Its inverse must lead back to where it was. */
export function refusal(kind: FaultKind, node: NodeView): string | undefined {
  if (node.isolated) return `${node.name} is cut off from the network`
  if (node.state !== 'running') return `${node.name} is ${node.state}: ${kind} needs a running node`
  return undefined
}

/** Whether the runtime's status shows the fault. One that did not take effect must not be reported as injected. */
export function hasTakenEffect(kind: FaultKind, node: NodeView): boolean {
  switch (kind) {
    case 'stop':
    case 'kill':
      return node.state === 'stopped'
    case 'pause':
      return node.state === 'paused'
    case 'isolate':
      return node.isolated
  }
}

/** Whether the runtime's status shows that the fault is gone. */
export function isUndone(kind: FaultKind, node: NodeView): boolean {
  switch (kind) {
    case 'stop':
    case 'kill':
      return node.state === 'running' && node.ready
    case 'pause':
      return node.state !== 'paused'
    case 'isolate':
      return !node.isolated
  }
}

/**
 * What healing a fault takes, given the nodes as they are now.
 * - moot: there is nothing left to undo. A node that was stopped in a cluster that is down altogether is started with the
 *   others; a paused process that has died is not paused any more.
 */
export function healing(fault: Pick<Fault, 'kind' | 'node'>, nodes: NodeView[]): 'undo' | 'moot' {
  const node = nodes.find(({ name }) => name === fault.node)
  const alive = (one: NodeView) => one.state === 'running' || one.state === 'paused'
  switch (fault.kind) {
    case 'stop':
    case 'kill':
      return nodes.some(alive) ? 'undo' : 'moot'
    case 'pause':
      return node !== undefined && alive(node) ? 'undo' : 'moot'
    case 'isolate':
      return 'undo'
  }
}

/** How long to wait after the attempt-th failure to heal, from 1: 0.5 s, doubling, 10 s at most. */
export function retryDelayMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** Math.min(attempt - 1, 10))
}

export function timestamp(now: number): string {
  return new Date(now).toISOString()
}
