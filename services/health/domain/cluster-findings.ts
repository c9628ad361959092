import type { LogDirHealth } from '#shared/contracts/broker-health.ts'
import { metadataOf } from '#shared/kafka/model.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './findings.ts'
import { partitionFindings } from './partitions.ts'
import type { Part } from './readings.ts'

/** Below this share of free room a log directory is nearly full. */
const lowRoom = 0.1
/** Below this share of idle time the request handlers are busy (the seeds of most Kafka dashboards take 0.3). */
const lowIdle = 0.3
/** Requests that wait; queued.max.requests, at which the network threads stop reading, is 500. */
const longQueue = 100
/** Leaders of the fullest broker by the mean. */
const unevenLeaders = 1.5
/** A group that stopped this near to the end is not worth a word: the floor of the alert KafkaConsumerGroupStuck. */
const floor = { records: 100, seconds: 600 }

/**
 * Finds what is wrong with a cluster. Both the status and the score derive from it. Pure. The rules:
 *
 * DOWN, data is unavailable:
 * - no broker answers
 * - a partition has no leader: nobody can read or write it
 * - every partition of the cluster is under min-ISR: no write with acks=all is accepted anywhere
 * - ZooKeeper serves no quorum and the brokers know no controller: no partition can fail over
 *
 * DEGRADED, it works with less redundancy, falls behind, or was not fully read:
 * - a broker does not answer, or answers but is no longer a member of its cluster
 * - brokers name different leaders for a partition, or different clusters: one is isolated and acts on stale metadata
 * - some partitions are under min-ISR, under-replicated, or have a replica that is not confirmed in sync
 * - a ZooKeeper node does not answer or serve, or none does while a controller is known: leaders carry on, nothing can
 *   fail over
 * - the brokers know no controller
 * - the metadata quorum of a KRaft cluster has no known leader
 * - a broker has taken a log directory offline
 * - a consumer group that should not stop has stopped, with unread records
 * - a part of the reading failed for a reason other than an unreachable broker
 *
 * The others only cost points: leaders that are not preferred, busy brokers, disks that fill up.
 */
export function findInCluster(evidence: Evidence): Finding[] {
  if (!evidence.metadata) {
    return [
      { code: 'no_broker_reachable', share: 1, message: `None of ${evidence.brokers.length} brokers answers` },
      ...inZookeeper(evidence)
    ]
  }
  return [
    ...inBrokers(evidence, evidence.metadata),
    ...inZookeeper(evidence),
    ...inQuorum(evidence),
    ...(evidence.partitions ? partitionFindings(evidence.partitions, evidence.worst) : []),
    ...inLogDirs(evidence),
    ...inLoad(evidence),
    ...inGroups(evidence),
    ...inReading(evidence)
  ]
}

function inBrokers(evidence: Evidence, metadata: NonNullable<Evidence['metadata']>): Finding[] {
  const { brokers, controllers } = evidence
  const findings: Finding[] = []
  const silent = brokers.filter(({ reachable }) => !reachable)
  if (silent.length > 0) {
    findings.push({
      code: 'broker_unreachable',
      share: silent.length / brokers.length,
      message: `${namesOf(silent)} ${doesNot(silent)} answer`,
      ...aboutFirst(silent)
    })
  }
  const disagreement = disagreements(evidence, metadata)
  if (disagreement.length > 0) {
    findings.push({ code: 'broker_views_disagree', share: 1, message: disagreement.join('; ') })
  }
  if (metadata.controllerId === null) {
    findings.push({
      code: 'no_controller',
      share: 1,
      message: 'The brokers know no controller, so no leader can be elected'
    })
  }
  if ((controllers ?? 1) > 1) {
    findings.push({
      code: 'several_controllers',
      share: 1,
      message: `${controllers} brokers claim to be the controller`
    })
  }
  return findings
}

function disagreements({ brokers, views, disputed }: Evidence, metadata: NonNullable<Evidence['metadata']>): string[] {
  const said: string[] = []
  const members = new Set(metadata.brokers.map(({ id }) => id))
  const outcasts = brokers.filter(({ id, reachable }) => reachable && id !== null && !members.has(id))
  if (outcasts.length > 0) {
    const answer = outcasts.length === 1 ? 'answers and is' : 'answer and are'
    said.push(`${namesOf(outcasts)} ${answer} not registered as alive in the cluster`)
  }
  if (disputed > 0) {
    said.push(`Brokers name different leaders for ${disputed} ${disputed === 1 ? 'partition' : 'partitions'}`)
  }
  if (new Set(metadataOf(views).map(({ clusterId }) => clusterId)).size > 1) {
    said.push('The configured brokers belong to different clusters')
  }
  return said
}

function inZookeeper({ zookeepers, metadata }: Evidence): Finding[] {
  const missing = zookeepers.filter(({ mode }) => mode === null)
  if (missing.length === 0) return []
  // A node serves, as leader or follower, only while it is part of a quorum: one suffices as evidence.
  if (missing.length < zookeepers.length) {
    const share = missing.length / zookeepers.length
    const message = `${namesOf(missing)} ${doesNot(missing)} serve`
    return [{ code: 'zookeeper_unreachable', share, message, ...aboutFirst(missing) }]
  }
  const severity = metadata?.controllerId == null ? 'down' : 'degraded'
  const message = `None of ${zookeepers.length} ZooKeeper nodes serves, so nothing can fail over`
  return [{ code: 'zookeeper_no_quorum', share: 1, severity, message }]
}

