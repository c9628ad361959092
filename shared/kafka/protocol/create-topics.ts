import type { Assignment, TopicSpec } from '../../contracts/topic-specs.ts'

/** A topic as CreateTopics has it. */
export function creationOf(
  { name, partitions, replicationFactor, configs = {} }: TopicSpec,
  assignment: Assignment | undefined
) {
  return {
    name,
    ...placement({ partitions, replicationFactor }, assignment),
    configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
  }
}

/** The number of partitions and replicas in a request: Kafka refuses numbers together with an assignment. */
function placement({ partitions, replicationFactor }: Omit<TopicSpec, 'name'>, assignment: Assignment | undefined) {
  if (assignment === undefined) return { numPartitions: partitions, replicationFactor, assignments: [] }
  const assignments = assignment.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  return { numPartitions: -1, replicationFactor: -1, assignments }
}
