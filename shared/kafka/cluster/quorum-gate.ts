import { isKopsError } from '../../errors/catalog.ts'
import type { TlsFiles } from '../../tls-files.ts'
import { servesQuorum } from '../../zookeeper/srvr.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import {
  createRequestBudget,
  type QuorumGate,
  type QuorumState,
  type RequestBudget
} from '../connection/request-budget.ts'
import { parseEndpoints } from '../model.ts'
import { createQuorumReader } from './quorum-reader.ts'

export interface QuorumGateOptions extends Omit<ConnectionOptions, 'budget'> {
  /** ZooKeeper nodes as host:port; none for a KRaft cluster, or where they are not known. */
  zookeeperServers: readonly string[]
  zookeeperTls?: TlsFiles | undefined
}

const deadlineMs = 900
const maxAgeMs = 1000

/**
 * Asks ZooKeeper nodes for `srvr`, or the brokers of a cluster without ZooKeeper for DescribeQuorum, on demand. Brokers
 * that are slow to report whether they have their own quorum may use ZooKeeper nodes that kops does not know: they are
 * `unknown`. An ensemble of which no node has ever answered is `unknown`: the setting may be wrong, or the nodes
 * unreachable for kops.
 */
export function createQuorumGate({ zookeeperServers, zookeeperTls, ...options }: QuorumGateOptions): QuorumGate {
  const zookeepers = zookeeperServers.length === 0 ? [] : parseEndpoints(zookeeperServers)
  const reader = zookeepers.length === 0 ? createQuorumReader(options) : undefined
  let everAnswered = false
  /** Brokers that offer no DescribeQuorum keep their metadata in ZooKeeper, and will not change that while this process lives. */
  let withoutQuorum = false
  let reading: Promise<QuorumState> | undefined
  let readAtMs = Number.NEGATIVE_INFINITY

  async function ask(): Promise<QuorumState> {
    if (withoutQuorum) return 'unknown'
    if (reader) {
      return reader.describeQuorum({ deadlineMs }).then(
        ({ kind }) => {
          withoutQuorum = kind === 'zookeeper'
          return kind === 'kraft' ? 'present' : 'unknown'
        },
        (error: unknown) => (isKopsError(error, 'controller_unavailable') ? 'absent' : 'unknown')
      )
    }
    const { answered, serves } = await servesQuorum(zookeepers, deadlineMs, zookeeperTls)
    everAnswered ||= answered
    if (serves) return 'present'
    return everAnswered ? 'absent' : 'unknown'
  }

  return {
    state() {
      if (reading === undefined || performance.now() - readAtMs > maxAgeMs) {
        // A reading in progress is as fresh as one that starts now.
        readAtMs = Number.POSITIVE_INFINITY
        reading = ask().finally(() => {
          readAtMs = performance.now()
        })
      }
      return reading
    },
    async close() {
      await reader?.close()
    }
  }
}

/** The budget of a process that can look at the quorum. @throws Error when a server is not host:port */
export function createWatchedBudget(options: QuorumGateOptions): RequestBudget {
  return createRequestBudget(createQuorumGate(options))
}
