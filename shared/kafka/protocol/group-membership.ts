import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  syncGroupV5
} from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'

/** The classic protocol of consumer groups. Every broker from Kafka 3.2 on offers these versions. */
const protocolType = 'consumer'
/** The first of those that Java's consumer offers, so that both can be members of one group. */
const assignor = 'range'
const noInstance = null

/** A member in one generation of its group. */
export interface Membership {
  memberId: string
  generation: number
}

export interface SubscribedMember {
  memberId: string
  topics: string[]
}

export interface Joined extends Membership {
  /** Kafka's error code, 0 for none. A member id may come with an error: the next attempt has to use it (KIP-394). */
  errorCode: number
  /** All members if this one is to share out the partitions; empty otherwise. */
  members: SubscribedMember[]
}

export interface JoinTimes {
  /** A member that was not heard of for so long is put out of the group. */
  sessionMs: number
  /** How long the coordinator waits in a rebalance for members to join again. */
  rebalanceMs: number
}

/** Joins a group, or joins it again. The answer comes when all members have joined. */
export async function joinGroup(
  link: BrokerLink,
  {
    group,
    topics,
    memberId,
    sessionMs,
    rebalanceMs
  }: { group: string; topics: readonly string[]; memberId: string } & JoinTimes,
  signal: AbortSignal
): Promise<Joined> {
  const metadata = encodeConsumerProtocolSubscription({ version: 0, topics: [...topics] })
  const protocols = [{ name: assignor, metadata }]
  const answer = await link.request(
    [joinGroupV9.api],
    [group, sessionMs, rebalanceMs, memberId, noInstance, protocolType, protocols, null],
    signal
  )
  const { errorCode, generationId: generation, members } = answer
  return {
    errorCode,
    memberId: answer.memberId,
    generation,
    members: members.map(({ memberId, metadata }) => ({
      memberId,
      topics: decodeConsumerProtocolSubscription(metadata).topics
    }))
  }
}

/** Partitions of a topic that a member has. */
export interface AssignedTopic {
  topic: string
  partitions: number[]
}

export interface SharedOut {
  memberId: string
  assignment: AssignedTopic[]
}

/**
 * Hands in what the members get, or nothing, and waits for the own part.
 * @param shared of the member that shares out; empty of all others
 */
export async function syncGroup(
  link: BrokerLink,
  group: string,
  { memberId, generation }: Membership,
  shared: readonly SharedOut[],
  signal: AbortSignal
): Promise<{ errorCode: number; assignment: SharedOut['assignment'] }> {
  const assignments = shared.map(({ memberId, assignment }) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({ version: 0, assignedPartitions: assignment })
  }))
  const args = [group, generation, memberId, noInstance, protocolType, assignor, assignments] as const
  const { errorCode, assignment } = await link.request([syncGroupV5.api], [...args], signal)
  if (errorCode !== 0) return { errorCode, assignment: [] }
  return { errorCode, assignment: decodeConsumerProtocolAssignment(assignment).assignedPartitions }
}

/** @returns Kafka's error code: REBALANCE_IN_PROGRESS calls for joining again */
export async function heartbeat(
  link: BrokerLink,
  group: string,
  { memberId, generation }: Membership,
  signal: AbortSignal
): Promise<number> {
  return (await link.request([heartbeatV4.api], [group, generation, memberId, noInstance], signal)).errorCode
}

/** Its partitions go to the other members at once, and not when its session ends. */
export async function leaveGroup(link: BrokerLink, group: string, memberId: string, signal: AbortSignal) {
  await link.request([leaveGroupV5.api], [group, [{ memberId }]], signal)
}
