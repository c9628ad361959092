import type { Deaths } from '../keeper/deaths.ts'

/** One step of bringing a stack up or down, as shown to the user. */
export interface StackProgress {
  step: string
  state: 'started' | 'done' | 'skipped' | 'failed'
  detail?: string
}

export type OnProgress = (progress: StackProgress) => void

/** A service that runs besides the cluster's nodes. */
export interface StackPart {
  name: string
  url: string
  /** restarting: it died, and is about to be started again. */
  state: 'running' | 'restarting' | 'stopped' | 'left out'
  /** Number of deaths; null if nothing counts. */
  deaths: Deaths | null
  detail?: string
}

/** Data that is lost when the cluster is wiped. */
export interface StoredData {
  /** A node, or a volume of Compose. */
  owner: string
  /** null if unknown. */
  bytes: number | null
}

/**
 * The brokers of a stack that change while it runs. Every verb is idempotent, and continues what an interrupted one began. The
 * definition of the stack has the broker that is added or removed.
 */
export interface StackBrokers {
  /** Keeps the definition, starts its new broker, and resolves once that answers. Others are left alone. */
  addBroker(broker: string, onProgress: OnProgress): Promise<void>
  /**
   * Removes the last broker, which is stopped, with its data, and keeps the definition without it.
   * @throws KopsError node_state_conflict if it runs, or the cluster was set up with it
   */
  removeBroker(broker: string, onProgress: OnProgress): Promise<void>
  /** Lets Prometheus scrape the brokers of the definition, and no others. */
  scrapeBrokers(onProgress: OnProgress): Promise<void>
  /** Lets health-service read the exporters of the brokers of the definition, and no others. */
  watchBrokers(onProgress: OnProgress): Promise<void>
  /** Keeps the definition: what starts from now on starts as it says. */
  keepDefinition(): Promise<void>
  /** Restarts a broker as the kept definition says, and resolves once that answers. */
  restartBroker(broker: string, onProgress: OnProgress): Promise<void>
}

/**
 * The whole system on this machine: the cluster with its agent, the three services, and what observes them. Two adapters,
 * one a runtime. Every verb is idempotent, and mends what an interrupted one left.
 */
export interface Stack extends StackBrokers {
  /** Resolves when everything that was started answers. @throws KopsError runtime_failed with the log that matters */
  up(onProgress: OnProgress): Promise<void>
  /** Takes everything down; the brokers' data stays. */
  down(onProgress: OnProgress): Promise<void>
  /** down(), and deletes the data. */
  wipe(onProgress: OnProgress): Promise<void>
  /**
   * What a wipe would remove; empty if nothing was created. @throws KopsError runtime_failed if that cannot be
   * determined now, for example because no Docker engine answers
   */
  stored(): Promise<StoredData[]>
  /** The services besides the nodes, and their addresses. */
  parts(): Promise<StackPart[]>
}
