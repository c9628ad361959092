import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, metadataV12, type ResponseError } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { type BrokerEndpoint, endpointKey, formatEndpoint, parseEndpoints } from '../model.ts'
import { abortable } from './deadline.ts'
import { protocolErrorOf, wholeAnswer } from './errors.ts'
import { KafkaConnection } from './kafka-connection.ts'
import type { ConnectionOptions } from './options.ts'
import { createRequestBudget, type RequestBudget, unwatched } from './request-budget.ts'

/** How long one broker may take to accept a connection and name the controller. */
const askTimeoutMs = 1500
/** After the first broker has answered, the others have this long to confirm or contradict it. */
const graceMs = 150
const retryDelayMs = 250
/**
 * A sent request keeps its connection until the broker has answered, even without a waiting caller, so that its
 * completion is known.
 */
const answerTimeoutMs = 3_600_000

export interface ControllerOptions extends Pick<ConnectionOptions, 'clientId' | 'security'> {
  bootstrapServers: BrokerEndpoint[]
  /** All that goes to the controller needs the metadata quorum. */
  budget: RequestBudget
  /** Time limit of the whole call. */
  timeoutMs: number
  signal: AbortSignal
}

/** Finds the controller, separately for each call, until closed. */
export interface ControllerTarget {
  /** @param timeoutMs time limit of the whole call */
  within(timeoutMs: number): ControllerOptions
  /** Rejects calls in flight. Idempotent. */
  close(): void
}

/** @throws Error when a server is not `host:port` */
export function createControllerTarget({
  bootstrapServers,
  budget = createRequestBudget(unwatched),
  ...how
}: ConnectionOptions): ControllerTarget {
  const endpoints = parseEndpoints(bootstrapServers)
  const closing = new AbortController()
  return {
    within: (timeoutMs) => ({ ...how, bootstrapServers: endpoints, budget, timeoutMs, signal: closing.signal }),
    close: () => closing.abort()
  }
}

/** The broker times out this long before the client does, so that its own timeout error arrives. */
const answerMarginMs = 500

/** The timeout to put into a request. */
export function brokerTimeout(remainingMs: number): number {
  return Math.max(1, remainingMs - answerMarginMs)
}

/**
 * Finds the cluster's controller and sends it one request. Waits for the successor of a controller that has just died
 * (elected when its ZooKeeper session ends, 6 s here), as long as nothing was sent: it never repeats a request that was
 * sent and not answered, because it may have been carried out.
 *
 * Each call makes its own connections. Changes are rare, and a kept connection may be dead by the next one.
 *
 * | @param send makes the request, within the given milliseconds
 * @returns the result of `send`
 * @throws KopsError metadata_unavailable (the quorum is down, nothing was sent), cluster_unreachable (no broker
 * answers), controller_unavailable (none found in time, nothing was sent), kafka_timeout (sent, not answered); and the
 * error of `send` if Kafka answered with one
 */
export async function onController<T>(
  options: ControllerOptions,
  send: (connection: Connection, timeoutMs: number) => Promise<T>
): Promise<T> {
  const endsAt = performance.now() + options.timeoutMs
  const remainingMs = () => Math.max(1, Math.floor(endsAt - performance.now()))
  for (;;) {
    await options.budget.admit()
    const found = await findController(options, Math.min(askTimeoutMs, remainingMs()))
    const outcome = found === undefined ? { sent: false as const } : await ask(options, found, remainingMs, send)
    if (outcome.sent) return outcome.value
    if (remainingMs() <= retryDelayMs) {
      throw new KopsError('controller_unavailable', 'No controller answered in time; nothing was changed', {
        cause: outcome.cause
      })
    }
    await sleep(retryDelayMs, undefined, { signal: options.signal }).catch(() => {
      throw new KopsError('controller_unavailable', 'The service is closing; nothing was changed')
    })
  }
}

type Outcome<T> = { sent: true; value: T } | { sent: false; cause?: unknown }

async function ask<T>(
  options: ControllerOptions,
  controller: BrokerEndpoint,
  remainingMs: () => number,
  send: (connection: Connection, timeoutMs: number) => Promise<T>
): Promise<Outcome<T>> {
  // A paused process accepts connections but answers nothing: a broker must answer a reading before it gets a change.
  const alive = await metadataOf(controller, options, Math.min(askTimeoutMs, remainingMs())).catch((cause) => ({
    cause
  }))
  if ('cause' in alive) return { sent: false, cause: alive.cause }
  const timeoutMs = remainingMs()
  try {
    return { sent: true, value: await change(controller, options, timeoutMs, send) }
  } catch (error) {
    const refusal = protocolErrorOf(error)
    if (refusal?.kafkaError === 'NOT_CONTROLLER') return { sent: false, cause: error }
    if (refusal !== undefined || error instanceof KopsError) throw error
    if (error instanceof NotConnected) return { sent: false, cause: error }
    throw new KopsError(
      'kafka_timeout',
      'The controller did not answer; the change may have been made: check before retrying',
      {
        cause: error
      }
    )
  }
}

