import type { Clock } from '#shared/clock.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { ClusterMode } from '#shared/contracts/cluster.ts'
import type { DrillConsumers } from '#shared/contracts/drill-consumers.ts'
import type { AbortWhen, DrillKind } from '#shared/contracts/drill-request.ts'
import type { Drill, DrillStatus } from '#shared/contracts/drills.ts'
import type { Workload as LoadWorkload } from '#shared/contracts/workload.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { ClusterReader, ViewReader } from '#shared/kafka/cluster/port.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { EpochReader, IndependentReader } from '#shared/kafka/verifying/port.ts'
import { poll, retry } from '#shared/poll.ts'
import type { ConditionParts } from '../gamedays/conditions.ts'
import type { EnsembleReader } from './looks.ts'
import type { CreateParticipant } from './participants.ts'
import type { PredictedDrill } from './prediction.ts'
import type { WriterSettings } from './records/outcomes.ts'
import type { Stage } from './stages.ts'
import type { FoundTarget } from './target-nodes.ts'
import { type DrillTopic, readExtents } from './topic.ts'
import type { Watcher } from './watcher.ts'
import type { CreateDrillProducer, Workload } from './workload.ts'

export interface DrillParts {
  agent: DrillAgent
  reader: Pick<ClusterReader, 'views' | 'metadata' | 'offsets' | 'close'> & ViewReader
  admin: Pick<TopicAdmin, 'createTopic' | 'deleteTopic' | 'close'>
  independentReader: IndependentReader
  /** Where the epochs of partitions end. */
  epochs: EpochReader
  createProducer: (
    of: { topic: string; transactionalId: string },
    ...more: Parameters<CreateDrillProducer>
  ) => ReturnType<CreateDrillProducer>
  /** Who uses the cluster beside the writers, in the order in which they start. */
  participants?: readonly CreateParticipant[]
  /** undefined: nothing says where the nodes of the metadata quorum are. */
  ensemble?: EnsembleReader | undefined
  /** Conditions that end a drill and are read from Prometheus; undefined: none is configured. */
  conditions?: ConditionParts | undefined
  clock: Clock
}

export interface DrillPlan {
  id: string
  kind: DrillKind
  mode: ClusterMode
  target: FoundTarget
  stages: readonly Stage[]
  prediction?: PredictedDrill | undefined
  topic: DrillTopic
  /** Of the writers; without them, durable ones. */
  writers?: WriterSettings | undefined
  /** The drill's consumer group; absent: no consumer reads during the drill. */
  consumers?: DrillConsumers | undefined
  /** A load test that runs beside it. */
  load?: LoadWorkload | undefined
  /** What ends it early. */
  abortWhen?: AbortWhen | undefined
  signal: AbortSignal
  onStatus: (status: DrillStatus) => void
  onEvent: (event: string, detail?: string) => void
  /** Adds to the drill's record. */
  onChange: (change: Partial<Drill>, how?: { persist: boolean }) => void
}

/** Timeouts of the steps. */
export const bounds = {
  topicMs: 20_000,
  metadataMs: 4_000,
  steadyMs: 30_000,
  confirmMs: 15_000,
  healMs: 90_000,
  fullIsrMs: 120_000,
  afterwardsMs: 1_000,
  drainMs: 60_000,
  readMs: 60_000
}

/**
 * Creates the topic of the drill's own. Of one that others use, looks where it ends: what is before is not the drill's.
 * @returns these ends, by partition; undefined for a topic of its own
 * @throws KopsError those of creating a topic, or of readExtents()
 */
export async function prepareTopic(
  { admin, reader }: Pick<DrillParts, 'admin' | 'reader'>,
  { topic, signal, onEvent }: Pick<DrillPlan, 'topic' | 'signal' | 'onEvent'>
): Promise<ReadonlyMap<number, number> | undefined> {
  const { name, isShared, partitions, replicationFactor, minInsyncReplicas } = topic
  if (isShared) {
    const extents = await readExtents(reader, name, { deadlineMs: bounds.metadataMs, signal })
    onEvent('topic-shared', name)
    return new Map(Array.from(extents, ([partition, { end }]) => [partition, end]))
  }
  const configs = { 'min.insync.replicas': String(minInsyncReplicas), 'retention.ms': '86400000' }
  await admin.createTopic(
    { name, partitions, replicationFactor, configs },
    { validateOnly: false, timeoutMs: bounds.topicMs }
  )
  onEvent('topic-created', name)
  return undefined
}

/** Brokers learn a topic's name a moment after the controller has accepted it. */
export async function startWhenReady(
  workload: Pick<Workload, 'start'>,
  { clock }: DrillParts,
  signal: AbortSignal
): Promise<void> {
  const isEarly = (error: unknown) => isKopsError(error, 'topic_not_found') || isKopsError(error, 'topic_not_ready')
  await retry(() => workload.start(), isEarly, { timeoutMs: bounds.topicMs, pauseMs: 200, clock, signal })
}

/**
 * Waits until every partition acknowledges writes and has a full ISR. Resolves to the number of partitions that the
 * node leads.
 */
export async function steady(
  workload: Workload,
  watcher: Watcher,
  { clock }: DrillParts,
  signal: AbortSignal
): Promise<number> {
  const { answer: silent } = await poll(
    () => Array.from(workload.acknowledgements.values()).filter((times) => times.length === 0).length,
    (count) => count === 0,
    { timeoutMs: bounds.steadyMs, pauseMs: 100, clock, signal }
  )
  if (silent > 0) {
    throw new KopsError('topic_not_ready', `${silent} partition(s) of the drill's topic acknowledge nothing`)
  }
  const whole = await watcher.until(
    ({ isrWhole, leaderless, nodeReachable }) => isrWhole && leaderless === 0 && nodeReachable,
    {
      timeoutMs: bounds.steadyMs,
      signal
    }
  )
  if (!whole) throw new KopsError('topic_not_ready', "Not every replica of the drill's topic is in sync")
  return whole.leadersOnNode
}

/** Deletes the topic of the drill's own. */
export async function deleteTopic({ admin }: DrillParts, { topic, onEvent }: DrillPlan): Promise<void> {
  const { name, isShared } = topic
  if (isShared) return
  try {
    await admin.deleteTopic(name, { timeoutMs: bounds.topicMs })
    onEvent('topic-deleted', name)
  } catch (error) {
    if (isKopsError(error, 'topic_not_found')) return
    onEvent('topic-not-deleted', `${name}: ${messageOf(error)}`)
  }
}
