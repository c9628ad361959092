import { heapBytes } from '#shared/cluster/heap.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { bytes } from '../output.ts'

/** What `kops scale heap -o json` prints. */
export interface HeapPlan {
  action: 'scale-heap'
  dryRun: boolean
  applied: boolean
  heap: { before: string; after: string }
  /** Brokers that run with another heap, in the order in which they restart: the controller last. */
  restarts: string[]
  memory: { totalBytes: number; heapsBytes: number; objections: string[] }
}

/** The largest share of a machine's memory that heaps may have: brokers live from the page cache. */
const mostOfMemory = 0.75

/**
 * What a heap of the brokers means: which of them restart, and whether the machine has the memory. Pure.
 * @param status of the nodes, each with the heap that it runs with; one that is down starts with the new one
 * @param totalBytes memory of the machine that the nodes share
 */
export function planHeap(
  {
    before,
    after,
    zookeeper,
    controller
  }: { before: string; after: string; zookeeper: string; controller: string | null },
  status: Pick<ClusterStatus, 'nodes'>,
  totalBytes: number
): Omit<HeapPlan, 'dryRun' | 'applied'> {
  const brokers = status.nodes.filter(({ role }) => role === 'broker')
  const others = status.nodes.length - brokers.length
  const heapsBytes = heapBytes(after) * brokers.length + heapBytes(zookeeper) * others
  const isLast = (name: string) => Number(name === controller)
  return {
    action: 'scale-heap',
    heap: { before, after },
    restarts: brokers
      .filter(({ state, heap }) => state === 'running' && (heap === undefined || heapBytes(heap) !== heapBytes(after)))
      .map(({ name }) => name)
      .sort((a, b) => isLast(a) - isLast(b)),
    memory: { totalBytes, heapsBytes, objections: objectionsTo(heapsBytes, totalBytes) }
  }
}

function objectionsTo(heapsBytes: number, totalBytes: number): string[] {
  if (heapsBytes <= totalBytes * mostOfMemory) return []
  return [
    `The heaps of all nodes would take ${bytes(heapsBytes)} of ${bytes(totalBytes)} memory; more than ${mostOfMemory * 100}% leaves too little page cache, and the kernel kills processes when they fill`
  ]
}
