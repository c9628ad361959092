import type { Fault, FaultKind, Impairment, NodeStatus } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { NodeRuntime } from '../runtime.ts'

/** The part of a node that rules need. */
export type NodeView = Pick<NodeStatus, 'name' | 'state' | 'isolated' | 'impairments' | 'ready'>

type NodeVerbs = Pick<
  NodeRuntime,
  'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'isolate' | 'heal' | 'impair' | 'unimpair'
>

/** What a row needs to know of the fault itself. */
type Injected = Pick<Fault, 'id' | 'node' | 'cut' | 'slow'>

/** Defines a kind of fault. To add one, add a row and its test. */
export interface FaultRow {
  inject(runtime: NodeVerbs, fault: Injected): Promise<void>
  /** Idempotent: undoing it twice, or without having done it, is harmless. */
  undo(runtime: NodeVerbs, node: string): Promise<void>
  /** Whether the runtime's status shows the fault. A fault without effect must not be reported as injected. */
  tookEffect(node: NodeView): boolean
  /** Whether the runtime's status shows that the fault is gone. */
  undone(node: NodeView): boolean
  /** Whether there is anything left to undo, given the node, if it still exists, and the current state of all nodes. */
  isLeft(node: NodeView | undefined, nodes: NodeView[]): boolean
}

const isAlive = ({ state }: NodeView) => state === 'running' || state === 'paused'

/** The process is gone. If the whole cluster is down, the node starts with the others. */
const processGone = {
  undo: (runtime, node) => runtime.start(node),
  tookEffect: ({ state }) => state === 'stopped',
  undone: ({ state, ready }) => state === 'running' && ready,
  isLeft: (_, nodes) => nodes.some(isAlive)
} satisfies Partial<FaultRow>

const impairmentOf = (view: NodeView, kind: FaultKind) => view.impairments?.find((one) => one.kind === kind)

/** A fault of the network or the disk of a node that keeps running. */
function impairment(kind: Impairment['kind']): FaultRow {
  return {
    inject: (runtime, { id, node, cut, slow }) =>
      runtime.impair(node, { kind, id, ...(cut && { cut }), ...(slow && { slow }) }),
    undo: (runtime, node) => runtime.unimpair(node),
    tookEffect: (view) => impairmentOf(view, kind)?.whole === true,
    undone: (view) => impairmentOf(view, kind) === undefined,
    isLeft: () => true
  }
}

const diskFull = impairment('disk-full')

/** No runtime offers it: see `faultKinds` of a cluster's status. */
const nowhere: FaultRow = {
  inject: async () => {
    throw new KopsError('fault_unavailable', 'No runtime can inject this fault')
  },
  undo: async () => {},
  tookEffect: () => false,
  undone: () => true,
  isLeft: () => false
}

export const faults: Record<FaultKind, FaultRow> = {
  stop: { ...processGone, inject: (runtime, { node }) => runtime.stop(node) },
  kill: { ...processGone, inject: (runtime, { node }) => runtime.kill(node) },
  pause: {
    inject: (runtime, { node }) => runtime.pause(node),
    undo: (runtime, node) => runtime.resume(node),
    tookEffect: ({ state }) => state === 'paused',
    undone: ({ state }) => state !== 'paused',
    // A paused process that has died is no longer paused.
    isLeft: (node) => node !== undefined && isAlive(node)
  },
  isolate: {
    inject: (runtime, { node }) => runtime.isolate(node),
    undo: (runtime, node) => runtime.heal(node),
    tookEffect: ({ isolated }) => isolated,
    undone: ({ isolated }) => !isolated,
    isLeft: () => true
  },
  cut: impairment('cut'),
  slow: impairment('slow'),
  'disk-full': {
    ...diskFull,
    // The process that met the full disk has ended, or is about to: a broker without a log directory halts.
    undo: async (runtime, node) => {
      await runtime.unimpair(node)
      await runtime.start(node)
    },
    tookEffect: (view) => diskFull.tookEffect(view) || processGone.tookEffect(view),
    undone: (view) => diskFull.undone(view) && processGone.undone(view),
    isLeft: processGone.isLeft
  },
  'disk-slow': nowhere
}

/** What the status of a node shows, as a sentence: the evidence of a fault. */
export function describeView({ name, state, ready, isolated, impairments = [] }: NodeView): string {
  return [
    `${name} is ${state}${state === 'running' && !ready ? ' and does not answer' : ''}`,
    ...(isolated ? ['its link is down'] : []),
    ...impairments.map(({ kind, detail }) => `${kind}: ${detail}`)
  ].join('; ')
}

/** Undoes a fault, if anything of it is left, and checks that it is gone. @throws KopsError runtime_failed */
export async function undoFault(runtime: NodeRuntime, kind: FaultKind, node: string): Promise<void> {
  const row = faults[kind]
  const nodes = await runtime.status()
  const status = nodes.find(({ name }) => name === node)
  if (!row.isLeft(status, nodes)) return
  await row.undo(runtime, node)
  await readBack(runtime, node, row.undone, `${kind} of ${node} was undone but still has an effect`)
}

/** Checks what a command has done to a node. @throws KopsError runtime_failed with the problem */
export async function readBack(
  runtime: NodeRuntime,
  node: string,
  holds: (status: NodeView) => boolean,
  problem: string
): Promise<void> {
  const status = (await runtime.status()).find(({ name }) => name === node)
  if (!status || !holds(status)) throw new KopsError('runtime_failed', problem)
}
