import type { ElectionRequest, ElectionResult } from '#shared/contracts/elections.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { CommittedOffset } from '#shared/kafka/groups/port.ts'
import { brokerName, type ClusterMetadata, type PartitionMetadata, type PartitionPlace } from '#shared/kafka/model.ts'
import type { Elections, ReplicaEnd } from '#shared/kafka/moves/port.ts'
import { distinctWarnings } from '../warnings.ts'
import { assertKnown, type Candidate, carryOutElection, type ElectionOptions, placeName } from './elect.ts'

export interface UncleanPorts {
  reader: Pick<ClusterReader, 'metadata' | 'groups' | 'committedOffsets'>
  elections: Pick<Elections, 'electUnclean' | 'logEnds'>
}

const mostPartitions = 1000
const namesOf = (ids: readonly number[]) => ids.map(brokerName).join(', ')

/**
 * Elects out-of-sync replicas as leaders of partitions that have no other possible leader. The plan reports the known
 * losses; the real call must name each partition in `acceptLoss`, and a reason.
 * @throws KopsError validation_failed, topic_not_found, data_loss_not_accepted, cluster_unreachable,
 * controller_unavailable, kafka_timeout
 */
export async function electUnclean(
  ports: UncleanPorts,
  request: Omit<ElectionRequest, 'kind'>,
  { dryRun, now, deadlineMs, changeTimeoutMs }: ElectionOptions
): Promise<ElectionResult> {
  const places = namedPartitions(request.partitions)
  const topics = [...new Set(places.map(({ topic }) => topic))]
  const metadata = await ports.reader.metadata({ deadlineMs, topics })
  const leaderless = leaderlessOf(metadata.value, places)
  const alive = leaderless.flatMap(({ topic, partition, alive }) =>
    alive.map((broker) => ({ topic, partition, broker }))
  )
  const [ends, commits] = await Promise.all([
    ports.elections.logEnds(alive, { deadlineMs }),
    alive.length === 0 ? { value: [], warnings: [] } : readCommits(ports, deadlineMs)
  ])
  const candidates = leaderless.map((each) => candidateOf(each, ends.value, commits.value))
  const result = (partitions: Candidate[], applied: boolean): ElectionResult => ({
    kind: 'unclean',
    dryRun,
    applied,
    partitions,
    alreadyPreferred: places.length - partitions.length,
    asOf: now().toISOString(),
    warnings: distinctWarnings([...metadata.warnings, ...ends.warnings, ...commits.warnings])
  })
  if (dryRun) return result(candidates, false)
  assertAccepted(candidates, request)
  const done = await carryOutElection(candidates, (planned) =>
    ports.elections.electUnclean(planned, { timeoutMs: changeTimeoutMs })
  )
  return result(done, true)
}

async function readCommits({ reader }: UncleanPorts, deadlineMs: number) {
  const groups = await reader.groups({ deadlineMs })
  const commits = await reader.committedOffsets(
    groups.value.map(({ group }) => group),
    { deadlineMs }
  )
  return { value: commits.value, warnings: [...groups.warnings, ...commits.warnings] }
}

/** @throws KopsError validation_failed for all partitions at once: losses must be visible partition by partition */
function namedPartitions(partitions: ElectionRequest['partitions']): PartitionPlace[] {
  if (partitions === undefined || partitions === 'all') {
    throw fieldError('validation_failed', 'partitions', 'an unclean election must name its partitions')
  }
  if (partitions.length > mostPartitions) {
    throw fieldError(
      'validation_failed',
      'partitions',
      `an unclean election takes at most ${mostPartitions} partitions`
    )
  }
  return [...new Map(partitions.map((place) => [placeName(place), place])).values()]
}

export interface Leaderless extends PartitionMetadata {
  topic: string
  /** Brokers with a replica that answer, in the order in which the controller chooses. */
  alive: number[]
}

/** The given partitions without a leader. Pure. @throws KopsError topic_not_found */
export function leaderlessOf(
  cluster: Pick<ClusterMetadata, 'topics' | 'brokers'>,
  places: readonly PartitionPlace[]
): Leaderless[] {
  const known = assertKnown(cluster, places)
  const brokers = new Set(cluster.brokers.map(({ id }) => id))
  return places.flatMap((place) => {
    const partition = known.get(placeName(place))
    if (!partition || partition.leader !== null) return []
    const { replicas, offlineReplicas } = partition
    return [{ ...partition, alive: replicas.filter((id) => brokers.has(id) && !offlineReplicas.includes(id)) }]
  })
}

/** The replica that the controller would choose, and the known losses. Pure. */
export function candidateOf(
  { topic, partition, replicas, isr, alive }: Leaderless,
  ends: readonly ReplicaEnd[],
  commits: readonly CommittedOffset[]
): Candidate {
  const [to = null] = alive
  const change = { topic, partition, from: null, to }
  const inSync = alive.filter((id) => isr.includes(id))
  if (inSync.length > 0) {
    const detail = `${namesOf(inSync)} is in sync and answers: the controller will elect it without data loss`
    return { ...change, outcome: 'not_possible', detail }
  }
  if (to === null) return { ...change, outcome: 'not_possible', detail: `Start one of ${namesOf(replicas)}` }
  const isHere = (place: PartitionPlace) => place.topic === topic && place.partition === partition
  const endOf = (id: number) => ends.find((each) => isHere(each) && each.broker === id)?.logEnd
  const end = endOf(to)
  const others = alive.slice(1).flatMap((id) => {
    const logEnd = endOf(id)
    return logEnd === undefined ? [] : [{ at: logEnd, says: `${brokerName(id)} has records up to ${logEnd}` }]
  })
  const read = commits.flatMap(({ offset, group, ...place }) =>
    isHere(place) && offset !== null ? [{ at: offset, says: `group ${group} has read up to ${offset}` }] : []
  )
  const ahead = [...others, ...read].filter(({ at }) => end !== undefined && at > end).toSorted((a, b) => b.at - a.at)
  const lastInSync = isr.length > 0 ? isr : replicas.filter((id) => !alive.includes(id))
  const said = [
    end === undefined
      ? `${brokerName(to)} did not report its log end offset`
      : `${brokerName(to)} would lead and has records up to ${end}`,
    ...ahead.slice(0, 3).map(({ says }) => says),
    `records beyond that which only ${namesOf(lastInSync)} had are lost too, and cannot be counted while it is down`
  ]
  const atLeast = end === undefined ? null : Math.max(0, (ahead[0]?.at ?? 0) - end)
  return { ...change, outcome: 'planned', loss: { atLeast, lastInSync, detail: said.join('; ') } }
}

/** @throws KopsError validation_failed without a reason, data_loss_not_accepted while a partition is not named */
function assertAccepted(candidates: readonly Candidate[], { acceptLoss, reason }: Omit<ElectionRequest, 'kind'>): void {
  const planned = candidates.filter(({ outcome }) => outcome === 'planned')
  const missing = planned.filter((candidate) => !acceptLoss?.includes(placeName(candidate)))
  const [first] = missing
  if (first) {
    const names = missing.map(placeName)
    throw new KopsError(
      'data_loss_not_accepted',
      `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}: acceptLoss does not name ` +
        `${names.length === 1 ? 'it' : 'them'}. ${placeName(first)}: ${lossOf(first)}`
    )
  }
  if (planned.length > 0 && reason === undefined) {
    throw fieldError('validation_failed', 'reason', 'an unclean election needs a reason for the audit trail')
  }
}

function lossOf({ loss }: Candidate): string {
  return `${loss?.atLeast ?? 'an unknown number of'} records would be lost; ${loss?.detail}`
}
