import { offsetCommitV8 } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'

/** Who commits: a member of the group in a generation, or nobody of it, like Kafka's own tool. */
export interface Committer {
  memberId: string
  generation: number
  /** Stored with each offset, for whoever reads the commits. */
  metadata: string
}

const outsider: Committer = { memberId: '', generation: -1, metadata: '' }
const noEpoch = -1

/**
 * Commits offsets at a group's coordinator. Without a member it is Kafka's rule that the group has none. Error codes stay in the
 * answer.
 */
export async function commitOffsets(
  link: BrokerLink,
  group: string,
  offsets: readonly { topic: string; partition: number; offset: number }[],
  signal: AbortSignal,
  { memberId, generation, metadata }: Committer = outsider
): Promise<offsetCommitV8.OffsetCommitResponse['topics']> {
  const topics = Array.from(
    Map.groupBy(offsets, ({ topic }) => topic),
    ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: noEpoch,
        committedMetadata: metadata
      }))
    })
  )
  const response = await link.request([offsetCommitV8.api], [group, generation, memberId, null, topics], signal)
  return response.topics
}
