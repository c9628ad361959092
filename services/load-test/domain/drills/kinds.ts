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

/** Defines a kind of drill. To add one, add a row and its test. */
export interface DrillKindRow {
  /** The role of the target node. */
  targets: 'broker' | 'zookeeper'
  /** The fault to inject. */
  fault: FaultKind
  /** The preconditions for injecting the fault, in the order in which they are reported. */
  guards: readonly Guard[]
  /** Whether an observation shows the fault's effect. */
  shows: (observation: Observation) => boolean
  /** Whether the fault took effect, judged by observations from outside its injector. */
  evidence: typeof faultEvidence
  /** The observation after healing that counts as recovered. */
  expects: (observation: Observation) => boolean
}

/** A broker that no longer answers, for any reason. */
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
