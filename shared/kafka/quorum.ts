import { isKopsError, KopsError } from '../errors/catalog.ts'
import { parseEndpoints } from './endpoints.ts'
import type { QuorumReader } from './quorum-port.ts'
import { withDeadline } from './reading/deadline.ts'
import { askAny } from './reading/fan-out.ts'
import { createLink } from './reading/link.ts'
import { readQuorum } from './reading/quorum.ts'
import { createRequestBudget, unwatched } from './request-budget.ts'

export interface QuorumReaderOptions {
  /** Brokers as host:port, separated by commas; some of them may be dead. */
  bootstrapServers: string | readonly string[]
  clientId: string
}

/** Time after which the question is put to a second broker too. */
const hedgeMs = 250

/**
 * The QuorumReader port: DescribeQuorum, versions 0 to 2 (Kafka 3.0 on), over one kept connection to each configured broker.
 * The others are not looked for: that would have to wait for those that are dead, and one that answers is enough.
 * @throws Error when bootstrapServers is not a list of host:port
 */
export function createQuorumReader({ bootstrapServers, clientId }: QuorumReaderOptions): QuorumReader {
  // DescribeQuorum is how the quorum is looked at: it waits for no leave.
  const budget = createRequestBudget(unwatched)
  const links = parseEndpoints(bootstrapServers).map((endpoint) => createLink(endpoint, clientId, budget))
  const closing = new AbortController()

  return {
    describeQuorum(options) {
      return withDeadline(options, closing.signal, async (signal) => {
        try {
          return await askAny(links, hedgeMs, (link) => readQuorum(link, signal))
        } catch (error) {
          if (!isKopsError(error, 'broker_unreachable')) throw error
          throw new KopsError('cluster_unreachable', `No broker answers: ${error.message}`, { cause: error })
        }
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of the quorum is closed'))
      for (const link of links) link.close()
    }
  }
}
