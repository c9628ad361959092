import type { consumerGroupDescribeV0, describeGroupsV5 } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'

const withoutOperations = false

/**
 * Groups according to their coordinator, each by the request of its protocol: ConsumerGroupDescribe knows only those of
 * KIP-848 (`modern`), DescribeGroups only the others. Error codes stay in the answer.
 */
export async function describeGroups(
  link: BrokerLink,
  { classic, modern }: { classic: readonly string[]; modern: readonly string[] },
  signal: AbortSignal
): Promise<{
  classic: describeGroupsV5.DescribeGroupsResponseGroup[]
  modern: consumerGroupDescribeV0.ConsumerGroupDescribeResponseGroup[]
}> {
  const [classicGroups, modernGroups] = await Promise.all([
    classic.length === 0
      ? []
      : link.request(spoken.describeGroups, [[...classic], withoutOperations], signal).then(({ groups }) => groups),
    modern.length === 0
      ? []
      : link
          .request(spoken.consumerGroupDescribe, [[...modern], withoutOperations], signal)
          .then(({ groups }) => groups)
  ])
  return { classic: classicGroups, modern: modernGroups }
}
