import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { placeKey } from '#shared/kafka/model.ts'
import type { DecisionEntry, DecisionLog, WriteDecisions } from '#shared/streams/dead-letters/decision-log.ts'

export interface TidyPorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets'>
  decisions: DecisionLog
  write: WriteDecisions
}

/**
 * Forgets decisions on letters that no longer exist: retention has removed them, or the queue was deleted or recreated. What could
 * not be read for certain is left alone.
 * @returns how many decisions it has forgotten
 * @throws KopsError of the reading or the writing
 */
export async function tidyDecisions(
  { reader, decisions, write }: TidyPorts,
  { deadlineMs }: { deadlineMs: number }
): Promise<number> {
  await decisions.sync({ deadlineMs })
  const entries = [...decisions.book.entries()]
  if (entries.length === 0) return 0
  const names = [...new Set(entries.map(([, { queue }]) => queue))]
  const metadata = await reader.metadata({ topics: names, deadlineMs })
  const topics = new Map(metadata.value.topics.map((topic) => [topic.name, topic]))
  const offsets = await reader.offsets(metadata.value.topics, { deadlineMs })
  const starts = new Map(
    offsets.value.map(({ topic, partition, logStartOffset }) => [placeKey(topic, partition), logStartOffset])
  )
  const tombstones = entries.flatMap(([key, { queue, queueId, partition, to }]): DecisionEntry[] => {
    const topic = topics.get(queue)
    const start = starts.get(placeKey(queue, partition)) ?? 0
    // A topic that no broker reports may be one that only a silent broker knows.
    const isGone = topic === undefined ? metadata.warnings.length === 0 : isOther(queueId, topic.id) || to < start
    return isGone ? [[key, null]] : []
  })
  await write(tombstones)
  return tombstones.length
}

function isOther(queueId: string | null, id: string | undefined): boolean {
  return queueId !== null && id !== undefined && queueId !== id
}
