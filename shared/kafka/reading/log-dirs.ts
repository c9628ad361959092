import type { describeLogDirsV4 } from '@platformatic/kafka'
import { kafkaRefusal } from '../kafka-errors.ts'
import type { ReplicaSize, TopicMetadata } from '../ports.ts'
import type { BrokerLink } from './link.ts'
import { spoken } from './versions.ts'

/**
 * Sizes of the replicas on one broker's disks.
 * @param topics only these; all of them when undefined
 * @throws KopsError when the broker refuses to tell
 */
export async function readReplicaSizes(
  link: BrokerLink,
  broker: number,
  topics: readonly TopicMetadata[] | undefined,
  signal: AbortSignal
): Promise<ReplicaSize[]> {
  const wanted =
    topics?.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partition }) => partition) })) ?? null
  const response = await link.request(spoken.describeLogDirs, [wanted], signal)
  if (response.errorCode !== 0) throw kafkaRefusal(response.errorCode, 'Reading log directories')
  return toReplicaSizes(broker, response.results)
}

/** The replicas that are served from a log directory. One that moves to another directory is not counted twice. */
export function toReplicaSizes(
  broker: number,
  results: readonly Pick<describeLogDirsV4.DescribeLogDirsResponseResult, 'errorCode' | 'topics'>[]
): ReplicaSize[] {
  return results
    .filter(({ errorCode }) => errorCode === 0)
    .flatMap(({ topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions
          .filter(({ isFutureKey }) => !isFutureKey)
          .map(({ partitionIndex, partitionSize }) => ({
            broker,
            topic: name,
            partition: partitionIndex,
            sizeBytes: Number(partitionSize)
          }))
      )
    )
}
