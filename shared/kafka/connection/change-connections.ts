import { type BrokerEndpoint, endpointKey, formatEndpoint } from '../model.ts'
import { abortable } from './deadline.ts'
import { KafkaConnection } from './kafka-connection.ts'
import type { ConnectionOptions } from './options.ts'

/** A kept connection is closed when no change has used it for so long; brokers close it after ten minutes. */
const idleMs = 60_000
/** Changes beside each other, for which a connection is kept. */
const mostIdle = 4
/** How long one broker may take to accept a connection, and to answer the first request on it. */
const connectTimeoutMs = 1500
/** A change keeps its connection until the broker has answered, even without a waiting caller, so that its completion is known. */
const requestTimeout = 3_600_000

/** Nothing was sent: there is no connection to a broker that answers. */
export class NotConnected extends Error {}

/**
 * Connections for requests that change something, one for each request that is under way: a broker answers the requests of one
 * connection in turn, and a change may wait for the quorum.
 */
export interface ChangeConnections {
  /**
   * A connection on which nothing is under way, kept from an earlier change or new.
   * @param check a reading that the broker must answer on it first: a paused process accepts connections, and a kept one may be
   * dead
   * @throws NotConnected
   */
  take(
    endpoint: BrokerEndpoint,
    check: (connection: KafkaConnection) => Promise<unknown>,
    timeoutMs: number,
    signal: AbortSignal
  ): Promise<KafkaConnection>
  /** Takes a connection back after its last answer. */
  giveBack(endpoint: BrokerEndpoint, connection: KafkaConnection): void
  close(): void
}

export function createChangeConnections({
  clientId,
  security
}: Pick<ConnectionOptions, 'clientId' | 'security'>): ChangeConnections {
  const idle = new Map<string, { connection: KafkaConnection; timer: NodeJS.Timeout }[]>()
  const open = new Set<KafkaConnection>()
  let closed = false

  function takeIdle(key: string): KafkaConnection | undefined {
    const kept = idle.get(key)?.pop()
    clearTimeout(kept?.timer)
    return kept?.connection
  }

  function forget(key: string, connection: KafkaConnection): void {
    open.delete(connection)
    const others = (idle.get(key) ?? []).filter((kept) => {
      if (kept.connection === connection) clearTimeout(kept.timer)
      return kept.connection !== connection
    })
    idle.set(key, others)
  }

  async function connect(endpoint: BrokerEndpoint, timeoutMs: number): Promise<KafkaConnection> {
    const connectTimeout = Math.min(connectTimeoutMs, timeoutMs)
    const connection = new KafkaConnection(endpoint, { clientId, security, connectTimeout, requestTimeout })
    open.add(connection)
    connection.on('close', () => forget(endpointKey(endpoint), connection))
    await connection.open().catch((cause: unknown) => {
      connection.destroy()
      throw new NotConnected(`${formatEndpoint(endpoint)} does not accept connections`, { cause })
    })
    return connection
  }

  async function answers(
    connection: KafkaConnection,
    check: (connection: KafkaConnection) => Promise<unknown>,
    timeoutMs: number,
    signal: AbortSignal
  ): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.min(connectTimeoutMs, timeoutMs))])
    await abortable(check(connection), limit).catch((cause: unknown) => {
      connection.destroy()
      throw new NotConnected('it does not answer', { cause })
    })
  }

  return {
    async take(endpoint, check, timeoutMs, signal) {
      if (closed || signal.aborted) throw new NotConnected('closed')
      const kept = takeIdle(endpointKey(endpoint))
      if (kept) {
        const alive = await answers(kept, check, timeoutMs, signal).then(
          () => true,
          () => false
        )
        if (alive) return kept
      }
      const connection = await connect(endpoint, timeoutMs)
      await answers(connection, check, timeoutMs, signal)
      return connection
    },

    giveBack(endpoint, connection) {
      const key = endpointKey(endpoint)
      const others = idle.get(key) ?? []
      if (closed || !open.has(connection) || !connection.isConnected() || others.length >= mostIdle) {
        connection.destroy()
        return
      }
      const timer = setTimeout(() => connection.destroy(), idleMs).unref()
      idle.set(key, [...others, { connection, timer }])
    },

    close() {
      closed = true
      for (const connection of [...open]) connection.destroy()
    }
  }
}
