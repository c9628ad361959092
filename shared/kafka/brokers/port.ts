import type { BrokerConfigEntry } from '../../contracts/brokers.ts'
import type { ConfigChanges, Deadline, Reading } from '../model.ts'

export interface ReplicaSize {
  broker: number
  topic: string
  partition: number
  sizeBytes: number
}

/** One log directory of one broker (KIP-827). */
export interface LogDirReading {
  /** Broker id. */
  broker: number
  dir: string
  /** Sum of the replicas in it. */
  sizeBytes: number
  /** Of its volume; null before Kafka 3.3, and while the directory is offline. */
  totalBytes: number | null
  usableBytes: number | null
  /** false when the broker has given it up after an I/O error. */
  online: boolean
}

/** Reads the log directories of all brokers. As ClusterReader's, no method rejects for one broker. */
export interface LogDirReader {
  /** Sizes of all replicas, or of those of some topics, from the log directories of each broker. */
  replicaSizes(topics: string[] | undefined, options: Deadline): Promise<Reading<ReplicaSize[]>>
  /** The log directories of each broker and all replicas in them, from one question a broker. */
  logDirs(options: Deadline): Promise<Reading<{ dirs: LogDirReading[]; replicaSizes: ReplicaSize[] }>>
}

/** Reads what brokers are configured with. As ClusterReader's, no method rejects for one broker. */
export interface BrokerSettingsReader {
  /** Some settings of each broker as it has them, by broker id. Leaves out settings without a value. */
  brokerSettings(
    names: readonly string[],
    options: Deadline
  ): Promise<Reading<Map<number, ReadonlyMap<string, string>>>>
}

export interface ReplicaOnDisk {
  topic: string
  partition: number
  sizeBytes: number
}

/** A log directory of a broker. */
export interface LogDir {
  path: string
  /** Kafka's name of its error: KAFKA_STORAGE_ERROR if it is offline. */
  error: string | null
  /** Of its volume; null if Kafka does not report it (before 3.3). */
  totalBytes: number | null
  usableBytes: number | null
  /** Excludes replicas that are moving into it from another directory. */
  replicas: ReplicaOnDisk[]
}

/** Reads and changes brokers: their log directories and their dynamic configuration. */
export interface BrokerAdmin {
  /** Log directories by broker id. Leaves out brokers that do not report, and names them in the warnings. */
  logDirs(options: Deadline): Promise<Reading<Map<number, LogDir[]>>>
  /**
   * The configuration of a broker as it has it, or the dynamic default of all brokers.
   * @param broker null for the default
   * @throws KopsError broker_unreachable, kafka_timeout
   */
  configs(broker: number | null, options: Deadline): Promise<BrokerConfigEntry[]>
  /**
   * Changes dynamic values and leaves the others unchanged (KIP-226, KIP-339). With ZooKeeper only the broker itself
   * accepts changes of its own configuration. Idempotent.
   * @param broker null for the cluster-wide default
   * @param validateOnly Kafka validates everything and changes nothing
   * @throws KopsError broker_config_invalid with the field, broker_unreachable, kafka_timeout (perhaps changed)
   */
  alterConfigs(
    broker: number | null,
    changes: ConfigChanges,
    options: Deadline & { validateOnly: boolean }
  ): Promise<void>
  /**
   * Has the controllers of a KRaft cluster forget a broker (KIP-631). Idempotent.
   * @returns whether it was registered
   * @throws KopsError controller_unavailable, kafka_timeout (perhaps done), kafka_refused
   */
  unregister(broker: number, options: { timeoutMs: number }): Promise<boolean>
  /** Idempotent. */
  close(): Promise<void>
}

/** Identifies the release of a broker, which Kafka does not report itself. */
export interface BrokerVersions {
  /**
   * @returns levels of the finalized features by name, none on a ZooKeeper cluster; the versions of each API by its key
   * @throws KopsError broker_unreachable, kafka_timeout
   */
  versions(
    broker: number,
    options: Deadline
  ): Promise<{ features: Record<string, number>; apis: Record<string, [least: number, most: number]> }>
}
