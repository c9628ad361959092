import { setTimeout as sleep } from 'node:timers/promises'
import { type API, apiVersionsV3 } from '@platformatic/kafka'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { type BrokerEndpoint, formatEndpoint } from '../model.ts'
import { abortable, isOverdue } from './deadline.ts'
import { wholeAnswer, wrapKafkaError } from './errors.ts'
import { KafkaConnection } from './kafka-connection.ts'
import { needOf, onlyReads, type RequestBudget } from './request-budget.ts'
import type { KafkaSecurity } from './security.ts'
import { expectsLogin } from './security-errors.ts'
import { chooseVersion, type VersionRange } from './versions.ts'

/** A broker that has let a request wait this long is silent, not slow: its connection is dropped. */
const patienceMs = 400
/** How long to skip a silent broker, so that it costs one deadline and not one per request. */
const silenceMs = 2500
/** A broker that was silent gets this long to answer the first request after that, whatever the request's own deadline is. */
const secondChanceMs = 900
/** After a login that was refused: a password is replaced in Kafka first and for clients a moment later. */
const secondLoginMs = 250
/** The connection's own time-outs are only the net below the deadlines of the requests. */
const connectTimeout = 15_000
const requestTimeout = 60_000
/** A request that needs the quorum is answered when the quorum is back: its connection stays open for that. */
const quorumTimeout = 3_600_000
/** DescribeQuorum: offered by brokers of a KRaft cluster only. */
export const describeQuorumKey = 55

/**
 * The connection to one broker: opened at the first request, kept, and reopened when it breaks. Requests that need the
 * metadata quorum have a separate connection: a broker answers the requests of a connection in turn, so they delay no
 * others and occupy at most one of its handlers.
 */
export interface BrokerLink {
  readonly endpoint: BrokerEndpoint
  /**
   * Sends one request in the highest version that both sides support. Leaves error codes inside the response: a
   * response in which one partition failed is still useful for the others.
   * @param signal of withDeadline
   * @param evenSilent also sends it to a broker that was just silent, because it may be back
   * @throws KopsError broker_unreachable, kafka_timeout, kafka_refused; metadata_unavailable for a request that needs
   * the quorum while it is down; the signal's reason if the caller gave up
   */
  request<Args extends unknown[], Response>(
    versions: readonly API<Args, Response>[],
    args: Args,
    signal: AbortSignal,
    evenSilent?: boolean
  ): Promise<Response>
  /** Whether the broker offers an API, by its key; undefined until the broker has reported its versions. */
  offers(apiKey: number): boolean | undefined
  close(): void
}

interface Session {
  /** Resolves once the connection is open and the broker has reported its versions. */
  ready: Promise<ReadonlyMap<number, VersionRange>>
  connection: KafkaConnection
  /** Whether the broker has answered a request after the first one, which it answers to everyone. */
  served: boolean
}

export interface LinkOptions {
  clientId: string
  security?: KafkaSecurity | undefined
  /** Of this process, for requests that need the metadata quorum. */
  budget: RequestBudget
  /** How errors name the broker. */
  nameOf?: () => string
}

