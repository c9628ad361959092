import { type PlanInput, planDrill } from '#services/load-test/domain/drills/plan.ts'
import type { Situation } from '#services/load-test/domain/drills/situation.ts'
import type { ClusterStatus, FaultKind } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'

export const now = '2026-01-31T12:00:00.000Z'

type Node = ClusterStatus['nodes'][number]

const node = (name: string, port: number): Node => ({
  name,
  role: name.startsWith('kafka') ? 'broker' : 'zookeeper',
  state: 'running',
  isolated: false,
  ready: true,
  address: `127.0.0.1:${port}`,
  pid: 1,
  startedAt: now
})

const brokers = [1, 2, 3].map((id) => node(`kafka-${id}`, 9091 + id))
const zookeepers = [1, 2, 3].map((id) => node(`zookeeper-${id}`, 2180 + id))
const kinds: FaultKind[] = ['stop', 'kill', 'pause', 'isolate', 'cut', 'slow', 'disk-full', 'disk-slow']

export function topic(name: string, change: Partial<TopicMetadata['partitions'][number]> = {}): TopicMetadata {
  const partitions = [0, 1, 2].map((partition) => ({
    partition,
    leader: partition + 1,
    leaderEpoch: 1,
    replicas: [partition + 1, ((partition + 1) % 3) + 1, ((partition + 2) % 3) + 1],
    isr: [1, 2, 3],
    offlineReplicas: [],
    ...change
  }))
  return { name, internal: name.startsWith('__'), partitions }
}

export const status: ClusterStatus = {
  name: 'c',
  runtime: 'local',
  mode: 'zookeeper',
  isolation: { available: true, mechanism: 'network-namespace', detail: '' },
  faultKinds: kinds.map((kind) => ({ kind, available: true, detail: `how to ${kind}` })),
  bootstrapServers: [],
  zookeeperServers: [],
  nodes: [...brokers, ...zookeepers],
  faults: [],
  asOf: now
}

export const kraft: ClusterStatus = { ...status, mode: 'kraft', nodes: brokers }

const metadata: Situation['metadata'] = {
  clusterId: 'cluster-1',
  controllerId: 2,
  brokers: [1, 2, 3].map((id) => ({ id, host: 'localhost', port: 9091 + id, rack: null })),
  topics: [topic('log-events'), topic('__consumer_offsets')]
}

/** A healthy cluster of three brokers, of which the second is the controller. */
export const healthy: Situation = {
  status,
  metadata,
  views: metadata.brokers.map(({ host, port }) => ({
    endpoint: { host, port },
    reachable: true,
    responseTimeMs: 1,
    metadata
  })),
  controllerId: 2,
  minInsyncReplicas: new Map([
    ['log-events', 2],
    ['__consumer_offsets', 2]
  ]),
  uncleanElection: new Set(),
  cleanupPolicies: new Map([
    ['log-events', 'delete'],
    ['__consumer_offsets', 'compact']
  ]),
  readers: null,
  settings: new Map([
    [
      1,
      new Map([
        ['zookeeper.session.timeout.ms', '6000'],
        ['broker.session.timeout.ms', '6000'],
        ['broker.heartbeat.interval.ms', '2000'],
        ['replica.lag.time.max.ms', '10000']
      ])
    ]
  ]),
  groups: ['indexer'],
  reassignments: 0
}

export function withNode(change: Partial<Node>, name = 'kafka-1'): Situation {
  const nodes = status.nodes.map((one) => (one.name === name ? { ...one, ...change } : one))
  return { ...healthy, status: { ...status, nodes } }
}

export function withMetadata(change: Partial<Situation['metadata']>): Situation {
  return { ...healthy, metadata: { ...metadata, ...change } }
}

/** The plan of a drill on a cluster. */
export function plan(request: StartDrill, situation: Situation = healthy, change: Partial<PlanInput> = {}) {
  const underWay = { loadTests: [], others: [] }
  return planDrill({ id: 'd', request, situation, underWay, clientTimeoutMs: 3000, now: new Date(now), ...change })
}
