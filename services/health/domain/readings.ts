import type { Warning } from '#shared/contracts/common.ts'
import type { JmxReading } from '#shared/jmx/ports.ts'
import type { LogDirReading, ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import type { CommittedOffset, GroupReading } from '#shared/kafka/groups/port.ts'
import type { BrokerEndpoint, BrokerView, ClusterMetadata, PartitionOffsets } from '#shared/kafka/model.ts'
import type { RecordTime } from '#shared/kafka/records/port.ts'
import type { ZookeeperView } from '#shared/zookeeper/ports.ts'

/** The parts of a reading; deadlines, durations and errors are theirs. `brokers` are the views that each broker has. */
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

/** Parts that every full reading has and a quick one has not; `jmx` and `recordTimes` are read where there are any. */
export const restParts = ['configs', 'groups', 'commits', 'offsets', 'logDirs'] as const satisfies readonly Part[]

/** How the last reading of one part went. */
export interface PartState {
  /** When it began. */
  asOf: Date
  durationMs: number
  /** It brought something, if not all: errors are counted apart. */
  ok: boolean
}

/** What is known of a broker from earlier readings: a dead one no longer tells. */
export interface KnownBroker {
  id: number
  endpoint: BrokerEndpoint
  rack: string | null
}

/** Everything that one sweep over the cluster brought, before any judgement. What could not be read is missing or null. */
export interface ClusterReadings {
  /** When the youngest parts, those of the quick reading (brokers, metadata, ZooKeeper or quorum), began to be read. */
  asOf: Date
  /** How long the last reading took: a full one or a quick one. */
  durationMs: number
  /** The configured brokers first, in their order, then those that only the cluster names. */
  views: BrokerView[]
  /** In the configured order; empty for a cluster without ZooKeeper. */
  zookeepers: ZookeeperView[]
  /** null for a cluster with ZooKeeper, and when the quorum could not be read. */
  quorum: KraftQuorum | null
  /** Merged from the views; null when no broker answered. */
  metadata: ClusterMetadata | null
  /** min.insync.replicas by topic. */
  minInsyncReplicas: ReadonlyMap<string, number>
  /** null when they could not be listed. */
  groups: GroupReading[] | null
  committed: CommittedOffset[]
  /** Of all partitions; empty when they could not be read. */
  offsets: PartitionOffsets[]
  /** Of records that groups read next and that are older than the window of their history. */
  recordTimes: RecordTime[]
  logDirs: LogDirReading[]
  replicaSizes: ReplicaSize[]
  /** By broker id; a broker without is one whose exporter did not answer or is not configured. */
  jmx: ReadonlyMap<number, JmxReading>
  /** How each part that has been read went; one that does not apply or was not asked yet is missing. */
  parts: ReadonlyMap<Part, PartState>
  warnings: Warning[]
  /** How many errors each part met; a part without any is missing. */
  errors: ReadonlyMap<Part, number>
  /** Brokers that this reading or an earlier one has identified, by id. */
  known: ReadonlyMap<number, KnownBroker>
}
