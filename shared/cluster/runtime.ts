import type {
  ClusterStatus,
  Fault,
  FaultKindStatus,
  Impairment,
  NodeStatus,
  Reachability,
  RuntimeKind
} from '../contracts/cluster.ts'

/** The part of a fault that a runtime needs to put it in place. */
export type Impairing = Pick<Fault, 'id' | 'cut' | 'slow'> & { kind: Impairment['kind'] }

/**
 * The nodes of one cluster, as the agent drives them. Two adapters: compose (containers) and local (processes in
 * network namespaces, or on loopback). Names are `kafka-1..3` and `zookeeper-1..3`; any other name rejects with
 * `node_not_found`. Every command is idempotent: it resolves if the requested state already holds. A command that the
 * node's state does not allow (pausing a stopped node) rejects with `node_state_conflict`; one that fails, with
 * `runtime_failed`.
 */
export interface NodeRuntime {
  readonly kind: RuntimeKind
  /** Whether nodes can be isolated here, how, and what is missing if not. */
  readonly isolation: ClusterStatus['isolation']
  /** A row for each kind of fault: whether it can be injected here, how, and what is missing if not. */
  readonly faultKinds: readonly FaultKindStatus[]

  /** Starts stopped nodes and waits until each answers its own protocol. Undoes isolation and pauses. */
  up(options?: { signal?: AbortSignal }): Promise<void>
  /** Stops every node gracefully, brokers first, and removes everything that up() created except the nodes' data. */
  down(): Promise<void>
  /** down(), and deletes the nodes' data. */
  wipe(): Promise<void>

  status(): Promise<NodeStatus[]>
  /** The last lines of a node's log, oldest first. */
  logs(node: string, options: { lines: number }): Promise<string[]>

  /** Starts a node and resolves once it answers its own protocol, or rejects after the start-up deadline. */
  start(node: string): Promise<void>
  /** SIGTERM: a broker moves its leaders first. Resolves once the process is gone; kills it after 30 s. */
  stop(node: string): Promise<void>
  /** Removes a stopped node with its data, and what start() made for it. Idempotent. */
  remove(node: string): Promise<void>
  /** SIGKILL. The page cache survives: this does not rehearse a power failure. */
  kill(node: string): Promise<void>
  /** SIGSTOP: the node keeps its connections and answers nothing. */
  pause(node: string): Promise<void>
  /** SIGCONT. */
  resume(node: string): Promise<void>
  /** Cuts the node off from all others and from the clients on this machine. @throws KopsError fault_unavailable */
  isolate(node: string): Promise<void>
  /**
   * Puts a fault in place that leaves the node running; status() reports it among the node's impairments.
   * @throws KopsError fault_unavailable
   */
  impair(node: string, fault: Impairing): Promise<void>
  /** Removes every impairment of a node. */
  unimpair(node: string): Promise<void>
  /** Undoes isolate(), and removes what impair() did to the network. */
  heal(node: string): Promise<void>

  /** Which nodes can open connections to which others, tried from within each that runs, within 1 s. */
  reach(): Promise<Reachability['from']>

  /** Releases the adapter's resources (watchers, sockets); the nodes keep running. */
  close(): Promise<void>
}

/** The addresses of a cluster's nodes on this machine. */
export interface ClusterAddresses {
  name: string
  bootstrapServers: string[]
  zookeeperServers: string[]
}
