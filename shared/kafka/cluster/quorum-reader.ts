import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { abortable, withDeadline } from '../connection/deadline.ts'
import { askAny } from '../connection/fan-out.ts'
import { createLink, describeQuorumKey } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { createRequestBudget, unwatched } from '../connection/request-budget.ts'
import { type BrokerEndpoint, parseEndpoints } from '../model.ts'
import { readQuorum } from './describe-quorum.ts'
import type { KraftQuorum, NoQuorum, QuorumReader } from './port.ts'

/**
 * A broker without a leader to forward the request to gives up by itself: after controller.socket.timeout.ms, 6 s in
 * kops' clusters. A broker without an answer by then is asked over a new connection.
 */
const unansweredMs = 10_000

/**
 * The QuorumReader port: DescribeQuorum, versions 0 to 2 (Kafka 3.0 and later), over one dedicated connection to each
 * configured broker: while a request waits there, other requests proceed. It does not discover other brokers: that
 * would have to wait for dead ones, and one answer suffices. Each broker has at most one request to answer.
 * @throws Error if bootstrapServers is not a list of host:port
 */
export function createQuorumReader({ bootstrapServers, ...options }: Omit<ConnectionOptions, 'budget'>): QuorumReader {
  const closing = new AbortController()
  let brokers = parseEndpoints(bootstrapServers).map((endpoint) => askOneAtATime(endpoint, options, closing.signal))
  /** The kind of metadata quorum does not change while this process lives, except from ZooKeeper to KRaft. */
  let kraft = false

  async function ask(): Promise<KraftQuorum | NoQuorum> {
    try {
      return await askAny(brokers, async (broker) => {
        const answer = await broker.ask()
        // The next request goes to the broker that answered this one.
        brokers = [broker, ...brokers.filter((other) => other !== broker)]
        return answer
      })
    } catch (error) {
      if (!isKopsError(error, 'broker_unreachable')) throw error
      throw new KopsError('cluster_unreachable', `No broker answers: ${error.message}`, { cause: error })
    }
  }

  return {
    describeQuorum(options) {
      return withDeadline(options, closing.signal, async (signal) => {
        try {
          const answer = await abortable(ask(), signal)
          kraft = answer.kind === 'kraft'
          return answer
        } catch (error) {
          kraft ||= brokers.some((broker) => broker.isKraft())
          if (!kraft || !isKopsError(error, 'kafka_timeout')) throw error
          const message = `No controller leads the quorum, or the brokers cannot reach it: ${error.message}`
          throw new KopsError('controller_unavailable', message, { cause: error })
        }
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of the quorum is closed'))
      for (const broker of brokers) broker.close()
    }
  }
}

/** A broker gets its next request after answering the previous one; concurrent callers wait for that. */
function askOneAtATime(
  endpoint: BrokerEndpoint,
  options: Pick<ConnectionOptions, 'clientId' | 'security'>,
  closing: AbortSignal
) {
  // DescribeQuorum itself checks the quorum, so it needs no permission.
  const budget = createRequestBudget(unwatched)
  let link = createLink(endpoint, { ...options, budget })
  let asked: Promise<KraftQuorum | NoQuorum> | undefined

  async function question(): Promise<KraftQuorum | NoQuorum> {
    const startedAt = performance.now()
    try {
      return await withDeadline({ deadlineMs: unansweredMs }, closing, (signal) => readQuorum(link, signal))
    } catch (error) {
      if (!closing.aborted && performance.now() - startedAt >= unansweredMs) {
        link.close()
        link = createLink(endpoint, { ...options, budget })
      }
      throw error
    } finally {
      asked = undefined
    }
  }

  return {
    ask() {
      asked ??= question()
      return asked
    },
    isKraft: () => link.offers(describeQuorumKey) === true,
    close: () => link.close()
  }
}
