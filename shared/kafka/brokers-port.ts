import type { BrokerConfigEntry } from '../contracts/brokers.ts'
import type { Deadline, Reading } from './ports.ts'

export interface ReplicaOnDisk {
  topic: string
  partition: number
  sizeBytes: number
}

/** A log directory of a broker. */
export interface LogDir {
  path: string
  /** Kafka's name of what is wrong with it: KAFKA_STORAGE_ERROR when it is offline. */
  error: string | null
  /** Of its volume; null where Kafka does not tell (before 3.3). */
  totalBytes: number | null
  usableBytes: number | null
  /** Without those that are being moved into it from another directory. */
  replicas: ReplicaOnDisk[]
}

/** New dynamic values by name; null takes the dynamic value away. */
export type ConfigChanges = Record<string, string | null>

/** What administering brokers needs beyond ClusterReader. */
export interface BrokerAdmin {
  /** Log directories by broker id. A broker that does not tell is left out and named in the warnings. */
  logDirs(options: Deadline): Promise<Reading<Map<number, LogDir[]>>>
  /**
   * The configuration of a broker as it has it, or the dynamic default of all brokers.
   * @param broker null for the default
   * @throws KopsError broker_unreachable, kafka_timeout
   */
  configs(broker: number | null, options: Deadline): Promise<BrokerConfigEntry[]>
  /**
   * Changes dynamic values and leaves the others as they are (KIP-226, KIP-339). With ZooKeeper only the broker itself takes
   * changes of its own configuration. Asking twice does no harm.
   * @param broker null for the default of all brokers
   * @param validateOnly Kafka checks everything and changes nothing
   * @throws KopsError broker_config_invalid with the field, broker_unreachable, kafka_timeout (perhaps changed)
   */
  alterConfigs(
    broker: number | null,
    changes: ConfigChanges,
    options: Deadline & { validateOnly: boolean }
  ): Promise<void>
  /**
   * Changes settings of many topics in one request. Asking twice does no harm.
   * @returns topics that do not exist (any more): nothing was changed there
   * @throws KopsError config_invalid, controller_unavailable, cluster_unreachable, kafka_timeout (perhaps changed in part)
   */
  alterTopicConfigs(changes: ReadonlyMap<string, ConfigChanges>, options: { timeoutMs: number }): Promise<string[]>
  /** Idempotent. */
  close(): Promise<void>
}
