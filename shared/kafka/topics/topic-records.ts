import { deleteRecordsV2, ListOffsetTimestamps, listOffsetsV7, listOffsetsV8, listOffsetsV9 } from '@platformatic/kafka'
import type { KopsError } from '../../errors/catalog.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { type LedPartitions, listOffsets } from '../protocol/list-offsets.ts'

/** The latest timestamp can be asked for from version 7 on (KIP-734, Kafka 3.0). */
const versions = [listOffsetsV9.api, listOffsetsV8.api, listOffsetsV7.api] as const
/** The broker answers this long before the client stops waiting. */
const answerMarginMs = 200

/**
 * The latest timestamp of all these partitions, ms since 1970; -1 when they are empty.
 * @throws KopsError of the first partition that the broker does not tell about: then it is not known when it was written
 */
export async function maxTimestamp(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  signal: AbortSignal
): Promise<number> {
  const response = await listOffsets(link, topics, ListOffsetTimestamps.MAX, signal, { versions })
  const partitions = response.topics.flatMap(({ partitions }) => partitions)
  const failed = partitions.find(({ errorCode }) => errorCode !== 0)
  if (failed) throw kafkaRefusal(failed.errorCode, `Reading the timestamps of partition ${failed.partitionIndex}`)
  return Math.max(-1, ...partitions.map(({ timestamp }) => Number(timestamp)))
}

/** @returns the errors of the partitions that were refused */
export async function deleteRecordsBefore(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  before: ReadonlyMap<number, number>,
  deadlineMs: number,
  signal: AbortSignal
): Promise<Map<number, KopsError>> {
  const wanted = topics.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.flatMap(({ partition }) => {
      const offset = before.get(partition)
      return offset === undefined ? [] : [{ partitionIndex: partition, offset: BigInt(offset) }]
    })
  }))
  const timeoutMs = Math.max(1, deadlineMs - answerMarginMs)
  const response = await link.request([deleteRecordsV2.api], [wanted, timeoutMs], signal)
  return new Map(
    response.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode }) => errorCode !== 0)
        .map(({ partitionIndex, errorCode }): [number, KopsError] => [
          partitionIndex,
          kafkaRefusal(errorCode, `Deleting records of ${name}-${partitionIndex}`)
        ])
    )
  )
}
