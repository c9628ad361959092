import type { BrokerPorts } from '#shared/cluster/scale/broker-count.ts'
import type { Broker } from '#shared/contracts/brokers.ts'
import type { NodeStatus } from '#shared/contracts/cluster.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { bytes, counted } from '../output.ts'

export type StepName = 'start' | 'watch' | 'fill' | 'leaders' | 'drain' | 'stop' | 'unregister' | 'remove'

export interface ScaleStep {
  step: StepName
  /** done: the state of the cluster shows that nothing of it is left to do. */
  state: 'done' | 'planned'
  detail: string
}

/** What `kops scale brokers -o json` prints. */
export interface BrokerScalePlan {
  action: 'add-broker' | 'remove-broker'
  broker: string
  dryRun: boolean
  applied: boolean
  /** In the order in which they are taken. Read from the cluster: a plan after an interruption shows what is left. */
  steps: ScaleStep[]
  throttleBytesPerSec: number
  /** What is copied, and what each broker has before and after; null if that is not known yet. */
  movement: ReassignmentResult['movement'] | null
  warnings: Warning[]
}

/** What is known of the broker. */
export interface BrokerState {
  /** As the agent sees it; undefined if the definition lacks it. */
  node: Pick<NodeStatus, 'state' | 'ready'> | undefined
  /** As the cluster sees it; undefined if it does not. */
  broker: Pick<Broker, 'host' | 'reachable' | 'replicas' | 'leaders' | 'preferredLeaders'> | undefined
  /** Whether health-service reads its exporter. */
  isWatched: boolean
  /** Partitions that move to it or off it now. */
  moving: number
  movement: ReassignmentResult['movement'] | null
}

/** The steps that add a broker and fill it. Pure. */
export function stepsToAdd(
  { node, broker, isWatched, moving, movement }: BrokerState,
  ports: BrokerPorts
): ScaleStep[] {
  const runs = node?.state === 'running' && node.ready && broker?.reachable === true
  const isFull = runs && moving === 0 && movement?.moves.length === 0
  const leads = isFull && broker.leaders >= broker.preferredLeaders
  return [
    step('start', runs, `clients on port ${ports.kafka}, its metrics on ${ports.jmx}`),
    step('watch', runs && isWatched, 'health-service and Prometheus read its metrics'),
    step('fill', isFull, fillDetail(moving, movement)),
    step('leaders', leads, 'preferred leaders are elected, its own among them')
  ]
}

/** The steps that empty a broker and remove it. Pure. */
export function stepsToRemove(
  { node, broker, moving, movement }: BrokerState,
  mode: 'zookeeper' | 'kraft'
): ScaleStep[] {
  const isEmpty = broker === undefined || (broker.replicas === 0 && moving === 0)
  const isStopped = node === undefined || node.state === 'stopped' || node.state === 'absent'
  return [
    step('drain', isEmpty, fillDetail(moving, movement)),
    step('stop', isEmpty && isStopped, 'once nothing is left on it; health-service and Prometheus forget it'),
    // Whether it is registered shows only in the answer of the controller.
    ...(mode === 'kraft' ? [step('unregister', node === undefined, 'the controllers forget it')] : []),
    step('remove', node === undefined, 'its data, its network and its certificate; the definition of the cluster')
  ]
}

function step(name: StepName, done: boolean, detail: string): ScaleStep {
  return { step: name, state: done ? 'done' : 'planned', detail }
}

function fillDetail(moving: number, movement: BrokerState['movement']): string {
  const under = moving === 0 ? '' : `${counted(moving, 'partition')} are moving`
  if (movement === null) return under || 'planned once it is part of the cluster'
  const copies = `${counted(movement.copies, 'replica')} to copy, ${bytes(movement.bytesToCopy)}, ${counted(movement.leaderChanges, 'leader')} to change`
  return under === '' ? copies : `${under}; then ${copies}`
}
