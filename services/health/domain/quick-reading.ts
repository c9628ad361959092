import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { isKopsError, type KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader, KraftQuorum, QuorumReader } from '#shared/kafka/cluster/port.ts'
import {
  type BrokerView,
  type ClusterMetadata,
  type Deadline,
  endpointKey,
  mergeMetadata,
  metadataOf
} from '#shared/kafka/model.ts'
import type { ZookeeperReader, ZookeeperView } from '#shared/zookeeper/ports.ts'
import { createPartLog, type PartLog, type PartOutcomes } from './part-log.ts'
import type { ClusterReadings, KnownBroker, PartState } from './readings.ts'
import { readTopicSettings } from './topic-settings.ts'

export interface QuickPorts {
  reader: Pick<
    ClusterReader,
    'views' | 'offsets' | 'logDirs' | 'topicConfigs' | 'groups' | 'committedOffsets' | 'recordTimes' | 'close'
  > &
    Pick<QuorumReader, 'describeQuorum'>
  zookeepers: ZookeeperReader
  clock: Clock
}

export interface QuickLimits {
  /** Deadline for a broker, a ZooKeeper node or the quorum to answer. */
  viewsMs: number
  /** Deadline of the whole reading. */
  totalMs: number
}

/** The data that decides the status of a cluster, and is quick to read whatever its size: live nodes and leaders. */
export type QuickReadings = PartOutcomes &
  Pick<ClusterReadings, 'asOf' | 'durationMs' | 'views' | 'zookeepers' | 'quorum' | 'metadata' | 'known'> & {
    /** For topics that were discovered since the last full reading. */
    minInsyncReplicas: ReadonlyMap<string, number>
  }

/**
 * Takes a quick reading in at most `totalMs`. Leaves out and records what fails; rejects only if the signal aborts it.
 * @param last the previous state: brokers that are down now, whether there is ZooKeeper, settings of topics
 */
export async function readQuick(
  { reader, zookeepers, clock }: QuickPorts,
  { viewsMs, totalMs }: QuickLimits,
  last: ClusterReadings | undefined,
  signal: AbortSignal
): Promise<QuickReadings> {
  const asOf = clock.now()
  const startedAt = clock.monotonicMs()
  const elapsed = () => clock.monotonicMs() - startedAt
  const log = createPartLog(clock, signal)
  const kraft = isKnownAsKraft(last)
  const deadline: Deadline = { deadlineMs: viewsMs, signal }
  const [views, nodes, quorum] = await Promise.all([
    reader.views(deadline).then((found) => {
      log.note('brokers', state(asOf, elapsed(), found.some(isReachable)), found.flatMap(unreachable))
      return found
    }),
    kraft ? [] : zookeepers.views(deadline),
    describeQuorum(reader, deadline)
  ])
  const metadata = views.some(isReachable) ? mergeMetadata(metadataOf(views)) : null
  log.note('metadata', state(asOf, elapsed(), metadata !== null), metadata ? [] : [nobodyTold])
  const isKraft = kraft || (quorum !== null && (!isKopsError(quorum) || quorum.code === 'controller_unavailable'))
  if (isKraft) noteQuorum(log, state(asOf, elapsed(), true), quorum)
  else if (nodes.length > 0) {
    log.note('zookeeper', state(asOf, elapsed(), nodes.some(isReachable)), nodes.flatMap(unreachable))
  }

  const known = last?.minInsyncReplicas
  const unknown = metadata?.topics.map(({ name }) => name).filter((name) => !known?.has(name)) ?? []
  // The very first reading leaves settings to the rest of the full one, which has more time.
  const read = last === undefined || unknown.length === 0 ? null : readTopicSettings(reader, log, unknown)
  const settings = await read?.(Math.max(1, totalMs - elapsed()))
  return {
    asOf,
    durationMs: elapsed(),
    views,
    zookeepers: isKraft ? [] : nodes,
    quorum: isKopsError(quorum) ? null : quorum,
    metadata,
    known: metadata ? identify(metadata, last?.known ?? new Map()) : (last?.known ?? new Map()),
    minInsyncReplicas: settings?.minInsyncReplicas ?? new Map(),
    parts: log.parts,
    problems: log.problems
  }
}

/** A cluster does not go back from KRaft to ZooKeeper. */
export function isKnownAsKraft(last: Pick<ClusterReadings, 'parts'> | undefined): boolean {
  return last?.parts.has('quorum') === true
}

/** null for a cluster with ZooKeeper; the error if the quorum could not be read. */
export async function describeQuorum(
  reader: Pick<QuorumReader, 'describeQuorum'>,
  deadline: Deadline
): Promise<KraftQuorum | KopsError | null> {
  try {
    const quorum = await reader.describeQuorum(deadline)
    return quorum.kind === 'kraft' ? quorum : null
  } catch (error) {
    deadline.signal?.throwIfAborted()
    if (!isKopsError(error)) throw error
    return error
  }
}

export function noteQuorum(log: PartLog, read: PartState, quorum: KraftQuorum | KopsError | null): void {
  const failed = quorum === null || isKopsError(quorum)
  const message = isKopsError(quorum) ? quorum.message : 'The brokers report no quorum'
  const code = isKopsError(quorum) ? quorum.code : 'controller_unavailable'
  log.note('quorum', { ...read, ok: !failed }, failed ? [{ code, message, target: 'quorum' }] : [])
}

const nobodyTold: Warning = { code: 'cluster_unreachable', message: 'No broker answers', target: 'metadata' }

function state(asOf: Date, durationMs: number, ok: boolean): PartState {
  return { asOf, durationMs, ok }
}

function isReachable({ reachable }: { reachable: boolean }): boolean {
  return reachable
}

/** The brokers that the cluster names now, plus earlier ones that still hold replicas. */
function identify(metadata: ClusterMetadata, known: ReadonlyMap<number, KnownBroker>): Map<number, KnownBroker> {
  const holders = new Set<number>()
  for (const { partitions } of metadata.topics) {
    for (const { replicas } of partitions) for (const id of replicas) holders.add(id)
  }
  const brokers = new Map(Array.from(known).filter(([id]) => holders.has(id)))
  for (const { id, host, port, rack } of metadata.brokers) brokers.set(id, { id, endpoint: { host, port }, rack })
  return brokers
}

function unreachable(view: BrokerView | ZookeeperView): Warning[] {
  if (view.reachable) return []
  return [{ code: view.error.code, message: view.error.message, target: endpointKey(view.endpoint) }]
}