/** The controller that most of the answering brokers name; undefined when they name none. */
async function findController(options: ControllerOptions, timeoutMs: number): Promise<BrokerEndpoint | undefined> {
  const asked = options.bootstrapServers.map((endpoint) => metadataOf(endpoint, options, timeoutMs))
  const answers = await firstAnswers(asked, graceMs)
  if (answers.length === 0) {
    const names = options.bootstrapServers.map(formatEndpoint).join(', ')
    throw new KopsError('cluster_unreachable', `None of ${names} answers; nothing was changed`)
  }
  const votes = new Map<string, { endpoint: BrokerEndpoint; count: number }>()
  for (const { controllerId, brokers } of answers) {
    const broker = brokers.find(({ nodeId }) => nodeId === controllerId)
    if (broker === undefined) continue
    const key = endpointKey(broker)
    votes.set(key, { endpoint: broker, count: (votes.get(key)?.count ?? 0) + 1 })
  }
  return [...votes.values()].sort((a, b) => b.count - a.count)[0]?.endpoint
}

function metadataOf(endpoint: BrokerEndpoint, options: ControllerOptions, timeoutMs: number) {
  return withConnection(endpoint, options, timeoutMs, (connection) =>
    metadataV12.api.async(connection, [], false, false)
  )
}

/** Nothing was sent: the connection failed. */
class NotConnected extends Error {}

/** Sends the one request. Its connection stays open even if the caller stops waiting. */
async function change<T>(
  controller: BrokerEndpoint,
  options: ControllerOptions,
  timeoutMs: number,
  send: (connection: Connection, timeoutMs: number) => Promise<T>
): Promise<T> {
  const { connection, close } = await connectTo(controller, options, timeoutMs, answerTimeoutMs)
  let sent: Promise<unknown> | undefined
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)])
    return await options.budget.spend(controller, signal, () => {
      const answer = send(connection, timeoutMs)
      sent = answer
      return answer
    })
  } finally {
    if (sent === undefined) close()
    else sent.then(close, close)
  }
}

async function withConnection<T>(
  endpoint: BrokerEndpoint,
  options: ControllerOptions,
  timeoutMs: number,
  use: (connection: Connection) => Promise<T>
): Promise<T> {
  const { connection, close } = await connectTo(endpoint, options, timeoutMs, timeoutMs)
  try {
    return await abortable(use(connection), options.signal)
  } finally {
    close()
  }
}

/** @throws NotConnected */
async function connectTo(
  endpoint: BrokerEndpoint,
  { clientId, security, signal }: ControllerOptions,
  timeoutMs: number,
  requestTimeout: number
): Promise<{ connection: Connection; close: () => void }> {
  const connectTimeout = Math.min(askTimeoutMs, timeoutMs)
  const connection = new KafkaConnection(endpoint, { clientId, security, connectTimeout, requestTimeout })
  const close = () => {
    signal.removeEventListener('abort', close)
    void connection.close().catch(() => {})
  }
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) throw new NotConnected('closed')
  try {
    await connection.open()
  } catch (cause) {
    close()
    throw new NotConnected(`${formatEndpoint(endpoint)} does not accept connections`, { cause })
  }
  return { connection, close }
}

/** Like wholeAnswer, but throws if the broker is no longer the controller, so that onController looks for the next one. */
export async function answerOfController<T>(answer: Promise<T>): Promise<T> {
  return wholeAnswer(answer, ({ errors }: ResponseError) => errors.some((inner) => inner['apiId'] === 'NOT_CONTROLLER'))
}

/** The values of the promises that are fulfilled when all have settled, or `graceMs` after the first was fulfilled. */
async function firstAnswers<T>(promises: Promise<T>[], graceMs: number): Promise<T[]> {
  const values: T[] = []
  const collected = promises.map((promise) =>
    promise.then(
      (value) => void values.push(value),
      () => {}
    )
  )
  const all = Promise.all(collected)
  await Promise.race([all, Promise.any(promises).catch(() => all)])
  const ended = new AbortController()
  await Promise.race([
    all.finally(() => ended.abort()),
    sleep(graceMs, undefined, { signal: ended.signal }).catch(() => {})
  ])
  return values
}
