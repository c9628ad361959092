import type { PartitionMetadata } from '#shared/kafka/model.ts'
import type { KnownCluster, Scenario } from '#shared/prediction/model.ts'

/** A partition with these replicas, the first one leading, all in sync unless said. */
export function held(replicas: number[], overrides: Partial<PartitionMetadata> = {}): PartitionMetadata {
  const [leader = null] = overrides.isr ?? replicas
  return { partition: 0, leader, leaderEpoch: 1, replicas, isr: replicas, offlineReplicas: [], ...overrides }
}

export interface Given extends Partial<Omit<KnownCluster, 'topics' | 'live'>> {
  /** Partitions by topic. */
  topics?: Record<string, PartitionMetadata[]>
  live?: number[]
}

/** Three brokers in three racks, three ZooKeeper nodes, min.insync.replicas 2, apart from what is given. */
export function known({ topics = {}, live = [1, 2, 3], ...given }: Given = {}): KnownCluster {
  return {
    mode: 'zookeeper',
    topics: Object.entries(topics).map(([name, partitions]) => ({
      name,
      internal: false,
      partitions: partitions.map((partition, index) => ({ ...partition, partition: index }))
    })),
    live: new Set(live),
    controllerId: 1,
    racks: new Map([1, 2, 3].map((id) => [id, `rack-${id}`])),
    ensemble: serving([1, 2, 3].map((id) => `zookeeper-${id}`)),
    minInsyncReplicas: new Map(Object.keys(topics).map((name) => [name, 2])),
    uncleanElection: new Set(),
    timings: { sessionTimeoutMs: 6000, heartbeatMs: 2000, replicaLagMs: 10_000 },
    groups: [],
    traffic: null,
    ...given
  }
}

/** Voters, of which some do not serve. */
export function serving(names: string[], silent: string[] = []) {
  return names.map((name) => ({ name, serves: !silent.includes(name) }))
}

export function lose(brokers: number[], overrides: Partial<Scenario> = {}): Scenario {
  return { kind: 'broker', name: `kafka-${brokers.join()}`, brokers, nodes: [], how: 'kill', ...overrides }
}
