import type { describeLogDirsV4 } from '@platformatic/kafka'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import type { TopicMetadata } from '../model.ts'
import type { LogDir, LogDirReading, ReplicaSize } from './port.ts'

/**
 * The log directories of one broker.
 * @param topics with the replicas of these only; null: of all
 * @throws KopsError if the broker refuses
 */
export async function describeLogDirs(
  link: BrokerLink,
  topics: { name: string; partitions: number[] }[] | null,
  signal: AbortSignal
): Promise<describeLogDirsV4.DescribeLogDirsResponseResult[]> {
  const { errorCode, results } = await link.request(spoken.describeLogDirs, [topics], signal)
  if (errorCode !== 0) throw kafkaRefusal(errorCode, 'Reading log directories')
  return results
}

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
  return toReplicaSizes(broker, await describeLogDirs(link, wanted, signal))
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
  const results = await describeLogDirs(link, null, signal)
  return {
    dirs: results.map((result) => toReading(broker, result)),
    replicaSizes: toReplicaSizes(broker, results)
  }
}

/** A log directory; replicas that move in from another directory count too: they take room. */
function toReading(
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

/** A log directory in kops' model. The protocol uses -1 for an unknown size. */
export function toLogDir({
  errorCode,
  logDir,
  topics,
  totalBytes,
  usableBytes
}: describeLogDirsV4.DescribeLogDirsResponseResult): LogDir {
  return {
    path: logDir,
    error: errorCode === 0 ? null : kafkaErrorName(errorCode),
    totalBytes: bytesOrNull(totalBytes),
    usableBytes: bytesOrNull(usableBytes),
    replicas: topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ isFutureKey }) => !isFutureKey)
        .map(({ partitionIndex, partitionSize }) => ({
          topic: name,
          partition: partitionIndex,
          sizeBytes: Number(partitionSize)
        }))
    )
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
