import type { TopicReadiness } from '#shared/contracts/topics.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ReadTiming } from '../timing.ts'
import { notReady } from './agreement.ts'
import { unknownTopic } from './describe-topic.ts'

/** Whether every live broker names the same leaders. @throws KopsError topic_not_found, cluster_unreachable */
export async function readinessOf(
  reader: Pick<ClusterReader, 'views' | 'metadata'>,
  topic: string,
  { now, deadlineMs }: ReadTiming
): Promise<TopicReadiness> {
  const asOf = now().toISOString()
  const [views, metadata] = await Promise.all([
    reader.views({ topics: [topic], deadlineMs }),
    reader.metadata({ topics: [topic], deadlineMs })
  ])
  const known = metadata.value.topics.find(({ name }) => name === topic)
  if (known === undefined) throw unknownTopic(topic)
  const waitingFor = notReady(views, topic, known.partitions.length)
  return { topic, ready: waitingFor.length === 0, waitingFor, asOf, warnings: metadata.warnings }
}
