import type { KopsError } from '../errors/catalog.ts'
import type { BrokerEndpoint, Deadline } from '../kafka/ports.ts'

export type ZookeeperMode = 'leader' | 'follower' | 'standalone' | 'observer'

/** The answer, or the silence, of one ZooKeeper node. `mode` is null when it answers and serves no quorum. */
export type ZookeeperView =
  | { endpoint: BrokerEndpoint; reachable: true; mode: ZookeeperMode | null }
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/** Asks the nodes of a ZooKeeper ensemble how they are. */
export interface ZookeeperReader {
  /** Asks every configured node, in parallel, and keeps no connection. Rejects only when the caller gives up. */
  views(options: Deadline): Promise<ZookeeperView[]>
}
