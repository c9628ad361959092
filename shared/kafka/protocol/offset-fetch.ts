import type { offsetFetchV8 } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'

const noEpoch = -1
const allTopics = null
const requireStable = false

/** All committed offsets of groups, according to their coordinator. Error codes stay in the answer. */
export async function fetchOffsets(
  link: BrokerLink,
  groups: readonly string[],
  signal: AbortSignal
): Promise<offsetFetchV8.OffsetFetchResponseGroup[]> {
  const asked = groups.map((groupId) => ({ groupId, memberEpoch: noEpoch, topics: allTopics }))
  const response = await link.request(spoken.offsetFetch, [asked, requireStable], signal)
  return response.groups
}
