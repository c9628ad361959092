import { offsetCommitV8 } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'

/** The committing member: none, like Kafka's own tool. */
const noGeneration = -1
const noMember = ''
const noEpoch = -1

/** Commits offsets in the name of a group without members, at its coordinator. Error codes stay in the answer. */
export async function commitOffsets(
  link: BrokerLink,
  group: string,
  offsets: readonly { topic: string; partition: number; offset: number }[],
  signal: AbortSignal
): Promise<offsetCommitV8.OffsetCommitResponse['topics']> {
  const topics = Array.from(
    Map.groupBy(offsets, ({ topic }) => topic),
    ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: noEpoch,
        committedMetadata: ''
      }))
    })
  )
  const response = await link.request([offsetCommitV8.api], [group, noGeneration, noMember, null, topics], signal)
  return response.topics
}
