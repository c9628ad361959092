import type { Warning } from '#shared/contracts/common.ts'
import type { ElectionRequest, ElectionResult } from '#shared/contracts/elections.ts'
import { fieldError, isKopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ClusterMetadata, PartitionMetadata, PartitionPlace } from '#shared/kafka/model.ts'
import type { ElectionOutcome, Elections } from '#shared/kafka/moves/port.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'

export interface ElectionPorts {
  reader: Pick<ClusterReader, 'metadata'>
  elections: Pick<Elections, 'electPreferred'>
}

export interface ElectionOptions extends ReadTiming {
  changeTimeoutMs: number
  dryRun: boolean
}

export type Candidate = ElectionResult['partitions'][number]

export const placeName = ({ topic, partition }: PartitionPlace) => `${topic}-${partition}`

/**
 * Elects preferred leaders. The plan names the partitions with another leader; it requests only those whose preferred
 * replica is in sync, so that no election is unclean.
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
  const done = await carryOutElection(candidates, (planned) =>
    elections.electPreferred(planned, { timeoutMs: changeTimeoutMs })
  )
  return result(done, metadata.warnings, true)
}

/**
 * Requests the planned elections of some candidates.
 * @returns the candidates with their outcomes
 * @throws KopsError of the controller if it refused all for its own reason
 */
export async function carryOutElection(
  candidates: readonly Candidate[],
  elect: (planned: PartitionPlace[]) => Promise<ElectionOutcome[]>
): Promise<Candidate[]> {
  const planned = candidates.filter(({ outcome }) => outcome === 'planned')
  const outcomes = await elect(planned.map(({ topic, partition }) => ({ topic, partition })))
  const failures = outcomes.flatMap(({ error }) => (isKopsError(error) && error.status >= 500 ? [error] : []))
  if (planned.length > 0 && failures.length === planned.length && failures[0]) throw failures[0]
  const errors = new Map(outcomes.map((outcome) => [placeName(outcome), outcome.error]))
  return candidates.map((candidate): Candidate => {
    if (candidate.outcome !== 'planned') return candidate
    const error = errors.get(placeName(candidate)) ?? null
    // Somebody else, or Kafka itself, already elected it.
    if (error === null || error.kafkaError === 'ELECTION_NOT_NEEDED') return { ...candidate, outcome: 'elected' }
    return { ...candidate, outcome: 'failed', detail: error.message }
  })
}

/** The partitions that another replica leads than the preferred one. @throws KopsError topic_not_found */
export function candidatesOf(
  cluster: Pick<ClusterMetadata, 'topics'>,
  wanted: 'all' | readonly PartitionPlace[]
): { candidates: Candidate[]; alreadyPreferred: number } {
  const known = assertKnown(cluster, wanted === 'all' ? [] : wanted)
  const asked =
    wanted === 'all'
      ? [...known.values()]
      : [...new Set(wanted.map(placeName))].flatMap((name) => known.get(name) ?? [])
  const candidates = asked.flatMap(({ topic, partition, leader, replicas, isr }): Candidate[] => {
    const preferred = replicas[0] ?? null
    if (preferred === leader) return []
    const change = { topic, partition, from: leader, to: preferred }
    if (preferred !== null && isr.includes(preferred)) return [{ ...change, outcome: 'planned' }]
    return [{ ...change, outcome: 'not_possible', detail: `Broker ${preferred} is not in sync` }]
  })
  return { candidates, alreadyPreferred: asked.length - candidates.length }
}

/** The partitions of some topics, by name. @throws KopsError topic_not_found for a missing one */
export function assertKnown(
  { topics }: Pick<ClusterMetadata, 'topics'>,
  wanted: readonly PartitionPlace[]
): Map<string, PartitionMetadata & { topic: string }> {
  const known = new Map(
    topics.flatMap(({ name: topic, partitions }) =>
      partitions.map((partition) => [placeName({ topic, ...partition }), { ...partition, topic }] as const)
    )
  )
  const missing = wanted.findIndex((place) => !known.has(placeName(place)))
  const place = wanted[missing]
  if (!place) return known
  throw fieldError(
    'topic_not_found',
    `partitions.${missing}`,
    `Topic ${place.topic} with partition ${place.partition} does not exist`
  )
}
