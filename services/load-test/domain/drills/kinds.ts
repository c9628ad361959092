import type { FaultKind } from '#shared/contracts/cluster.ts'
import type { DrillKind } from '#shared/contracts/drills.ts'
import { faultEvidence } from './fault-evidence.ts'
import {
  allBrokersAnswer,
  canIsolate,
  enoughBrokers,
  type Guard,
  isRunning,
  noOtherFault,
  nothingUnderReplicated
} from './guards.ts'
import type { Observation } from './observation.ts'

/** What a kind of drill is. Adding one is adding a row, and its test. */
export interface DrillKindRow {
  /** The role of the node that a drill is about. */
  targets: 'broker' | 'zookeeper'
  /** What is done to the node. */
  fault: FaultKind
  /** What must hold before the fault is injected, in the order in which it is said. */
  guards: readonly Guard[]
  /** Whether an observation shows the fault at work. */
  shows: (observation: Observation) => boolean
  /** Whether the fault took effect, judged by what was observed from outside its injector. */
  evidence: typeof faultEvidence
  /** What must be observed after healing for the cluster to count as recovered. */
  expects: (observation: Observation) => boolean
}

/** A broker that no longer answers, for whatever reason. */
const brokerGone = {
  targets: 'broker',
  shows: ({ nodeReachable }) => !nodeReachable,
  evidence: faultEvidence,
  expects: ({ isrWhole, nodeReachable }) => isrWhole && nodeReachable
} as const satisfies Partial<DrillKindRow>

const healthyCluster = [noOtherFault, isRunning, enoughBrokers, allBrokersAnswer, nothingUnderReplicated]

export const drillKinds: Record<DrillKind, DrillKindRow> = {
  'broker-stop': { ...brokerGone, fault: 'stop', guards: healthyCluster },
  'network-partition': { ...brokerGone, fault: 'isolate', guards: [canIsolate, ...healthyCluster] }
}
