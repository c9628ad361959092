import type { describeLogDirsV4 } from '@platformatic/kafka'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import type { TopicMetadata } from '../model.ts'
import type { LogDirReading, ReplicaSize } from './port.ts'

/**
 * Sizes of the replicas on one broker's disks.
 * @param topics only these; undefined: all
 * @throws KopsError if the broker refuses
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

/**
 * The log directories of one broker, with all replicas in them.
 * @throws KopsError if the broker refuses
 */
export async function readLogDirs(
  link: BrokerLink,
  broker: number,
  signal: AbortSignal
): Promise<{ dirs: LogDirReading[]; replicaSizes: ReplicaSize[] }> {
  const response = await link.request(spoken.describeLogDirs, [null], signal)
  if (response.errorCode !== 0) throw kafkaRefusal(response.errorCode, 'Reading log directories')
  return {
    dirs: response.results.map((result) => toLogDir(broker, result)),
    replicaSizes: toReplicaSizes(broker, response.results)
  }
}

/** A log directory; replicas that move in from another directory count too: they take room. */
export function toLogDir(
  broker: number,
  { logDir, errorCode, topics, totalBytes, usableBytes }: describeLogDirsV4.DescribeLogDirsResponseResult
): LogDirReading {
  let sizeBytes = 0
  for (const { partitions } of topics) for (const { partitionSize } of partitions) sizeBytes += Number(partitionSize)
  return {
    broker,
    dir: logDir,
    sizeBytes,
    totalBytes: bytesOrNull(totalBytes),
    usableBytes: bytesOrNull(usableBytes),
    online: errorCode === 0
  }
}

/** The protocol uses -1 for unknown values. */
function bytesOrNull(bytes: bigint): number | null {
  return bytes < 0n ? null : Number(bytes)
}

/** The replicas served from a log directory. A replica that is moving to another directory counts once. */
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
