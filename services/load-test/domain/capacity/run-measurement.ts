import type { Clock } from '#shared/clock.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { CapacityMeasurement, MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { ClusterReader, ViewReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { retry } from '#shared/poll.ts'
import { faultEvidence } from '../drills/fault-evidence.ts'
import { holdFault } from '../drills/fault-hold.ts'
import { assertWhole } from '../drills/guards.ts'
import { leadersMoved } from '../drills/observation.ts'
import { startWatcher, type Watcher } from '../drills/watcher.ts'
import type { LoadTests } from '../load/load-tests.ts'
import { readCluster } from './guards.ts'
import { measuredBy } from './measured.ts'
import { capacityTopics, onOwnTopic } from './own-topic.ts'
import { type CapacityPlan, searchOn } from './plan.ts'

export interface MeasurementParts {
  loadTests: Pick<LoadTests, 'start' | 'ended' | 'cancel' | 'subscribe'>
  reader: Pick<ClusterReader, 'views' | 'metadata' | 'topicConfigs'> & ViewReader
  admin: Pick<TopicAdmin, 'createTopic' | 'deleteTopic'>
  /** Reads what a search on a topic is measured in. Never rejects. */
  readEnvironment: (topic: string | null, signal: AbortSignal) => Promise<Fingerprint>
  clock: Clock
}

/** What holds the broker of the second search stopped. */
export interface Stopping {
  agent: Pick<DrillAgent, 'inject' | 'renew' | 'heal' | 'fault'>
  node: string
  /** Checks all guards again, right before the broker is stopped. @returns the broker on the node */
  check: () => Promise<BrokerMetadata>
}

export interface MeasurementOrder {
  id: string
  plan: CapacityPlan
  /** undefined: the first search is all. */
  stopping: Stopping | undefined
  signal: AbortSignal
  onEvent: (event: string, detail?: string) => void
  /** Passes on what is known of the measurement from now on. */
  onChange: (change: Partial<CapacityMeasurement>, options?: { persist: boolean }) => void
}

export type MeasurementEnd = Pick<CapacityMeasurement, 'status' | 'run'> & { failure?: string }

/** Timeouts of the steps. */
const bounds = { earlyMs: 20_000, wholeMs: 60_000, goneMs: 60_000, healMs: 90_000, recoveredMs: 300_000 }
const leaseMs = 10_000
/** Rare enough to cost nothing beside a search. */
const watch = { intervalMs: 1000, deadlineMs: 800 }
const pauseMs = 500

/**
 * Searches with all brokers, then with one stopped. Whatever happens, including an abort, the broker is back and the topics are
 * deleted before it resolves; unless it was aborted, the cluster is healthy again, or the measurement has failed for that
 * reason. Never rejects.
 */
export async function runMeasurement(parts: MeasurementParts, order: MeasurementOrder): Promise<MeasurementEnd> {
  const { signal, stopping, onEvent, onChange } = order
  const topics = capacityTopics(order.id)
  try {
    const allBrokers = await onOwnTopic(parts, order, topics.all, (fingerprint) =>
      search(parts, order, { topic: topics.all, fingerprint, stoppedNode: null, signal })
    )
    await untilHealthy(parts, bounds.wholeMs, signal)
    onChange({ allBrokers })
    onEvent('found', `${allBrokers.recordsPerSecond} records/s with all brokers`)
    if (stopping) {
      const from = Math.max(1, Math.round(allBrokers.recordsPerSecond / 2))
      await onOwnTopic(parts, order, topics.down, (fingerprint) =>
        searchWithout(parts, order, stopping, { topic: topics.down, fingerprint, startPerSecond: from })
      )
      await recover(parts, order)
    }
    return { status: 'completed', run: null }
  } catch (error) {
    const failure = messageOf(signal.aborted ? signal.reason : error)
    onEvent(signal.aborted ? 'aborted' : 'failed', failure)
    return { status: signal.aborted ? 'aborted' : 'failed', run: null, failure }
  }
}

interface Search {
  topic: string
  fingerprint: Fingerprint
  stoppedNode: string | null
  startPerSecond?: number
  signal: AbortSignal
}

/** @throws Error if the search has no answer, or one of a cluster that has lost a broker meanwhile */
async function search(
  parts: MeasurementParts,
  { plan, onEvent, onChange }: MeasurementOrder,
  { topic, fingerprint, stoppedNode, startPerSecond, signal }: Search
): Promise<MeasuredCapacity> {
  const { loadTests, clock } = parts
  const before = await readLeaders(parts, topic, signal)
  const started = await retry(() => loadTests.start(searchOn(topic, plan, startPerSecond)), isEarly, {
    timeoutMs: bounds.earlyMs,
    pauseMs,
    clock,
    signal
  })
  onEvent('searching', started.id)
  onChange({ run: started.id })
  const stopListening = loadTests.subscribe(started.id, ({ progress }) => onChange({ progress }, { persist: false }))
  const cancel = () => void loadTests.cancel(started.id, messageOf(signal.reason)).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  let run: LoadTestRun
  try {
    run = await loadTests.ended(started.id)
  } finally {
    stopListening()
    signal.removeEventListener('abort', cancel)
    onChange({ run: null, progress: null })
  }
  signal.throwIfAborted()
  const after = await readLeaders(parts, topic, signal)
  const moved = before.findIndex((leader, partition) => leader !== after[partition])
  if (moved >= 0)
    throw new Error(
      `What was found does not count: kafka-${before[moved]} was gone meanwhile, and lost the lead of ${topic}-${moved}`
    )
  const measured = measuredBy(run, { plan, stoppedNode, fingerprint })
  if (typeof measured === 'string') throw new Error(`The search ${run.id} has no answer: ${measured}`)
  return measured
}

