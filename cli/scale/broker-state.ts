import { withAgent } from '#shared/cluster/agent/client.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { BrokerState } from './broker-plan.ts'
import type { OwnCluster } from './own-cluster.ts'

/**
 * What the agent, the cluster and health-service say about a broker that comes or goes, and what its moves would be.
 * @param throttle for the time that they take
 */
export async function readBrokerState(
  { definition, client }: Pick<OwnCluster, 'definition' | 'client'>,
  id: number,
  change: 'add' | 'remove',
  throttle: number
): Promise<BrokerState & { warnings: Warning[] }> {
  const name = brokerName(id)
  const [status, list, moves, health] = await Promise.all([
    withAgent(definition, (agent) => agent.status()),
    client.call(endpoints.listBrokers, {}),
    client.call(endpoints.listReassignments, { query: { limit: 10_000 } }),
    client.call(endpoints.health, {}).catch(() => undefined)
  ])
  const broker = list.brokers.find((each) => each.id === id)
  const moving = moves.reassignments.filter(
    ({ adding, removing }) => adding.includes(id) || removing.includes(id)
  ).length
  const watched = health?.brokers.find((each) => each.id === id)
  const known = { node: status.nodes.find((node) => node.name === name), broker, moving }
  const planned = await planMoves(client, {
    id,
    change,
    throttle,
    isThere: broker?.reachable === true,
    racks: list.brokers
  })
  return {
    ...known,
    isWatched: watched !== undefined && watched.uptimeSeconds !== null,
    movement: planned?.movement ?? null,
    warnings: planned?.warnings ?? []
  }
}

async function planMoves(
  client: OwnCluster['client'],
  {
    id,
    change,
    throttle,
    isThere,
    racks
  }: {
    id: number
    change: 'add' | 'remove'
    throttle: number
    isThere: boolean
    racks: { rack: string | null }[]
  }
): Promise<Pick<ReassignmentResult, 'movement' | 'warnings'> | undefined> {
  const asked = { params: { brokerId: id }, query: { dryRun: true }, body: { throttleBytesPerSec: throttle } }
  if (change === 'remove') return isThere ? client.call(endpoints.drainBroker, asked) : undefined
  if (isThere) return client.call(endpoints.refillBroker, asked)
  // Nodes of this machine have a rack each: kafka/entrypoint.sh, shared/cluster/local/node-plan.ts.
  const rack = racks.every((broker) => broker.rack !== null) ? `rack-${id}` : null
  return client.call(endpoints.planReassignment, { body: { joining: { id, rack } } })
}