export function createLink(endpoint: BrokerEndpoint, options: LinkOptions): BrokerLink {
  const { clientId, security, budget, nameOf = () => formatEndpoint(endpoint) } = options
  let session: Session | undefined
  let quorumSession: Session | undefined
  let silentUntil = 0
  let suspect = false
  /** Until the broker has reported its mode, assume the one in which more requests need the quorum. */
  let mode: 'zookeeper' | 'kraft' = 'zookeeper'
  let lastOffered: ReadonlyMap<number, VersionRange> | undefined
  const lately = () => new KopsError('kafka_timeout', `${nameOf()}: no answer lately`)

  function open(timeout: number): Session {
    const connection = new KafkaConnection(endpoint, { clientId, security, connectTimeout, requestTimeout: timeout })
    const opened: Session = { connection, ready: handshake(connection, clientId), served: false }
    const forget = () => {
      if (session === opened) session = undefined
      if (quorumSession === opened) quorumSession = undefined
    }
    connection.on('error', forget)
    connection.on('close', forget)
    connection.onRetire = forget
    opened.ready.then(
      (offered) => {
        lastOffered = offered
        mode = offered.has(describeQuorumKey) ? 'kraft' : 'zookeeper'
      },
      () => {
        forget()
        connection.destroy()
      }
    )
    return opened
  }

  function drop(dropped: Session): void {
    if (session === dropped) session = undefined
    if (quorumSession === dropped) quorumSession = undefined
    dropped.connection.destroy()
  }

  function fallSilent(current: Session): void {
    silentUntil = performance.now() + silenceMs
    suspect = true
    drop(current)
  }

  /**
   * Uses the dedicated connection, and keeps it even if the caller gives up: only the broker's answer settles the
   * account.
   */
  async function requestOfQuorum<Args extends unknown[], Response>(
    versions: readonly API<Args, Response>[],
    args: Args,
    signal: AbortSignal,
    evenSilent = false
  ): Promise<Response> {
    const startedAt = performance.now()
    signal.throwIfAborted()
    if (!evenSilent && performance.now() < silentUntil) throw lately()
    quorumSession ??= open(quorumTimeout)
    const current = quorumSession
    let connected = false
    try {
      await abortable(current.ready, signal)
      connected = true
      const key = keyOf(versions)
      if (needOf(key, args, mode) === 'broker') return await requestOfBroker(versions, args, signal, evenSilent)
      return await budget.spend(endpoint, signal, () => send(current, versions, args), !onlyReads(key))
    } catch (error) {
      if (isOverdue(signal)) {
        if (!connected && performance.now() - startedAt >= patienceMs) fallSilent(current)
        throw new KopsError('kafka_timeout', `${nameOf()}: ${signal.reason.message}`, { cause: error })
      }
      signal.throwIfAborted()
      throw wrapKafkaError(error, nameOf())
    }
  }

  async function requestOfBroker<Args extends unknown[], Response>(
    versions: readonly API<Args, Response>[],
    args: Args,
    signal: AbortSignal,
    evenSilent = false
  ): Promise<Response> {
    const startedAt = performance.now()
    let refused = false
    for (;;) {
      signal.throwIfAborted()
      if (!evenSilent && performance.now() < silentUntil) throw lately()
      const kept = session !== undefined
      const current = session ?? open(requestTimeout)
      session = current
      const patience = suspect ? withSecondChance(signal) : { signal, end: () => {} }
      try {
        const response = await abortable(send(current, versions, args), patience.signal)
        suspect = false
        silentUntil = 0
        current.served = true
        return response
      } catch (error) {
        if (isOverdue(patience.signal)) {
          if (performance.now() - startedAt >= patienceMs) fallSilent(current)
          throw new KopsError('kafka_timeout', `${nameOf()}: ${patience.signal.reason.message}`, { cause: error })
        }
        signal.throwIfAborted()
        const wrapped = wrapKafkaError(error, nameOf())
        // The broker may have closed a kept connection (restart, connections.max.idle.ms) just as it was reused.
        if (kept && isKopsError(wrapped, 'broker_unreachable')) {
          drop(current)
          continue
        }
        if (isKopsError(wrapped, 'kafka_login_refused') && !refused) {
          refused = true
          await abortable(sleep(secondLoginMs), signal)
          continue
        }
        throw security?.sasl || current.served ? wrapped : withLoginHint(wrapped, current)
      } finally {
        patience.end()
      }
    }
  }

  return {
    endpoint,
    request(versions, args, signal, evenSilent) {
      const ask = needOf(keyOf(versions), args, mode) === 'quorum' ? requestOfQuorum : requestOfBroker
      return ask(versions, args, signal, evenSilent)
    },
    offers: (apiKey) => lastOffered?.has(apiKey),
    close() {
      for (const open of [session, quorumSession]) if (open) drop(open)
    }
  }
}

/** The signal of a request to a broker that was silent: aborts when its second chance is over, or as the request's own does. */
function withSecondChance(signal: AbortSignal): { signal: AbortSignal; end(): void } {
  const over = new AbortController()
  const timer = setTimeout(
    () => over.abort(new KopsError('kafka_timeout', `no answer within ${secondChanceMs} ms`)),
    secondChanceMs
  )
  return { signal: AbortSignal.any([signal, over.signal]), end: () => clearTimeout(timer) }
}

function withLoginHint(error: KopsError, { connection }: Session): KopsError {
  if (!connection.wasOpen || !isKopsError(error, 'broker_unreachable')) return error
  return new KopsError(error.code, `${error.message} at the first request, ${expectsLogin}`, { cause: error })
}

async function handshake(connection: KafkaConnection, clientId: string): Promise<ReadonlyMap<number, VersionRange>> {
  await connection.open()
  const { apiKeys } = await apiVersionsV3.api.async(connection, clientId, '1')
  return new Map(apiKeys.map((api) => [api.apiKey, api]))
}

function keyOf(versions: readonly { key: number }[]): number {
  return versions[0]?.key ?? Number.NaN
}

async function send<Args extends unknown[], Response>(
  session: Session,
  versions: readonly API<Args, Response>[],
  args: Args
): Promise<Response> {
  const version = chooseVersion(versions, await session.ready)
  return wholeAnswer(version.async(session.connection, ...args))
}
