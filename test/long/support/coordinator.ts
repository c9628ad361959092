import type { Kafka } from 'kafkajs'

/** The id of the broker that coordinates a group: the leader of the partition of the offsets topic that its name falls into. */
export async function coordinatorOf(kafka: Kafka, group: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
    const partitions = topics[0]?.partitions ?? []
    // Java's string hash.
    let hash = 0
    for (const character of group) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0
    const home = (hash & 0x7fffffff) % partitions.length
    const leader = partitions.find(({ partitionId }) => partitionId === home)?.leader
    if (leader === undefined) throw new Error(`nobody coordinates ${group}`)
    return leader
  } finally {
    await admin.disconnect()
  }
}
