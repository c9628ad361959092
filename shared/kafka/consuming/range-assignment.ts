import type { SharedOut, SubscribedMember } from '../protocol/group-membership.ts'

/**
 * Kafka's range assignor: of each topic, each of its subscribers gets as many consecutive partitions as any other, and the first
 * get one more where that does not come out even (org.apache.kafka.clients.consumer.RangeAssignor).
 * @param partitionsOf number of partitions of a topic; 0 for one that does not exist
 */
export function assignRanges(
  members: readonly SubscribedMember[],
  partitionsOf: (topic: string) => number
): SharedOut[] {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const shared = new Map(sorted.map(({ memberId }) => [memberId, [] as SharedOut['assignment']]))
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    const subscribers = sorted.filter(({ topics }) => topics.includes(topic))
    const count = partitionsOf(topic)
    const least = Math.floor(count / subscribers.length)
    const larger = count % subscribers.length
    let next = 0
    for (const [nth, { memberId }] of subscribers.entries()) {
      const partitions = Array.from({ length: least + (nth < larger ? 1 : 0) }, (_, index) => next + index)
      next += partitions.length
      if (partitions.length > 0) shared.get(memberId)?.push({ topic, partitions })
    }
  }
  return Array.from(shared, ([memberId, assignment]) => ({ memberId, assignment }))
}
