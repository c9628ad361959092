import type { KopsError } from '../errors/catalog.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/model.ts'

/** A broker's values from its JMX exporter; null for missing ones. */
export interface JmxReading {
  /** Requests that wait for a handler thread: `kafka.network:type=RequestChannel,name=RequestQueueSize`. */
  requestQueueSize: number | null
  /** 0-1, the share of time in which the request handler threads were idle, over the last minute. */
  handlerIdleRatio: number | null
  /** 1 for the broker that claims to be the active controller, 0 for the others. */
  activeController: number | null
  /** When the broker's process started. */
  startTime: Date | null
  /**
   * Figures that change when the broker's replicas, its leaderships or the controller do, by series; a series that the exporter
   * lacks is missing. While they stay the same, so does the cluster's metadata. Empty for a reading that is repeated.
   */
  counts: ReadonlyMap<string, number>
}

/** The answer, or the silence, of one exporter. */
export type JmxView =
  | { endpoint: BrokerEndpoint; reachable: true; reading: JmxReading }
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/**
 * Reads the brokers' JMX exporters. An exporter that takes 0.1 s or more, because it lacks an allow-list, is read every
 * 30 s at most, and its last values are repeated in between.
 */
export interface JmxReader {
  /** The number of exporters. */
  readonly size: number
  /**
   * Reads every exporter in parallel; the answers are in the configured order. Rejects only if the caller gives up.
   * @param skip indexes of exporters to skip: those of brokers that do not answer
   */
  views(options: Deadline & { skip?: ReadonlySet<number> }): Promise<JmxView[]>
  close(): Promise<void>
}
