import { KopsError } from '../errors/catalog.ts'
import { parseEndpoints } from './endpoints.ts'
import type { QuorumReader } from './quorum-port.ts'
import { createBrokers } from './reading/brokers.ts'
import { withDeadline } from './reading/deadline.ts'
import { askAny } from './reading/fan-out.ts'
import { readQuorum } from './reading/quorum.ts'

export interface QuorumReaderOptions {
  /** Brokers as host:port, separated by commas; those that they name are found. */
  bootstrapServers: string | readonly string[]
  clientId: string
}

/** Time after which the question is put to a second broker too. */
const hedgeMs = 250

/**
 * The QuorumReader port: DescribeQuorum, versions 0 to 2 (Kafka 3.0 on), over one kept connection to each broker.
 * @throws Error when bootstrapServers is not a list of host:port
 */
export function createQuorumReader({ bootstrapServers, clientId }: QuorumReaderOptions): QuorumReader {
  const brokers = createBrokers(parseEndpoints(bootstrapServers), clientId)
  const closing = new AbortController()

  return {
    describeQuorum(options) {
      return withDeadline(options, closing.signal, async (signal) =>
        askAny(await brokers.links(signal), hedgeMs, (link) => readQuorum(link, signal))
      )
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of the quorum is closed'))
      brokers.close()
    }
  }
}
