import type { ClusterStatus, NodeStatus, RuntimeKind } from '../contracts/cluster.ts'

/**
 * The nodes of one cluster, as the agent drives them. Two adapters: compose (containers) and local (processes in network
 * namespaces, or on loopback). Names are `kafka-1..3` and `zookeeper-1..3`; another name rejects with `node_not_found`.
 * Every verb is idempotent: asked for a state that holds already, it resolves. A verb that cannot be carried out in the
 * node's present state (pausing a stopped node) rejects with `node_state_conflict`; one that fails, with `runtime_failed`.
 */
export interface NodeRuntime {
  readonly kind: RuntimeKind
  /** Whether nodes can be cut off from the network here, how, and what is missing if not. */
  readonly isolation: ClusterStatus['isolation']

  /** Starts what is not running and waits until each node answers its own protocol. Isolation and pauses are undone. */
  up(options?: { signal?: AbortSignal }): Promise<void>
  /** Stops every node gracefully, brokers first, and removes what up() made beside the nodes' data. */
  down(): Promise<void>
  /** down(), and the nodes' data is gone. */
  wipe(): Promise<void>

  status(): Promise<NodeStatus[]>
  /** The last lines of a node's log, oldest first. */
  logs(node: string, options: { lines: number }): Promise<string[]>

  /** Starts a node and resolves when it answers its own protocol, or rejects after the start-up deadline. */
  start(node: string): Promise<void>
  /** SIGTERM: a broker moves its leaders first. Resolves when the process is gone; after 30 s it is killed. */
  stop(node: string): Promise<void>
  /** SIGKILL. The page cache survives: this does not rehearse a power failure. */
  kill(node: string): Promise<void>
  /** SIGSTOP: the node keeps its connections and answers nothing. */
  pause(node: string): Promise<void>
  /** SIGCONT. */
  resume(node: string): Promise<void>
  /** Cuts the node off from all others and from the clients on this machine. @throws KopsError isolation_unavailable */
  isolate(node: string): Promise<void>
  /** Undoes isolate(). */
  heal(node: string): Promise<void>

  /** Releases what the adapter holds (watchers, sockets); the nodes keep running. */
  close(): Promise<void>
}

/** Where the nodes of a cluster are reached from this machine. */
export interface ClusterAddresses {
  name: string
  bootstrapServers: string[]
  zookeeperServers: string[]
}
