import { KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerView, ClusterMetadata } from '#shared/kafka/model.ts'

export interface ClusterNow {
  views: BrokerView[]
  metadata: ClusterMetadata
}

const deadlineMs = 4000
const namedAtMost = 10

export async function readCluster(reader: Pick<ClusterReader, 'views' | 'metadata'>): Promise<ClusterNow> {
  const [views, metadata] = await Promise.all([
    // A broker that has just come back is asked, too.
    reader.views({ deadlineMs, topics: [], evenSilent: true }),
    reader.metadata({ deadlineMs })
  ])
  return { views, metadata: metadata.value }
}

/**
 * Refuses to stop a broker for minutes if a partition then had no leader, or took nothing with acks=all.
 * @param leastIsr min.insync.replicas by topic; a topic that is missing refuses, too
 * @throws KopsError replicas_insufficient
 */
export function assertReplicasSuffice(
  { topics }: ClusterMetadata,
  broker: number,
  leastIsr: ReadonlyMap<string, number>
): void {
  const short = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ isr, replicas }) => replicas.includes(broker) && !suffices(isr, broker, leastIsr.get(name)))
      .map(({ partition }) => `${name}-${partition}`)
  )
  if (short.length === 0) return
  throw new KopsError(
    'replicas_insufficient',
    `Without this broker, partitions have no in-sync replica, or fewer than min.insync.replicas, or that is not known: ` +
      `${short.slice(0, namedAtMost).join(', ')} (${short.length} in all)`
  )
}

function suffices(isr: readonly number[], broker: number, least: number | undefined): boolean {
  const left = isr.filter((id) => id !== broker).length
  return least !== undefined && left >= Math.max(1, least)
}

/** min.insync.replicas of the topics that have replicas on a broker. */
export async function readLeastIsr(
  reader: Pick<ClusterReader, 'topicConfigs'>,
  { topics }: ClusterMetadata,
  broker: number
): Promise<Map<string, number>> {
  const name = 'min.insync.replicas'
  const those = topics.filter(({ partitions }) => partitions.some(({ replicas }) => replicas.includes(broker)))
  const { value } = await reader.topicConfigs(
    those.map((topic) => topic.name),
    { names: [name], deadlineMs }
  )
  const least = new Map<string, number>()
  for (const [topic, entries] of value) {
    const entry = entries.find((each) => each.name === name)
    if (entry?.value) least.set(topic, Number(entry.value))
  }
  return least
}
