import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { HealthStatus } from '#shared/contracts/health-status.ts'

/** A node of the ensemble, whichever kind the cluster has. */
export interface EnsembleNode {
  kind: 'zookeeper' | 'quorum'
  name: string
  status: HealthStatus
  details: Record<string, unknown>
}

/** DEGRADED: it serves, without a part of its disks. */
export function brokerStatus({ reachable, logDirs }: Pick<BrokerHealth, 'reachable' | 'logDirs'>): HealthStatus {
  if (!reachable) return 'DOWN'
  return logDirs?.some(({ online }) => !online) ? 'DEGRADED' : 'HEALTHY'
}

/** ZooKeeper nodes, which serve or do not, or voters of the metadata quorum, which the leader has heard from or not. */
export function ensembleNodes({ zookeepers, quorum }: Pick<ClusterHealth, 'zookeepers' | 'quorum'>): EnsembleNode[] {
  const nodes = zookeepers.map(({ name, mode, reachable, outstandingRequests }): EnsembleNode => {
    const status = mode === null ? 'DOWN' : 'HEALTHY'
    return { kind: 'zookeeper', name, status, details: { mode, reachable, outstandingRequests } }
  })
  const voters = (quorum?.voters ?? []).map(({ name, leader, lag }): EnsembleNode => {
    return { kind: 'quorum', name, status: lag === null ? 'DEGRADED' : 'HEALTHY', details: { leader, lag } }
  })
  return [...nodes, ...voters]
}
