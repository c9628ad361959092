import type { DrillKind, StartDrill } from '#shared/contracts/drills.ts'
import { brokerGone, type Effect } from './effects.ts'
import type { StageFault } from './fault-sources.ts'
import {
  allBrokersAnswer,
  canIsolate,
  enoughBrokers,
  type Guard,
  isRunning,
  noOtherFault,
  nothingUnderReplicated
} from './guards.ts'
import type { Stage } from './stages.ts'
import type { FoundTarget } from './targets.ts'

/** Defines a kind of drill. To add one, add a row and its test. */
export interface DrillKindRow {
  /** How the target is found, which is the role of the node. */
  targets: 'broker' | 'zookeeper'
  /** The preconditions for injecting the fault, in the order in which they are reported. */
  guards: readonly Guard[]
  /** What happens to the target, one after the other. */
  stages(target: FoundTarget, request: Pick<StartDrill, 'faultDurationMs'>): Stage[]
}

const defaultHoldMs = 20_000

/** One fault on each node of the target, all at once. */
function oneStage(faultOf: (node: string) => StageFault, effect: Effect): DrillKindRow['stages'] {
  return ({ nodes }, { faultDurationMs }) => {
    const [node = ''] = nodes
    return [{ name: node, node, faults: nodes.map(faultOf), holdMs: faultDurationMs ?? defaultHoldMs, effect }]
  }
}

const healthyCluster = [noOtherFault, isRunning, enoughBrokers, allBrokersAnswer, nothingUnderReplicated]

export const drillKinds: Record<DrillKind, DrillKindRow> = {
  'broker-stop': {
    targets: 'broker',
    guards: healthyCluster,
    stages: oneStage((node) => ({ by: 'agent', kind: 'stop', node }), brokerGone)
  },
  'network-partition': {
    targets: 'broker',
    guards: [canIsolate, ...healthyCluster],
    stages: oneStage((node) => ({ by: 'agent', kind: 'isolate', node }), brokerGone)
  }
}