/** Leaders carry on without the controller quorum, as they do without ZooKeeper; nothing can fail over. */
function inQuorum({ errors, quorum }: Evidence): Finding[] {
  const findings: Finding[] = []
  if (errors.has('quorum')) {
    const message = 'The metadata quorum has no leader that answers, so nothing can fail over'
    findings.push({ code: 'quorum_unavailable', share: 1, message })
  }
  const voters = quorum?.voters ?? []
  const unheard = voters.filter(({ lag }) => lag === null)
  if (unheard.length > 0) {
    findings.push({
      code: 'quorum_voter_missing',
      share: unheard.length / voters.length,
      message: `The leader of the metadata quorum has not heard from ${namesOf(unheard)}`
    })
  }
  return findings
}

function inLogDirs({ brokers }: Evidence): Finding[] {
  const dirs = brokers.flatMap(({ name, reachable, logDirs }) =>
    reachable ? (logDirs ?? []).map((dir) => ({ ...dir, name })) : []
  )
  const findings: Finding[] = []
  const dead = dirs.filter(({ online }) => !online)
  if (dead.length > 0) {
    findings.push({
      code: 'log_dir_offline',
      share: dead.length / dirs.length,
      message: `Log directories are offline: ${dead.map(({ dir, name }) => `${dir} of ${name}`).join(', ')}`,
      ...aboutFirst(dead)
    })
  }
  const full = dirs.filter((dir) => dir.online && roomOf(dir) < lowRoom)
  if (full.length > 0) {
    const message = `Less than 10 % is free in ${full.map(({ dir, name }) => `${dir} of ${name}`).join(', ')}`
    findings.push({ code: 'log_dir_nearly_full', share: full.length / dirs.length, message })
  }
  return findings
}

function inLoad({ brokers, leaderSkew }: Evidence): Finding[] {
  const answering = brokers.filter(({ reachable }) => reachable)
  const findings: Finding[] = []
  const busy = answering.filter(({ handlerIdleRatio }) => (handlerIdleRatio ?? 1) < lowIdle)
  if (busy.length > 0) {
    const message = `Request handlers of ${namesOf(busy)} are busy`
    findings.push({ code: 'request_handlers_busy', share: busy.length / answering.length, message })
  }
  const long = answering.filter(({ requestQueueSize }) => (requestQueueSize ?? 0) > longQueue)
  if (long.length > 0) {
    findings.push({ code: 'request_queue_long', share: 1, message: `Requests are queuing on ${namesOf(long)}` })
  }
  if ((leaderSkew ?? 1) > unevenLeaders) {
    const message = `One broker leads ${leaderSkew?.toFixed(1)} times as many partitions as the mean`
    findings.push({ code: 'leaders_uneven', share: 1, message })
  }
  return findings
}

function inGroups({ groups, mayStop }: Evidence): Finding[] {
  const stopped = groups.filter(
    ({ group, verdict, lag, lagSeconds }) =>
      verdict === 'STOP' && ((lag ?? 0) > floor.records || (lagSeconds ?? 0) > floor.seconds) && !mayStop(group)
  )
  const [first] = stopped
  if (!first) return []
  // The message has no lag figures: they change with every reading, although the problem does not.
  const named = stopped.slice(0, 3).map(({ group }) => group)
  const more = stopped.length - named.length
  const who = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')
  return [
    {
      code: 'groups_stopped',
      share: stopped.length / groups.length,
      message: `${stopped.length === 1 ? 'Group' : 'Groups'} ${who} stopped with unread records`,
      about: first.group
    }
  ]
}

const withFindingsOfTheirOwn: ReadonlySet<Part> = new Set(['brokers', 'metadata', 'zookeeper', 'quorum'])
/** The health of the cluster is known without them: they have warnings only. */
const asides: ReadonlySet<Part> = new Set(['jmx', 'recordTimes'])

/** Brokers that do not answer have their own finding, and make parts of the others fail. */
function inReading({ errors, brokers, zookeepers }: Evidence): Finding[] {
  if (brokers.some(({ reachable }) => !reachable)) return []
  // A lost quorum also has its own finding: without one, configurations are not read.
  const withoutQuorum = zookeepers.length > 0 && zookeepers.every(({ mode }) => mode === null)
  const failed = Array.from(errors.keys()).filter(
    (part) => !withFindingsOfTheirOwn.has(part) && !asides.has(part) && !(part === 'configs' && withoutQuorum)
  )
  if (failed.length === 0) return []
  return [{ code: 'reading_incomplete', share: 1, message: `Not fully read: ${failed.join(', ')}` }]
}

function roomOf({ totalBytes, usableBytes }: LogDirHealth): number {
  return totalBytes === null || usableBytes === null || totalBytes === 0 ? 1 : usableBytes / totalBytes
}

function aboutFirst([node]: readonly { name: string }[]): Pick<Finding, 'about'> {
  return node ? { about: node.name } : {}
}

function namesOf(nodes: readonly { name: string }[]): string {
  return nodes.map(({ name }) => name).join(', ')
}

function doesNot(nodes: readonly unknown[]): string {
  return nodes.length === 1 ? 'does not' : 'do not'
}