/** The leader of each partition, as soon as a broker answers. Where one changes, a broker was lost for a while, whatever it is now. */
async function readLeaders(
  { reader, clock }: MeasurementParts,
  topic: string,
  signal: AbortSignal
): Promise<(number | null)[]> {
  const look = () => reader.metadata({ topics: [topic], deadlineMs: 4000, signal })
  const { value } = await retry(look, () => true, { timeoutMs: bounds.wholeMs, pauseMs, clock, signal })
  const partitions = value.topics.find(({ name }) => name === topic)?.partitions ?? []
  return partitions.toSorted((a, b) => a.partition - b.partition).map(({ leader }) => leader)
}

/** Stops the broker, searches, and starts the broker again in any case. */
async function searchWithout(
  parts: MeasurementParts,
  order: MeasurementOrder,
  { agent, node, check }: Stopping,
  { topic, fingerprint, startPerSecond }: Pick<Search, 'topic' | 'fingerprint' | 'startPerSecond'>
): Promise<void> {
  const { clock, reader } = parts
  const { onEvent, onChange, signal } = order
  const broker = await retry(check, (error) => isKopsError(error, 'cluster_unhealthy'), {
    timeoutMs: bounds.wholeMs,
    pauseMs,
    clock,
    signal
  })
  onEvent('broker-stopping', node)
  const injectedAtMs = clock.monotonicMs()
  const fault = holdFault({ agent, clock }, { kind: 'stop', node, leaseMs })
  await fault.placed
  const activeAtMs = clock.monotonicMs()
  const watcher = startWatcher({ reader, clock, topic, node: broker, ...watch })
  try {
    onEvent('broker-stopped', node)
    const held = AbortSignal.any([signal, fault.lost])
    await untilGone(watcher, node, held)
    const oneBrokerDown = await search(parts, order, {
      topic,
      fingerprint,
      stoppedNode: node,
      ...(startPerSecond === undefined ? {} : { startPerSecond }),
      signal: held
    })
    const { confirmed, detail } = faultEvidence({
      node,
      observations: watcher.observations,
      injectedAtMs,
      activeAtMs,
      healedAtMs: clock.monotonicMs(),
      leadersOnNodeBefore: 0,
      lost: undefined
    })
    if (!confirmed) throw new Error(`What was found does not count: ${detail}`)
    onChange({ oneBrokerDown })
    onEvent('found', `${oneBrokerDown.recordsPerSecond} records/s with ${node} stopped`)
  } finally {
    await watcher.stop()
    onChange({ status: 'healing' })
    onEvent('healing', node)
    await fault.heal(bounds.healMs).catch((error: unknown) => {
      // The agent retries by itself; if the agent is down, it heals the expired lease when it is back.
      onEvent('healing-failed', messageOf(error))
      throw error
    })
    onEvent('healed', node)
  }
}

/** Until then partitions may have no leader, or wait for a replica that is no longer there. */
async function untilGone(watcher: Watcher, node: string, signal: AbortSignal): Promise<void> {
  const gone = await watcher.until((observation) => !observation.nodeReachable && leadersMoved(observation), {
    timeoutMs: bounds.goneMs,
    signal
  })
  if (!gone)
    throw new Error(`${node} still answers, or leads partitions, ${bounds.goneMs / 1000} s after it was stopped`)
}

/** Replicas that were on the stopped broker catch up. */
async function recover(parts: MeasurementParts, { signal, onEvent, onChange }: MeasurementOrder): Promise<void> {
  onChange({ status: 'recovering' })
  onEvent('recovering')
  await untilHealthy(parts, bounds.recoveredMs, signal)
  onEvent('recovered')
}

/** @throws KopsError cluster_unhealthy after the time */
async function untilHealthy(
  { reader, clock }: MeasurementParts,
  timeoutMs: number,
  signal: AbortSignal
): Promise<void> {
  const look = async () => assertWhole(await readCluster(reader))
  await retry(look, () => true, { timeoutMs, pauseMs, clock, signal })
}

function isEarly(error: unknown): boolean {
  return isKopsError(error, 'topic_not_found') || isKopsError(error, 'topic_not_ready')
}
