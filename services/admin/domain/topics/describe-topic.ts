import type { Warning } from '#shared/contracts/common.ts'
import type { Partition, TopicDetail } from '#shared/contracts/topics.ts'
import { fieldError, isKopsError, type KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PartitionOffsets, TopicMetadata } from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { type TopicSizes, topicSizes } from './topic-sizes.ts'
import { replicationFactorOf } from './topic-summary.ts'

/**
 * Everything about one topic. Values that only a dead broker could report are null, and named in `warnings`.
 * @throws KopsError topic_not_found, cluster_unreachable
 */
export async function describeTopic(
  reader: Pick<ClusterReader, 'metadata' | 'offsets' | 'replicaSizes' | 'topicConfigs'>,
  name: string,
  { now, deadlineMs }: ReadTiming
): Promise<TopicDetail> {
  const metadata = await reader.metadata({ topics: [name], deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const [offsets, sizes, configs] = await Promise.all([
    reader.offsets([topic], { deadlineMs }),
    reader.replicaSizes([name], { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs }).catch(unreadable)
  ])
  const known = topicSizes(sizes)
  return {
    name,
    internal: topic.internal,
    replicationFactor: replicationFactorOf(topic),
    partitions: partitionsOf(topic, offsets.value, known),
    configs: configs.value?.get(name) ?? null,
    ...known.ofTopic(topic),
    asOf: now().toISOString(),
    warnings: distinctWarnings([metadata, offsets, sizes, configs].flatMap(({ warnings }) => warnings))
  }
}

/** Configurations are with the metadata quorum: without it the rest of the topic is still known. */
function unreadable(error: unknown): { value: null; warnings: Warning[] } {
  if (!isKopsError(error)) throw error
  return { value: null, warnings: [{ code: error.code, message: error.message, target: 'configs' }] }
}

export function unknownTopic(name: string): KopsError {
  return fieldError('topic_not_found', 'topicName', `Topic ${name} does not exist`)
}

/** Joins metadata, offsets and sizes by partition. */
export function partitionsOf(topic: TopicMetadata, offsets: PartitionOffsets[], sizes: TopicSizes): Partition[] {
  const offsetsOf = new Map(offsets.filter((read) => read.topic === topic.name).map((read) => [read.partition, read]))
  return topic.partitions
    .map((partition): Partition => {
      const read = offsetsOf.get(partition.partition)
      const logStartOffset = read?.logStartOffset ?? null
      const logEndOffset = read?.logEndOffset ?? null
      const unknown = logStartOffset === null || logEndOffset === null
      return {
        ...partition,
        logStartOffset,
        logEndOffset,
        ...(unknown ? { offsetsReason: read?.reason ?? 'not_measured' } : {}),
        ...sizes.ofPartition(topic.name, partition)
      }
    })
    .sort((a, b) => a.partition - b.partition)
}
