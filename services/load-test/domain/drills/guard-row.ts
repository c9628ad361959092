import type { ClusterStatus, FaultKind } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView, ClusterMetadata } from '#shared/kafka/model.ts'
import type { Prediction } from '#shared/prediction/predict.ts'
import type { BrokerSettings } from '#shared/prediction/timings.ts'
import type { FoundTarget } from './target-nodes.ts'
import type { DrillTopic, TopicReaders } from './topic.ts'

/** What a drill is about to do, and the cluster to which it does it. */
export interface GuardInput {
  request: StartDrill
  target: FoundTarget
  /** The faults of the agent that it injects. */
  faults: readonly FaultKind[]
  /** The most brokers that are broken at the same time. */
  brokersAtOnce: number
  /** The managed cluster, as its agent reports it. */
  status: ClusterStatus
  /** The Kafka cluster that this service is connected to. */
  metadata: ClusterMetadata
  views: readonly BrokerView[]
  /** What becomes of the cluster; null if the target is no part of it. */
  prediction: Prediction | null
  /** Reassignments under way; a text says why they could not be read. */
  reassignments: number | string
  /** Jobs of this service that are under way. */
  underWay: { loadTests: readonly string[]; others: readonly string[] }
  topic: DrillTopic
  /** Of existing topics. */
  cleanupPolicies: ReadonlyMap<string, string>
  /** Who gets the records of the drill, if its topic is an existing one. */
  readers: TopicReaders | null
  /** Of a transaction that it leaves open. */
  transactionTimeoutMs: number | undefined
  settings: BrokerSettings
  now: Date
}

export interface Look {
  passed: boolean
  reading: string
  limit: string
}

/** A precondition of drills. To add one, add a row and its test. */
export interface GuardRow<Input> {
  name: string
  /** Whether a reason is enough to go against it. */
  canForce: boolean
  look(input: Input): Look
  refuse(input: Input, look: Look): KopsError
}
