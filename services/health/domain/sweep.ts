import type { Warning } from '../../../shared/contracts/common.ts'
import { endpointKey } from '../../../shared/kafka/endpoints.ts'
import { mergeMetadata, metadataOf } from '../../../shared/kafka/merge-views.ts'
import type {
  BrokerView,
  ClusterMetadata,
  ClusterReader,
  CommittedOffset,
  Deadline,
  GroupReading,
  TopicMetadata
} from '../../../shared/kafka/ports.ts'
import type { ZookeeperReader, ZookeeperView } from '../../../shared/zookeeper/ports.ts'
import type { Clock } from './clock.ts'
import { createErrorLog } from './error-log.ts'
import type { ClusterReadings, KnownBroker } from './readings.ts'

const minInsyncReplicas = 'min.insync.replicas'

export interface SweepPorts {
  reader: ClusterReader
  zookeepers: ZookeeperReader
  clock: Clock
}

export interface SweepLimits {
  /** How long a broker or ZooKeeper node may take to show itself. */
  viewsMs: number
  /** How long the whole sweep may take. */
  totalMs: number
}

/**
 * Reads the whole cluster once. A part that fails is left out and counted; only giving up (the signal) rejects. Takes at
 * most `totalMs`: the stages share one budget, and a broker that was silent in the first is not asked in the others.
 * Committed offsets are read before end offsets, so that a lag is never negative because a consumer was quick.
 */
export async function sweep(
  { reader, zookeepers, clock }: SweepPorts,
  { viewsMs, totalMs }: SweepLimits,
  known: ReadonlyMap<number, KnownBroker>,
  signal: AbortSignal
): Promise<ClusterReadings> {
  const asOf = clock.now()
  const startedAt = clock.monotonicMs()
  const elapsed = () => clock.monotonicMs() - startedAt
  const limit = (): Deadline => ({ deadlineMs: Math.max(1, totalMs - elapsed()), signal })
  const log = createErrorLog(signal)

  const [views, nodes] = await Promise.all([
    reader.views({ deadlineMs: viewsMs, signal }),
    zookeepers.views({ deadlineMs: viewsMs, signal })
  ])
  log.add('metadata', views.flatMap(unreachable))
  log.add('zookeeper', nodes.flatMap(unreachable))
  const metadata = views.some((view) => view.reachable) ? mergeMetadata(metadataOf(views)) : null

  let configs = new Map<string, number>()
  let groups: GroupReading[] | null = null
  let committed: CommittedOffset[] = []
  if (metadata) {
    const topics = metadata.topics.map(({ name }) => name)
    const readConfigs = async () => {
      const entries = await log.part('configs', () =>
        reader.topicConfigs(topics, { ...limit(), names: [minInsyncReplicas] })
      )
      configs = new Map(Array.from(entries ?? [], ([topic, [entry]]) => [topic, Number(entry?.value)]))
    }
    const readCommits = async () => {
      groups = await log.part('groups', () => reader.groups(limit()))
      const names = groups?.map(({ group }) => group) ?? []
      committed = (await log.part('commits', () => reader.committedOffsets(names, limit()))) ?? []
    }
    await Promise.all([readConfigs(), readCommits()])
  }
  const wanted = metadata ? committedPartitions(metadata, committed) : []
  const offsets = (await log.part('offsets', () => reader.offsets(wanted, limit()))) ?? []

  return {
    asOf,
    durationMs: elapsed(),
    views,
    zookeepers: nodes,
    quorum: null,
    metadata,
    minInsyncReplicas: configs,
    groups,
    committed,
    offsets,
    logDirs: [],
    replicaSizes: [],
    jmx: new Map(),
    parts: new Map(),
    warnings: log.warnings,
    errors: log.errors,
    known: metadata ? identify(metadata, known) : known
  }
}

/** The partitions that some group has committed: only their end offsets are needed. */
function committedPartitions({ topics }: ClusterMetadata, committed: readonly CommittedOffset[]): TopicMetadata[] {
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partition } of committed) {
    const ofTopic = wanted.get(topic)
    if (ofTopic) ofTopic.add(partition)
    else wanted.set(topic, new Set([partition]))
  }
  return topics
    .filter(({ name }) => wanted.has(name))
    .map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter(({ partition }) => wanted.get(topic.name)?.has(partition))
    }))
}

/** The brokers that the cluster names now, and of the earlier ones those that still hold replicas. */
function identify(metadata: ClusterMetadata, known: ReadonlyMap<number, KnownBroker>): Map<number, KnownBroker> {
  const holders = new Set(metadata.topics.flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas)))
  const brokers = new Map(Array.from(known).filter(([id]) => holders.has(id)))
  for (const { id, host, port, rack } of metadata.brokers) brokers.set(id, { id, endpoint: { host, port }, rack })
  return brokers
}

function unreachable(view: BrokerView | ZookeeperView): Warning[] {
  if (view.reachable) return []
  return [{ code: view.error.code, message: view.error.message, target: endpointKey(view.endpoint) }]
}
