import type { metadataV12 } from '@platformatic/kafka'
import type { BrokerView, ClusterMetadata } from '../model.ts'
import { topicAuthorizationFailed, wrapKafkaError } from './errors.ts'
import type { BrokerLink } from './link.ts'
import { spoken } from './versions.ts'

/**
 * Asks one broker for its view of the cluster. Never rejects.
 * @param topics undefined: all
 */
export async function readView(
  link: BrokerLink,
  topics: readonly string[] | undefined,
  signal: AbortSignal,
  evenSilent?: boolean
): Promise<BrokerView> {
  const startedAt = performance.now()
  try {
    // Asking about a topic must not create it.
    const autoCreate = false
    const response = await link.request(spoken.metadata, [topics ? [...topics] : null, autoCreate], signal, evenSilent)
    const refused = response.topics.flatMap(({ name, errorCode }) =>
      name && errorCode === topicAuthorizationFailed ? name : []
    )
    return {
      endpoint: link.endpoint,
      reachable: true,
      responseTimeMs: performance.now() - startedAt,
      metadata: toMetadata(response),
      ...(refused.length > 0 && { refused })
    }
  } catch (error) {
    return { endpoint: link.endpoint, reachable: false, error: wrapKafkaError(error, 'Reading metadata') }
  }
}

/** A Metadata response in kops' model; leaves out topics that do not exist or could not be read. */
export function toMetadata(
  response: Pick<metadataV12.MetadataResponse, 'brokers' | 'clusterId' | 'controllerId' | 'topics'>
): ClusterMetadata {
  return {
    clusterId: response.clusterId ?? null,
    controllerId: idOrNull(response.controllerId),
    brokers: response.brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack: rack ?? null })),
    topics: response.topics.flatMap(({ name, topicId, errorCode, isInternal, partitions }) => {
      if (!name || errorCode !== 0) return []
      return [
        {
          name,
          internal: isInternal,
          ...(topicId === undefined || topicId === noTopicId ? {} : { id: topicId }),
          partitions: partitions
            .map((partition) => ({
              partition: partition.partitionIndex,
              leader: idOrNull(partition.leaderId),
              leaderEpoch: idOrNull(partition.leaderEpoch),
              replicas: partition.replicaNodes,
              isr: shared(partition.isrNodes, partition.replicaNodes),
              offlineReplicas: shared(partition.offlineReplicas, none)
            }))
            .sort((a, b) => a.partition - b.partition)
        }
      ]
    })
  }
}

const none: number[] = []

/** The second list where both have the same ids: of the lists of thousands of partitions most need not be kept. */
function shared(ids: number[], same: number[]): number[] {
  return ids.length === same.length && ids.every((id, nth) => id === same[nth]) ? same : ids
}

const noTopicId = '00000000-0000-0000-0000-000000000000'

/** The protocol uses -1 for none. */
function idOrNull(id: number): number | null {
  return id < 0 ? null : id
}
