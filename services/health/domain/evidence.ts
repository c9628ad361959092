import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import type { QuorumHealth, ZookeeperHealth } from '#shared/contracts/ensemble-health.ts'
import type { GroupHealth } from '#shared/contracts/group-health.ts'
import type { PartitionCounts } from '#shared/contracts/partition-health.ts'
import type { BrokerView, ClusterMetadata, TopicMetadata } from '#shared/kafka/model.ts'
import type { WorstCounts } from './partitions.ts'
import type { Part } from './readings.ts'

/** The input of the rules. null means unknown, and yields no finding. */
export interface Evidence {
  brokers: readonly BrokerHealth[]
  zookeepers: readonly Pick<ZookeeperHealth, 'name' | 'mode'>[]
  quorum: Pick<QuorumHealth, 'voters'> | null
  partitions: PartitionCounts | null
  /** The same partitions, each by its worst trouble. */
  worst: WorstCounts
  /** null when no broker answered. */
  metadata: Pick<ClusterMetadata, 'brokers' | 'controllerId'> | null
  views: readonly BrokerView[]
  /** Partitions for which two of these views name different leaders, as countDisputed has counted them. */
  disputed: number
  /** Brokers that claim to be the controller. */
  controllers: number | null
  leaderSkew: number | null
  /** The worst first. */
  groups: readonly Pick<GroupHealth, 'group' | 'verdict' | 'lag' | 'lagSeconds'>[]
  /** Whether the group may stop without a finding. */
  mayStop: (group: string) => boolean
  errors: ReadonlyMap<Part, number>
}

/** Partitions for which two brokers name different leaders. @param views the topics that each of them knows */
export function countDisputed(...views: readonly (readonly TopicMetadata[])[]): number {
  const leadersOf = new Map<string, Map<number, number>>()
  const disputed = new Set<string>()
  for (const topics of views) {
    for (const { name, partitions } of topics) {
      const leaders = leadersOf.get(name) ?? new Map<number, number>()
      leadersOf.set(name, leaders)
      for (const { partition, leader } of partitions) {
        if (leader === null) continue
        const other = leaders.get(partition)
        if (other === undefined) leaders.set(partition, leader)
        else if (other !== leader) disputed.add(`${name}/${partition}`)
      }
    }
  }
  return disputed.size
}
