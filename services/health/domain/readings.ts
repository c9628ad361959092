import type { Warning } from '#shared/contracts/common.ts'
import type { JmxReading } from '#shared/jmx/ports.ts'
import type { LogDirReading, ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import type { CommittedOffset, GroupReading } from '#shared/kafka/groups/port.ts'
import type { BrokerEndpoint, BrokerView, ClusterMetadata, PartitionOffsets } from '#shared/kafka/model.ts'
import type { RecordTime } from '#shared/kafka/records/port.ts'
import type { ZookeeperView } from '#shared/zookeeper/ports.ts'

/** The parts of a reading, each with its own deadline, duration and errors. `brokers` are the views of each broker. */
export const parts = [
  'brokers',
  'metadata',
  'zookeeper',
  'quorum',
  'configs',
  'groups',
  'commits',
  'offsets',
  'logDirs',
  'jmx',
  'recordTimes'
] as const
export type Part = (typeof parts)[number]

/** Parts of a full reading that a quick one lacks; `jmx` and `recordTimes` are read if applicable. */
export const restParts = ['configs', 'groups', 'commits', 'offsets', 'logDirs'] as const satisfies readonly Part[]

/** The outcome of the last reading of one part. */
export interface PartState {
  /** When it started. */
  asOf: Date
  durationMs: number
  /** It returned data, even if incomplete: errors are counted separately. */
  ok: boolean
}

/** A broker's details from earlier readings: a dead broker no longer reports them. */
export interface KnownBroker {
  id: number
  endpoint: BrokerEndpoint
  rack: string | null
}

/** The raw results of one sweep over the cluster. Missing values are absent or null. */
export interface ClusterReadings {
  /**
   * When the reading of the newest parts, those of the quick reading (brokers, metadata, ZooKeeper or quorum), started.
   */
  asOf: Date
  /** Duration of the last reading, full or quick. */
  durationMs: number
  /** The configured brokers first, in order, then those that only the cluster names. */
  views: BrokerView[]
  /** In the configured order; empty for a cluster without ZooKeeper. */
  zookeepers: ZookeeperView[]
  /** null for a cluster with ZooKeeper, and if the quorum could not be read. */
  quorum: KraftQuorum | null
  /** Merged from the views; null if no broker answered. */
  metadata: ClusterMetadata | null
  /** min.insync.replicas by topic. */
  minInsyncReplicas: ReadonlyMap<string, number>
  /** Topics with unclean.leader.election.enable, since the last full reading of settings. */
  uncleanElection: ReadonlySet<string>
  /** null if they could not be listed. */
  groups: GroupReading[] | null
  committed: CommittedOffset[]
  /** For all partitions; empty if they could not be read. */
  offsets: PartitionOffsets[]
  /** For the next records of groups that are older than their history window. */
  recordTimes: RecordTime[]
  logDirs: LogDirReading[]
  replicaSizes: ReplicaSize[]
  /** By broker id; a broker is missing if its exporter did not answer or is not configured. */
  jmx: ReadonlyMap<number, JmxReading>
  /** The outcome of each part that has been read; parts that do not apply or were not read yet are missing. */
  parts: ReadonlyMap<Part, PartState>
  warnings: Warning[]
  /** The number of errors of each part; parts without errors are missing. */
  errors: ReadonlyMap<Part, number>
  /** Brokers identified by this or an earlier reading, by id. */
  known: ReadonlyMap<number, KnownBroker>
}
