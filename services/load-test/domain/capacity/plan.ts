import type { Static } from 'typebox'
import type { StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { TemporaryTopicSchema } from '#shared/contracts/workload.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ResolvedSearch } from '../load/resolve-rate.ts'
import { type ResolvedWorkload, resolveWorkload, type WorkloadLimits } from '../load/resolve-workload.ts'

/** The topic that a measurement makes for each of its searches, with its settings. */
export type MeasuredTopic = Required<Static<typeof TemporaryTopicSchema>>

export interface CapacityPlan {
  workload: ResolvedWorkload & { rate: ResolvedSearch }
  topic: MeasuredTopic
  /** The node to stop for the second search; null: there is none. */
  node: string | null
}

const defaults = { partitions: 12, replicas: 3, producers: 2, seconds: 900 }

/**
 * Fills in what a request leaves open. The topic has as many replicas as there are brokers, up to three.
 * @param brokers how many there are
 * @throws KopsError validation_failed, naming the field
 */
export function planOf(request: StartCapacity, brokers: number, limits: WorkloadLimits): CapacityPlan {
  const { oneBrokerDown = false, node, confirm, topic: asked, rate, durationSeconds, producers, ...load } = request
  if (oneBrokerDown && node === undefined)
    throw fieldError('validation_failed', 'node', 'is required: the broker to stop')
  if (oneBrokerDown && confirm !== node) {
    const message = `must be ${node}, because every topic has a replica less while that broker is stopped`
    throw fieldError('validation_failed', 'confirm', message)
  }
  const replicationFactor = asked?.replicationFactor ?? Math.min(defaults.replicas, Math.max(1, brokers))
  const topic: MeasuredTopic = {
    kind: 'temporary',
    partitions: asked?.partitions ?? defaults.partitions,
    replicationFactor,
    configs: { 'min.insync.replicas': String(Math.max(1, replicationFactor - 1)), ...asked?.configs }
  }
  if (oneBrokerDown && Number(topic.configs['min.insync.replicas']) >= replicationFactor) {
    const message = 'must be more than min.insync.replicas, or the topic takes nothing while a broker is stopped'
    throw fieldError('validation_failed', 'topic.replicationFactor', message)
  }
  const workload = resolveWorkload(
    {
      name: 'capacity',
      topic,
      rate: rate ?? { kind: 'search' },
      durationSeconds: durationSeconds ?? Math.min(defaults.seconds, limits.maxSeconds),
      producers: producers ?? defaults.producers,
      ...load
    },
    { defaultTopic: '', limits }
  )
  if (workload.rate.kind !== 'search') throw new Error('a search is resolved to a search')
  return { workload: { ...workload, rate: workload.rate }, topic, node: oneBrokerDown ? (node ?? null) : null }
}

/** The workload of one search, on a topic that is there. */
export function searchOn(topic: string, { workload }: CapacityPlan, startPerSecond?: number): ResolvedWorkload {
  const start = Math.min(startPerSecond ?? workload.rate.startPerSecond, workload.rate.maxPerSecond)
  return {
    ...workload,
    topic: { kind: 'existing', name: topic, confirm: topic },
    rate: { ...workload.rate, startPerSecond: start }
  }
}
