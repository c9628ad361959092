import type { Fault, FaultKind, FaultKindStatus, InjectFault } from '../../contracts/cluster.ts'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import { faults, type NodeView } from './faults.ts'

/** A new fault, as it is written down before anything is done. */
export function plannedFault(id: string, request: InjectFault, now: number): Fault {
  return {
    id,
    kind: request.kind,
    node: request.node,
    ...(request.cut && { cut: request.cut }),
    ...(request.slow && { slow: request.slow }),
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

/**
 * Refuses a fault without the parameters of its kind or with those of another, and one that the runtime cannot inject.
 * @throws KopsError validation_failed with the field, fault_unavailable
 */
export function assertPossible(request: InjectFault, kinds: readonly FaultKindStatus[]): void {
  const { kind } = request
  for (const field of ['cut', 'slow'] as const) {
    if (field === kind && request[field] === undefined) {
      throw fieldError('validation_failed', field, `a fault of the kind ${kind} needs it`)
    }
    if (field !== kind && request[field] !== undefined) {
      throw fieldError('validation_failed', field, `it is for faults of the kind ${field}, not ${kind}`)
    }
  }
  const offered = kinds.find((one) => one.kind === kind)
  if (!offered?.available) {
    throw new KopsError('fault_unavailable', offered?.detail ?? `This runtime does not know the fault ${kind}`)
  }
  const lack = offered.lacks?.find(({ parameter }) => Object.hasOwn(request.slow ?? {}, parameter))
  if (lack) throw fieldError('fault_unavailable', `slow.${lack.parameter}`, lack.detail)
}

/** Why a node cannot get this fault now; undefined if it can. Its inverse must restore the previous state. */
export function refusal(kind: FaultKind, node: NodeView): string | undefined {
  if (node.isolated) return `${node.name} is isolated from the network`
  const [impaired] = node.impairments ?? []
  if (impaired) return `${node.name} has a ${impaired.kind} fault (${impaired.detail})`
  if (node.state !== 'running') return `${node.name} is ${node.state}: ${kind} needs a running node`
  return undefined
}

/**
 * What nodes show and no open record explains. An impairment is always part of it, because only faults cause one. A link
 * that is down and a pause may be an operator's: they are part of it if there are records that cannot be read. A stopped
 * node is not: an operator may have stopped it, and nothing of it shows who did.
 */
export function unexplained(
  nodes: NodeView[],
  open: Fault[],
  { isComplete }: { isComplete: boolean }
): Pick<Fault, 'kind' | 'node'>[] {
  return nodes.flatMap((view) =>
    [
      ...(view.impairments ?? []).map(({ kind }) => kind),
      ...(isComplete ? [] : (['isolate', 'pause'] as const).filter((kind) => faults[kind].tookEffect(view)))
    ]
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
