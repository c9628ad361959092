import type {
  ClusterStatus,
  Fault,
  InjectFault,
  NodeLogs,
  NodeStatus,
  NodeVerb,
  Reachability
} from '../contracts/cluster.ts'
import type { FindRecords, FoundRecords } from '../contracts/replica-records.ts'

/**
 * The agent from its callers' view: the only process that touches Docker, network namespaces or the nodes' processes,
 * reached over a unix socket. Every method rejects with `agent_unreachable` if it does not answer, and with the agent's
 * own KopsError otherwise.
 */
export interface Agent {
  status(): Promise<ClusterStatus>
  /** Starts the whole cluster and resolves when each node answers. */
  up(): Promise<ClusterStatus>
  /** Heals every fault, stops every node. */
  down(): Promise<void>
  /** down(), and deletes the data. */
  wipe(): Promise<void>
  /**
   * One command on one node, lasting until the opposite command.
   * @param reason in the caller's words, for the audit trail
   * @throws KopsError node_not_found, node_state_conflict
   */
  node(node: string, verb: NodeVerb, reason?: string): Promise<NodeStatus>
  /**
   * Removes a stopped broker that was added to the cluster, with its data. Idempotent.
   * @throws KopsError node_not_found, node_state_conflict: it runs, was set up, votes, or is not the last one
   */
  remove(node: string): Promise<void>
  logs(node: string, lines: number): Promise<NodeLogs>

  /**
   * Injects a fault under a lease and resolves once it has taken effect. Its inverse is written to disk first. The
   * fault heals when the lease expires, on request, or when the agent starts again after a crash.
   * @throws KopsError node_not_found, node_state_conflict, fault_conflict (the node has another fault, or the id is taken),
   * fault_not_found (it was healed before it was in place),
   * validation_failed (a parameter is missing, or is one of another kind), fault_unavailable,
   * storage_unavailable (it cannot be recorded)
   */
  inject(fault: InjectFault): Promise<Fault>
  /** Extends the lease to leaseMs from now. @throws KopsError fault_not_found, also if it has already healed */
  renew(id: string, leaseMs: number): Promise<Fault>
  /**
   * Heals a fault and resolves when the node is back. Of one that is being injected, nothing more is done, and what was done is
   * undone. Idempotent. @throws KopsError fault_not_found
   */
  heal(id: string): Promise<Fault>
  /** With whether the node shows it now, while it is open. @throws KopsError fault_not_found */
  fault(id: string): Promise<Fault>
  /** Which nodes can open connections to which others now, tried from within each. Takes a little over 1 s at most. */
  reach(): Promise<Reachability>
  /**
   * Which replicas' logs have records, by their offsets and keys; nothing else of a log is said. Takes some seconds a replica.
   * @throws KopsError runtime_failed where nodes are containers
   */
  findRecords(question: FindRecords): Promise<FoundRecords>
  close(): Promise<void>
}

export type AgentVerb = Exclude<keyof Agent, 'close'>

/** What drills need, and all that load-test-service may do: faults that end, of nodes of the running cluster. */
export const drillVerbs = [
  'status',
  'inject',
  'renew',
  'heal',
  'fault',
  'reach',
  'findRecords'
] as const satisfies AgentVerb[]

/** The agent from the view of drills. */
export type DrillAgent = Pick<Agent, (typeof drillVerbs)[number] | 'close'>
