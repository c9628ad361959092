import type { KopsError } from '../errors/catalog.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/model.ts'

export type ZookeeperMode = 'leader' | 'follower' | 'standalone' | 'observer'

/** What a node tells of itself. A node that answers and serves no quorum tells nothing but that. */
export interface ZookeeperStats {
  outstandingRequests: number | null
  /** How long requests took since the node started, milliseconds. */
  latencyMs: { min: number; avg: number; max: number } | null
  /** Client connections, this one included. */
  connections: number | null
  /** The last transaction that it has applied, `0x100000a3f`. */
  zxid: string | null
  nodeCount: number | null
  version: string | null
}

/** The answer, or the silence, of one ZooKeeper node. `mode` is null when it answers and serves no quorum. */
export type ZookeeperView =
  | ({ endpoint: BrokerEndpoint; reachable: true; mode: ZookeeperMode | null } & ZookeeperStats)
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/** Asks the nodes of a ZooKeeper ensemble how they are. */
export interface ZookeeperReader {
  /**
   * Asks every configured node, in parallel, and keeps no connection. Rejects only when the caller gives up.
   * @param brief one question a node, `srvr`: averages of latency may be whole milliseconds
   */
  views(options: Deadline & { brief?: boolean }): Promise<ZookeeperView[]>
}
