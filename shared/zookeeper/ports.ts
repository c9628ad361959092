import type { KopsError } from '../errors/catalog.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/model.ts'

export type ZookeeperMode = 'leader' | 'follower' | 'standalone' | 'observer'

/** A node's report on itself. A node that answers without serving a quorum reports only that. */
export interface ZookeeperStats {
  outstandingRequests: number | null
  /** Latency of requests since the node started, in milliseconds. */
  latencyMs: { min: number; avg: number; max: number } | null
  /** Client connections, this one included. */
  connections: number | null
  /** The last transaction that it has applied, `0x100000a3f`. */
  zxid: string | null
  nodeCount: number | null
  version: string | null
}

/** The answer, or the silence, of one ZooKeeper node. `mode` is null if it answers but serves no quorum. */
export type ZookeeperView =
  | ({ endpoint: BrokerEndpoint; reachable: true; mode: ZookeeperMode | null } & ZookeeperStats)
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/** Reads the state of a ZooKeeper ensemble's nodes. */
export interface ZookeeperReader {
  /**
   * Asks every configured node, in parallel, and keeps no connection. Rejects only if the caller gives up.
   * @param brief one request per node, `srvr`: latency averages may then be whole milliseconds
   */
  views(options: Deadline & { brief?: boolean }): Promise<ZookeeperView[]>
}
