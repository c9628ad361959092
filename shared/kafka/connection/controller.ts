import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, metadataV12, type ResponseError } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { type BrokerEndpoint, endpointKey } from '../model.ts'
import { NotConnected } from './change-connections.ts'
import { withDeadline } from './deadline.ts'
import { protocolErrorOf, wholeAnswer } from './errors.ts'
import type { KafkaConnection } from './kafka-connection.ts'
import type { ConnectionOptions } from './options.ts'
import { poolOf } from './pool.ts'
import { createRequestBudget, unwatched } from './request-budget.ts'
import { readView } from './views.ts'

/** How long one broker may take to accept a connection and name the controller. */
const askTimeoutMs = 1500
/** After the first broker has answered, the others have this long to confirm or contradict it. */
const graceMs = 150
const retryDelayMs = 250

/** Makes one request on the connection, within the given milliseconds. */
export type SendChange<T> = (connection: Connection, timeoutMs: number) => Promise<T>

/** Changes to the cluster, which its controller makes. */
export interface Controller {
  /**
   * Finds the cluster's controller and sends it one request. Waits for the successor of a controller that has just died
   * (elected when its ZooKeeper session ends, 6 s here), as long as nothing was sent: it never repeats a request that was
   * sent and not answered, because it may have been carried out.
   *
   * @param timeoutMs time limit of the whole call
   * @returns the result of `send`
   * @throws KopsError metadata_unavailable (the quorum is down, nothing was sent), cluster_unreachable (no broker
   * answers), controller_unavailable (none found in time, nothing was sent), kafka_timeout (sent, not answered); and the
   * error of `send` if Kafka answered with one
   */
  change<T>(timeoutMs: number, send: SendChange<T>): Promise<T>
  /** Rejects calls in flight. Idempotent. */
  close(): void
}

/** The broker times out this long before the client does, so that its own timeout error arrives. */
const answerMarginMs = 500

/** The timeout to put into a request. */
export function brokerTimeout(remainingMs: number): number {
  return Math.max(1, remainingMs - answerMarginMs)
}

/** @throws Error when a server is not `host:port` */
export function createController(options: ConnectionOptions): Controller {
  const pool = poolOf(options)
  const budget = options.budget ?? createRequestBudget(unwatched)
  const closing = new AbortController()

  async function change<T>(timeoutMs: number, send: SendChange<T>): Promise<T> {
    const endsAt = performance.now() + timeoutMs
    const remainingMs = () => Math.max(1, Math.floor(endsAt - performance.now()))
    for (;;) {
      await budget.admit()
      const found = await findController(Math.min(askTimeoutMs, remainingMs()))
      const outcome = found === undefined ? { sent: false as const } : await ask(found, remainingMs, send)
      if (outcome.sent) return outcome.value
      if (remainingMs() <= retryDelayMs) {
        throw new KopsError('controller_unavailable', 'No controller answered in time; nothing was changed', {
          cause: outcome.cause
        })
      }
      await sleep(retryDelayMs, undefined, { signal: closing.signal }).catch(() => {
        throw new KopsError('controller_unavailable', 'The service is closing; nothing was changed')
      })
    }
  }

  /** The controller that most of the answering brokers name; undefined when they name none. */
  async function findController(timeoutMs: number): Promise<BrokerEndpoint | undefined> {
    const asked = pool.brokers.known().map(async (link) => {
      const view = await withDeadline({ deadlineMs: timeoutMs }, closing.signal, (signal) =>
        readView(link, [], signal, true)
      )
      if (!view.reachable) throw view.error
      return view.metadata
    })
    const answers = await firstAnswers(asked, graceMs)
    if (answers.length === 0) throw await noneAnswers(asked)
    const votes = new Map<string, { endpoint: BrokerEndpoint; count: number }>()
    for (const { controllerId, brokers } of answers) {
      const broker = brokers.find(({ id }) => id === controllerId)
      if (broker === undefined) continue
      const key = endpointKey(broker)
      votes.set(key, { endpoint: broker, count: (votes.get(key)?.count ?? 0) + 1 })
    }
    return [...votes.values()].sort((a, b) => b.count - a.count)[0]?.endpoint
  }

  async function ask<T>(
    controller: BrokerEndpoint,
    remainingMs: () => number,
    send: SendChange<T>
  ): Promise<Outcome<T>> {
    try {
      const connection = await pool.changes.take(controller, answersReading, remainingMs(), closing.signal)
      return { sent: true, value: await sendOnce(controller, connection, remainingMs(), send) }
    } catch (error) {
      const refusal = protocolErrorOf(error)
      if (refusal?.kafkaError === 'NOT_CONTROLLER') return { sent: false, cause: error }
      if (refusal !== undefined || error instanceof KopsError) throw error
      if (error instanceof NotConnected) return { sent: false, cause: error }
      const unknown = 'The controller did not answer; the change may have been made: check before retrying'
      throw new KopsError('kafka_timeout', unknown, { cause: error })
    }
  }

  /** Sends the one request. Its connection is given back when the broker has answered, even if the caller stops waiting. */
  async function sendOnce<T>(
    controller: BrokerEndpoint,
    connection: KafkaConnection,
    timeoutMs: number,
    send: SendChange<T>
  ): Promise<T> {
    const giveBack = () => pool.changes.giveBack(controller, connection)
    let sent: Promise<unknown> | undefined
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)])
      return await budget.spend(controller, signal, () => {
        const answer = send(connection, timeoutMs)
        sent = answer
        return answer
      })
    } finally {
      if (sent === undefined) giveBack()
      else sent.then(giveBack, giveBack)
    }
  }

  return {
    change,
    close() {
      closing.abort()
      pool.close()
    }
  }
}

type Outcome<T> = { sent: true; value: T } | { sent: false; cause?: unknown }

function answersReading(connection: Connection): Promise<unknown> {
  return metadataV12.api.async(connection, [], false, false)
}

async function noneAnswers(asked: Promise<unknown>[]): Promise<KopsError> {
  const ends = await Promise.allSettled(asked)
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [messageOf(end.reason)] : []))
  return new KopsError('cluster_unreachable', `No broker answers: ${reasons.join('; ')}; nothing was changed`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
