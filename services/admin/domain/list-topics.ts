import type { Warning } from '../../../shared/contracts/common.ts'
import type { TopicList, TopicListQuery, TopicSummary } from '../../../shared/contracts/topics.ts'
import type { ClusterReader, ReplicaSize, TopicMetadata } from '../../../shared/kafka/ports.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'

const defaultLimit = 1000

export interface ReadOptions {
  now: () => Date
  /** How long each reading may take; what has not answered by then is left out. */
  deadlineMs: number
}

/**
 * One page of the topics, by name. Two requests a broker however many topics there are: one for all metadata, one for the
 * sizes of the page's replicas.
 * @throws KopsError cluster_unreachable, or validation_failed on `cursor`
 */
export async function listTopics(
  reader: Pick<ClusterReader, 'metadata' | 'replicaSizes'>,
  query: TopicListQuery,
  { now, deadlineMs }: ReadOptions
): Promise<TopicList> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  const metadata = await reader.metadata({ deadlineMs })
  const { page, nextCursor } = pageOf(metadata.value.topics, { ...query, after })
  const names = page.map(({ name }) => name)
  const sizes = names.length === 0 ? { value: [], warnings: [] } : await reader.replicaSizes(names, { deadlineMs })
  const totals = sizesByTopic(sizes.value)
  return {
    topics: page.map((topic) => summarize(topic, totals.get(topic.name) ?? null)),
    ...(nextCursor === undefined ? {} : { nextCursor }),
    asOf: now().toISOString(),
    warnings: distinctWarnings([...metadata.warnings, ...sizes.warnings])
  }
}

export interface PageQuery extends Pick<TopicListQuery, 'name' | 'internal' | 'limit'> {
  /** The last name of the page before. */
  after: string | undefined
}

/** The topics of one page, in the order of their code units: the same on every machine. */
export function pageOf(
  topics: TopicMetadata[],
  { name, internal = false, limit = defaultLimit, after }: PageQuery
): { page: TopicMetadata[]; nextCursor: string | undefined } {
  const matching = topics
    .filter((topic) => internal || !topic.internal)
    .filter((topic) => name === undefined || topic.name.includes(name))
    .filter((topic) => after === undefined || topic.name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: last !== undefined && matching.length > limit ? encodeCursor(last.name) : undefined }
}

function summarize(topic: TopicMetadata, sizeBytes: number | null): TopicSummary {
  return {
    name: topic.name,
    internal: topic.internal,
    partitions: topic.partitions.length,
    replicationFactor: replicationFactorOf(topic),
    underReplicated: topic.partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    sizeBytes
  }
}

/** The largest replica set of its partitions: they differ only while a reassignment is under way. */
export function replicationFactorOf(topic: TopicMetadata): number {
  return topic.partitions.reduce((most, { replicas }) => Math.max(most, replicas.length), 0)
}

/** Bytes on the disks of all replicas that were read; a topic of which none was read is absent. */
export function sizesByTopic(sizes: ReplicaSize[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { topic, sizeBytes } of sizes) totals.set(topic, (totals.get(topic) ?? 0) + sizeBytes)
  return totals
}

/** Several readings miss the same broker: it is named once. */
export function distinctWarnings(warnings: Warning[]): Warning[] {
  const distinct = new Map(warnings.map((warning) => [`${warning.code} ${warning.target ?? warning.message}`, warning]))
  return [...distinct.values()]
}
