import type { ClusterStatus, FaultKindStatus } from '../contracts/cluster.ts'

/** What slowing a disk takes. Pauses of the whole process would not be a slow disk, so nothing stands in for it. */
const diskSlow: FaultKindStatus = {
  kind: 'disk-slow',
  available: false,
  detail:
    "Slowing a node's disk needs cgroup v2 with its io controller (io.max): the older blkio controller does not hold back buffered writes, which are all that Kafka makes. kops does not drive it yet"
}

/** The rows of faults that both runtimes inject. */
export function commonFaultKinds(isolation: ClusterStatus['isolation']): FaultKindStatus[] {
  return [
    { kind: 'stop', available: true, detail: 'SIGTERM: a broker moves its leaders first' },
    { kind: 'kill', available: true, detail: 'SIGKILL' },
    { kind: 'pause', available: true, detail: 'Every thread of the node stops; its connections stay open' },
    { kind: 'isolate', available: isolation.available, detail: isolation.detail },
    diskSlow
  ]
}

/** Rows of kinds that are not available, all for one reason. */
export function unavailableKinds(kinds: readonly FaultKindStatus['kind'][], detail: string): FaultKindStatus[] {
  return kinds.map((kind) => ({ kind, available: false, detail }))
}
