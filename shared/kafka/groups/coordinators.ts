import type { findCoordinatorV4, listGroupsV5 } from '@platformatic/kafka'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'

const groupKey = 0

/** A group as the broker that coordinates it lists it. */
export interface ListedGroup
  extends Pick<listGroupsV5.ListGroupsResponseGroup, 'groupId' | 'groupState' | 'protocolType'> {
  /** `classic` or `consumer` (KIP-848); absent or empty before Kafka 3.8. */
  groupType?: string | undefined
}

/** Whether a group has the protocol of KIP-848. */
export function isModern({ groupType }: ListedGroup): boolean {
  return groupType?.toLowerCase() === 'consumer'
}

/** The groups that one broker coordinates. @throws KopsError when the broker refuses to list them */
export async function listGroups(link: BrokerLink, signal: AbortSignal): Promise<ListedGroup[]> {
  const response = await link.request(spoken.listGroups, [[], []], signal)
  if (response.errorCode !== 0) throw kafkaRefusal(response.errorCode, 'Listing groups')
  return response.groups
}

/**
 * Which broker one broker believes to coordinate each of these groups. Where no group has ever existed, Kafka makes the
 * offsets topic to answer this: ask about groups that were listed.
 */
export async function findCoordinators(
  link: BrokerLink,
  groups: readonly string[],
  signal: AbortSignal
): Promise<findCoordinatorV4.FindCoordinatorResponseCoordinator[]> {
  const response = await link.request(spoken.findCoordinator, [groupKey, [...groups]], signal)
  return response.coordinators.filter(({ errorCode, nodeId }) => errorCode === 0 && nodeId >= 0)
}

/**
 * Groups by the broker id of their coordinator, according to most brokers: an isolated one keeps naming itself. Leaves
 * out groups without a known coordinator.
 */
export function electCoordinators(
  answers: readonly Pick<findCoordinatorV4.FindCoordinatorResponseCoordinator, 'key' | 'nodeId'>[][]
): Map<string, number> {
  const votes = new Map<string, Map<number, number>>()
  for (const { key, nodeId } of answers.flat()) {
    const ofGroup = votes.get(key) ?? new Map<number, number>()
    ofGroup.set(nodeId, (ofGroup.get(nodeId) ?? 0) + 1)
    votes.set(key, ofGroup)
  }
  const elected = new Map<string, number>()
  for (const [group, ofGroup] of votes) {
    const [winner] = Array.from(ofGroup).sort((a, b) => b[1] - a[1])
    if (winner) elected.set(group, winner[0])
  }
  return elected
}

/**
 * The listed groups without those whose elected coordinator is another broker: an isolated broker keeps listing groups
 * that have moved away.
 * @param elected coordinators of the groups that several brokers list
 */
export function keepCoordinated(
  listed: readonly ListedGroup[],
  broker: number | undefined,
  elected: ReadonlyMap<string, number>
): ListedGroup[] {
  return listed.filter(({ groupId }) => (elected.get(groupId) ?? broker) === broker)
}
