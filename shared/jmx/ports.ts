import type { KopsError } from '../errors/catalog.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/model.ts'

/** What a broker's JMX exporter reports; null what it does not. */
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
 * Reads the brokers' JMX exporters. One that needs 0.1 s and more, for want of an allow-list, is asked every 30 s at most, and
 * its reading is repeated in between.
 */
export interface JmxReader {
  /** How many exporters there are to ask. */
  readonly size: number
  /**
   * Asks every exporter, in parallel; the answers are in the configured order. Rejects only when the caller gives up.
   * @param skip places of exporters that are not asked: those of brokers that do not answer
   */
  views(options: Deadline & { skip?: ReadonlySet<number> }): Promise<JmxView[]>
  close(): Promise<void>
}
