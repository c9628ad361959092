import type { LossKind } from '../contracts/what-if.ts'
import type { PartitionMetadata, TopicMetadata } from '../kafka/model.ts'

/** A voter of the ZooKeeper ensemble or of the KRaft quorum. */
export interface EnsembleNode {
  name: string
  serves: boolean
}

/** The settings that decide how fast a loss is noticed. */
export interface TimingSettings {
  /** zookeeper.session.timeout.ms, or broker.session.timeout.ms with KRaft. */
  sessionTimeoutMs: number
  /** broker.heartbeat.interval.ms (KRaft). */
  heartbeatMs: number
  /** replica.lag.time.max.ms */
  replicaLagMs: number
}

/** What of a cluster decides the consequences of a loss. */
export interface KnownCluster {
  mode: 'zookeeper' | 'kraft'
  topics: readonly TopicMetadata[]
  /** Ids of the brokers that answer. The others count as lost already: a prediction shows what a further loss changes. */
  live: ReadonlySet<number>
  controllerId: number | null
  /** Racks by broker id, of all brokers that are known. */
  racks: ReadonlyMap<number, string | null>
  /** Voters; empty if nobody knows them. A KRaft node that is broker and controller has the broker's name here. */
  ensemble: readonly EnsembleNode[]
  /** By topic; a topic that is missing has an unknown one. */
  minInsyncReplicas: ReadonlyMap<string, number>
  /** Topics with unclean.leader.election.enable. */
  uncleanElection: ReadonlySet<string>
  timings: TimingSettings
  /** null if they are unknown. */
  groups: readonly string[] | null
  /** Bytes that producers write a second, by placeKey(); null if they are unknown. */
  traffic: ReadonlyMap<string, number> | null
}

/**
 * What becomes of a node that goes on running:
 * - cutBrokers: it and the other brokers lose each other's packets, while it keeps its session
 * - cutMetadata: it is cut off from ZooKeeper or the controllers, and goes on answering clients
 * - slow: its network loses or delays packets
 * - diskFull: it can write nothing, and stops itself
 */
export type Impairment = 'cutBrokers' | 'cutMetadata' | 'slow' | 'diskFull'

/** What is lost, all at once, and how. */
export interface Scenario {
  kind: 'broker' | 'rack' | 'node'
  name: string
  brokers: readonly number[]
  /** Names of voters. */
  nodes: readonly string[]
  how: LossKind | Impairment
  /** How long it lasts, if that is known. */
  holdMs?: number
  /** request.timeout.ms of the clients; default: that of Kafka's own. */
  clientTimeoutMs?: number
}

/** A partition with what its topic says of it. */
export interface Place {
  topic: string
  partition: PartitionMetadata
  /** undefined: unknown */
  minInsyncReplicas: number | undefined
  uncleanElection: boolean
}
