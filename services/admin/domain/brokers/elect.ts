import type { Warning } from '#shared/contracts/common.ts'
import type { ElectionRequest, ElectionResult } from '#shared/contracts/elections.ts'
import { fieldError, isKopsError } from '#shared/errors/catalog.ts'
import type { Elections } from '#shared/kafka/elections-port.ts'
import type { ClusterMetadata, ClusterReader } from '#shared/kafka/ports.ts'
import type { PartitionPlace } from '#shared/kafka/reassignments-port.ts'
import { distinctWarnings, type ReadOptions } from '../topics/list-topics.ts'

export interface ElectionPorts {
  reader: Pick<ClusterReader, 'metadata'>
  elections: Pick<Elections, 'electPreferred'>
}

export interface ElectionOptions extends ReadOptions {
  changeTimeoutMs: number
  dryRun: boolean
}

type Candidate = ElectionResult['partitions'][number]

/**
 * Has the preferred replicas lead again. The plan names the partitions that others lead; of those only the ones whose
 * preferred replica is in sync are asked for, so nothing unclean is elected.
 * @throws KopsError topic_not_found, cluster_unreachable, controller_unavailable, kafka_timeout
 */
export async function electPreferred(
  { reader, elections }: ElectionPorts,
  { partitions: wanted = 'all' }: Pick<ElectionRequest, 'partitions'>,
  { dryRun, now, deadlineMs, changeTimeoutMs }: ElectionOptions
): Promise<ElectionResult> {
  const topics = wanted === 'all' ? undefined : [...new Set(wanted.map(({ topic }) => topic))]
  const metadata = await reader.metadata({ deadlineMs, ...(topics === undefined ? {} : { topics }) })
  const { candidates, alreadyPreferred } = candidatesOf(metadata.value, wanted)
  const result = (partitions: Candidate[], warnings: Warning[], applied: boolean): ElectionResult => ({
    kind: 'preferred',
    dryRun,
    applied,
    partitions,
    alreadyPreferred,
    asOf: now().toISOString(),
    warnings: distinctWarnings(warnings)
  })
  if (dryRun) return result(candidates, metadata.warnings, false)
  const planned = candidates.filter(({ outcome }) => outcome === 'planned')
  const outcomes = await elections.electPreferred(
    planned.map(({ topic, partition }) => ({ topic, partition })),
    { timeoutMs: changeTimeoutMs }
  )
  const errors = new Map(outcomes.map(({ topic, partition, error }) => [`${topic}-${partition}`, error]))
  const done = candidates.map((candidate): Candidate => {
    if (candidate.outcome !== 'planned') return candidate
    const error = errors.get(`${candidate.topic}-${candidate.partition}`) ?? null
    // Somebody else, or Kafka itself, was faster: it leads.
    if (error === null || error.kafkaError === 'ELECTION_NOT_NEEDED') return { ...candidate, outcome: 'elected' }
    return { ...candidate, outcome: 'failed', detail: error.message }
  })
  const failures = outcomes.flatMap(({ error }) => (isKopsError(error) && error.status >= 500 ? [error] : []))
  if (planned.length > 0 && failures.length === planned.length && failures[0]) throw failures[0]
  return result(done, metadata.warnings, true)
}

/** The partitions that another replica leads than the preferred one. @throws KopsError topic_not_found */
export function candidatesOf(
  cluster: Pick<ClusterMetadata, 'topics'>,
  wanted: 'all' | readonly PartitionPlace[]
): { candidates: Candidate[]; alreadyPreferred: number } {
  const known = new Map(
    cluster.topics.flatMap(({ name, partitions }) =>
      partitions.map((partition): [string, typeof partition & { topic: string }] => [
        `${name}-${partition.partition}`,
        { ...partition, topic: name }
      ])
    )
  )
  if (wanted !== 'all') {
    const missing = wanted.findIndex(({ topic, partition }) => !known.has(`${topic}-${partition}`))
    const place = wanted[missing]
    if (place) {
      throw fieldError(
        'topic_not_found',
        `partitions.${missing}`,
        `There is no partition ${place.partition} of a topic ${place.topic}`
      )
    }
  }
  const asked =
    wanted === 'all'
      ? [...known.values()]
      : [...new Set(wanted.map(({ topic, partition }) => `${topic}-${partition}`))].flatMap(
          (name) => known.get(name) ?? []
        )
  const candidates = asked.flatMap(({ topic, partition, leader, replicas, isr }): Candidate[] => {
    const preferred = replicas[0] ?? null
    if (preferred === leader) return []
    const change = { topic, partition, from: leader, to: preferred }
    if (preferred !== null && isr.includes(preferred)) return [{ ...change, outcome: 'planned' }]
    return [{ ...change, outcome: 'not_possible', detail: `Broker ${preferred} is not in sync` }]
  })
  return { candidates, alreadyPreferred: asked.length - candidates.length }
}
