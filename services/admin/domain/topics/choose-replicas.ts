import type { BrokerMetadata, TopicMetadata } from '#shared/kafka/model.ts'

export interface ReplicaChange {
  partition: number
  before: number[]
  after: number[]
}

/**
 * Replicas for another replication factor, with the least movement: existing replicas stay, the preferred leader first.
 * An added replica goes to a rack without one, then to the broker with the fewest replicas of this topic. Removes a
 * replica on a rack that has another one first, then one on the broker with the most; never the preferred leader, and
 * in-sync replicas only after out-of-sync ones. Pure and deterministic.
 * @param brokers all known brokers, for their racks
 * @param answering ids of brokers that may get replicas
 * @returns the partitions that change; with too few brokers, a partition gets as many replicas as possible
 */
export function chooseReplicas(
  topic: TopicMetadata,
  brokers: BrokerMetadata[],
  factor: number,
  answering: readonly number[] = brokers.map(({ id }) => id)
): ReplicaChange[] {
  const rackAware = brokers.every(({ rack }) => rack !== null)
  const racks = new Map(brokers.map(({ id, rack }) => [id, rackAware ? `rack ${rack}` : `broker ${id}`]))
  const rackOf = (id: number) => racks.get(id) ?? `broker ${id}`
  const load = new Map<number, number>()
  const add = (id: number, count: number) => load.set(id, (load.get(id) ?? 0) + count)
  for (const { replicas } of topic.partitions) for (const id of replicas) add(id, 1)
  const loadOf = (id: number) => load.get(id) ?? 0

  return topic.partitions.flatMap(({ partition, replicas: before, isr }) => {
    const after = [...before]
    const onRack = (id: number) => after.filter((other) => other !== id && rackOf(other) === rackOf(id)).length
    while (after.length < factor) {
      const candidates = answering.filter((id) => !after.includes(id))
      const [best] = candidates.sort((a, b) => onRack(a) - onRack(b) || loadOf(a) - loadOf(b) || a - b)
      if (best === undefined) break
      after.push(best)
      add(best, 1)
    }
    while (after.length > factor) {
      const inSync = (id: number) => (isr.includes(id) ? 1 : 0)
      const [worst] = after
        .slice(1)
        .sort((a, b) => inSync(a) - inSync(b) || onRack(b) - onRack(a) || loadOf(b) - loadOf(a) || b - a)
      if (worst === undefined) break
      after.splice(after.indexOf(worst), 1)
      add(worst, -1)
    }
    return after.length === before.length ? [] : [{ partition, before, after }]
  })
}
