import { type Brokers, createBrokers } from './brokers.ts'
import { type ChangeConnections, createChangeConnections } from './change-connections.ts'
import type { ConnectionOptions } from './options.ts'

/**
 * The connections of a process to one cluster: a link to each broker for requests that are answered at once, so that a dead
 * broker is learned once, and connections for changes. Who makes brokers wait (long polls) or moves much data has
 * connections of its own beside it.
 */
export interface Pool {
  readonly brokers: Brokers
  readonly changes: ChangeConnections
  /** Closes all of it; of a shared pool, only through the pool that was made. */
  close(): void
}

/** @throws Error when bootstrapServers is not a list of host:port */
export function createPool(options: ConnectionOptions): Pool {
  const brokers = createBrokers(options)
  const changes = createChangeConnections(options)
  return {
    brokers,
    changes,
    close() {
      brokers.close()
      changes.close()
    }
  }
}

/** The pool in the options, which stays open for its other users, or a new one of the caller's own. */
export function poolOf(options: ConnectionOptions): Pool {
  return options.pool ? { ...options.pool, close() {} } : createPool(options)
}
