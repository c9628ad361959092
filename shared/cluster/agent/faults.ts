import type { FaultKind, NodeStatus } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { NodeRuntime } from '../runtime.ts'

/** The part of a node that rules need. */
export type NodeView = Pick<NodeStatus, 'name' | 'state' | 'isolated' | 'ready'>

type NodeVerbs = Pick<NodeRuntime, 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'isolate' | 'heal'>

/** Defines a kind of fault. To add one, add a row and its test. */
export interface FaultRow {
  inject(runtime: NodeVerbs, node: string): Promise<void>
  /** Idempotent: undoing it twice, or without having done it, is harmless. */
  undo(runtime: NodeVerbs, node: string): Promise<void>
  /** Whether the runtime's status shows the fault. A fault without effect must not be reported as injected. */
  tookEffect(node: NodeView): boolean
  /** Whether the runtime's status shows that the fault is gone. */
  undone(node: NodeView): boolean
  /** Whether there is anything left to undo, given the node, if it still exists, and the current state of all nodes. */
  isLeft(node: NodeView | undefined, nodes: NodeView[]): boolean
  /** The capability that the runtime needs. */
  needs?: 'isolation'
}

const isAlive = ({ state }: NodeView) => state === 'running' || state === 'paused'

/** The process is gone. If the whole cluster is down, the node starts with the others. */
const processGone = {
  undo: (runtime, node) => runtime.start(node),
  tookEffect: ({ state }) => state === 'stopped',
  undone: ({ state, ready }) => state === 'running' && ready,
  isLeft: (_, nodes) => nodes.some(isAlive)
} satisfies Partial<FaultRow>

export const faults: Record<FaultKind, FaultRow> = {
  stop: { ...processGone, inject: (runtime, node) => runtime.stop(node) },
  kill: { ...processGone, inject: (runtime, node) => runtime.kill(node) },
  pause: {
    inject: (runtime, node) => runtime.pause(node),
    undo: (runtime, node) => runtime.resume(node),
    tookEffect: ({ state }) => state === 'paused',
    undone: ({ state }) => state !== 'paused',
    // A paused process that has died is no longer paused.
    isLeft: (node) => node !== undefined && isAlive(node)
  },
  isolate: {
    needs: 'isolation',
    inject: (runtime, node) => runtime.isolate(node),
    undo: (runtime, node) => runtime.heal(node),
    tookEffect: ({ isolated }) => isolated,
    undone: ({ isolated }) => !isolated,
    isLeft: () => true
  }
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
