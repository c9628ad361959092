import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { QuorumReader } from '#shared/kafka/cluster/port.ts'
import { brokerName, parseEndpoints } from '#shared/kafka/model.ts'
import type { TlsFiles } from '#shared/tls-files.ts'
import { createZookeeperReader } from '#shared/zookeeper/srvr.ts'
import type { EnsembleReader } from '../domain/drills/looks.ts'

const deadlineMs = 1500
/** A controller that has not fetched from its leader for this long does not serve. */
const silentMs = 3000

export interface EnsembleReaderOptions {
  quorum: Pick<QuorumReader, 'describeQuorum'>
  /** As configured; those that the agent names otherwise. */
  zookeeperServers: readonly string[]
  zookeeperTls?: TlsFiles | undefined
}

/** Looks at the nodes of ZooKeeper, or asks the brokers for the controllers. undefined if there are no addresses of either. */
export function createEnsembleReader(
  { mode, zookeeperServers: known }: Pick<ClusterStatus, 'mode' | 'zookeeperServers'>,
  { quorum, zookeeperServers, zookeeperTls }: EnsembleReaderOptions
): EnsembleReader | undefined {
  if (mode === 'kraft') return { look: (signal) => lookAtControllers(quorum, signal) }
  const servers = zookeeperServers.length > 0 ? zookeeperServers : known
  if (servers.length === 0) return undefined
  const reader = createZookeeperReader(parseEndpoints(servers), zookeeperTls)
  return {
    async look(signal) {
      const views = await reader.views({ deadlineMs, brief: true, signal })
      const serving = views.flatMap((view, nth) =>
        view.reachable && view.mode !== null ? [`zookeeper-${nth + 1}`] : []
      )
      // A node serves as part of a quorum only.
      return { serving, hasQuorum: serving.length > 0 }
    }
  }
}

async function lookAtControllers(quorum: Pick<QuorumReader, 'describeQuorum'>, signal: AbortSignal) {
  try {
    const answer = await quorum.describeQuorum({ deadlineMs, signal })
    if (answer.kind === 'zookeeper') return { serving: [], hasQuorum: null }
    const now = answer.voters.find(({ id }) => id === answer.leaderId)?.lastFetchTimestamp ?? null
    const serving = answer.voters.filter(
      ({ id, lastFetchTimestamp: at }) => id === answer.leaderId || (now !== null && at !== null && now - at < silentMs)
    )
    return { serving: serving.map(({ id }) => brokerName(id)), hasQuorum: true }
  } catch (error) {
    return { serving: [], hasQuorum: isKopsError(error, 'controller_unavailable') ? false : null }
  }
}
