import { type Connection, offsetCommitV8 } from '@platformatic/kafka'
import { wholeAnswer } from '../connection/errors.ts'
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
  const topics = topicsOf(offsets, metadata)
  const response = await link.request([offsetCommitV8.api], [group, generation, memberId, null, topics], signal)
  return response.topics
}

/** The next offset of one partition, over the connection of a producer. @returns Kafka's error code, 0 for none */
export async function commitMemberOffset(
  connection: Connection,
  group: string,
  offset: { topic: string; partition: number; offset: number },
  { memberId, generation, metadata }: Committer
): Promise<number> {
  const args = [group, generation, memberId, null, topicsOf([offset], metadata)] as const
  const answer = await wholeAnswer(offsetCommitV8.api.async(connection, ...args))
  return answer.topics[0]?.partitions[0]?.errorCode ?? 0
}

function topicsOf(offsets: readonly { topic: string; partition: number; offset: number }[], metadata: string) {
  return Array.from(
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
}
