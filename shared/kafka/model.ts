import type { UnknownReason, Warning } from '../contracts/common.ts'
import type { KopsError } from '../errors/catalog.ts'

/** Where a broker listens for clients. */
export interface BrokerEndpoint {
  host: string
  port: number
}

/** A reading that may be incomplete: what could not be read is left out of `value` and named in `warnings`. */
export interface Reading<T> {
  value: T
  warnings: Warning[]
}

/** Time limit of one call. Leaves out brokers that have not answered by then. */
export interface Deadline {
  deadlineMs: number
  signal?: AbortSignal
}

export interface BrokerMetadata {
  id: number
  host: string
  port: number
  rack: string | null
}

export interface PartitionMetadata {
  partition: number
  /** Broker id; null while no replica can lead. */
  leader: number | null
  leaderEpoch: number | null
  /** Broker ids, the preferred leader first. */
  replicas: number[]
  isr: number[]
  offlineReplicas: number[]
}

export interface TopicMetadata {
  name: string
  /**
   * Kafka's id of the topic, which differs for a topic recreated under the same name; absent if the cluster has no ids.
   */
  id?: string
  internal: boolean
  partitions: PartitionMetadata[]
}

/** The cluster in one broker's view. Views may differ: an isolated broker keeps claiming its leaderships. */
export interface ClusterMetadata {
  clusterId: string | null
  controllerId: number | null
  brokers: BrokerMetadata[]
  topics: TopicMetadata[]
}

/** The answer, or the silence, of one configured broker. */
export type BrokerView =
  | {
      endpoint: BrokerEndpoint
      reachable: true
      responseTimeMs: number
      metadata: ClusterMetadata
      /** Of the topics that were asked for by name, those that kops may not describe, whether they exist or not. */
      refused?: string[]
    }
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/** The offsets of one partition; null with a reason if its leader could not report them. */
export interface PartitionOffsets {
  topic: string
  partition: number
  logStartOffset: number | null
  /** The high watermark: the offset that the next fully replicated record gets. */
  logEndOffset: number | null
  reason?: UnknownReason
}

/** Changes of settings by name; null removes a topic's override or a broker's dynamic value. */
export type ConfigChanges = Record<string, string | null>

export interface PartitionPlace {
  topic: string
  partition: number
}

/** Key of a partition in maps: `log-events/3`. */
export function placeKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/** The order of partitions: by topic, then by number. */
export function comparePlaces(a: PartitionPlace, b: PartitionPlace): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/**
 * Parses comma-separated `host:port` items; IPv6 addresses are in brackets. Removes duplicates.
 * @throws Error naming an item that is not host:port, or if there are none
 */
export function parseEndpoints(list: string | readonly string[]): BrokerEndpoint[] {
  const items = [list]
    .flat()
    .flatMap((part) => part.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (items.length === 0) throw new Error('No host:port is given')
  const endpoints = new Map<string, BrokerEndpoint>()
  for (const item of items) {
    const endpoint = parse(item)
    endpoints.set(endpointKey(endpoint), endpoint)
  }
  return Array.from(endpoints.values())
}

/** `host:port`, as people write it. */
export function formatEndpoint({ host, port }: BrokerEndpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * The identity of an endpoint: a configured and an advertised endpoint with the same key are the same broker.
 * `localhost` and 127.0.0.1 are one host.
 */
export function endpointKey({ host, port }: BrokerEndpoint): string {
  const name = host.toLowerCase()
  return `${name === 'localhost' ? '127.0.0.1' : name}:${port}`
}

/** The name under which kops speaks of a broker. */
export function brokerName(id: number): string {
  return `kafka-${id}`
}

function parse(item: string): BrokerEndpoint {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(item)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65535) throw new Error(`"${item}" is not host:port`)
  return { host, port }
}

/** The views of the brokers that answered. */
export function metadataOf(views: readonly BrokerView[]): ClusterMetadata[] {
  return views.flatMap((view) => (view.reachable ? [view.metadata] : []))
}

/**
 * Merges the views of a cluster's brokers. An isolated broker keeps reporting what it last knew, so no single view can
 * be trusted:
 * - the controller and the cluster id are those of most views;
 * - a broker or a topic exists if at least half of the views have it (a stale view has what is gone);
 * - for a partition, the claim with the highest leader epoch counts. Of equal epochs, the claim of most views counts,
 *   then the one with fewer in-sync replicas.
 */
export function mergeMetadata(views: readonly ClusterMetadata[]): ClusterMetadata {
  const quorum = views.length / 2
  return {
    clusterId: mostFrequent(views.map((view) => view.clusterId)),
    controllerId: mostFrequent(views.map((view) => view.controllerId)),
    brokers: inAtLeast(
      quorum,
      views.map((view) => view.brokers),
      (broker) => broker.id
    )
      .map(mergeBroker)
      .sort((a, b) => a.id - b.id),
    topics: inAtLeast(
      quorum,
      views.map((view) => view.topics),
      (topic) => topic.name
    )
      .map(mergeTopic)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** The claims about each item that is in at least `quorum` of the lists. */
function inAtLeast<T>(quorum: number, lists: readonly (readonly T[])[], keyOf: (item: T) => unknown): Claims<T>[] {
  const claims = new Map<unknown, Claims<T>>()
  for (const item of lists.flat()) {
    const known = claims.get(keyOf(item))
    if (known) known.push(item)
    else claims.set(keyOf(item), [item])
  }
  return Array.from(claims.values()).filter((items) => items.length >= quorum)
}

/** The views of one item; at least one of them has it. */
type Claims<T> = [T, ...T[]]

function mergeBroker(claims: Claims<BrokerMetadata>): BrokerMetadata {
  return claims[0]
}

function mergeTopic(claims: Claims<TopicMetadata>): TopicMetadata {
  const [{ name, internal, id }] = claims
  const partitions = inAtLeast(
    0,
    claims.map((topic) => topic.partitions),
    (partition) => partition.partition
  )
  return {
    name,
    internal,
    ...(id === undefined ? {} : { id }),
    partitions: partitions.map(mergePartition).sort((a, b) => a.partition - b.partition)
  }
}

function mergePartition(claims: Claims<PartitionMetadata>): PartitionMetadata {
  const [first, ...others] = claims
  if (others.every((claim) => sameClaim(first, claim))) return first
  const epoch = Math.max(...claims.map(epochOf))
  const latest = claims.filter((claim) => epochOf(claim) === epoch)
  const votes = (claim: PartitionMetadata) => latest.filter((other) => sameClaim(claim, other)).length
  return latest.toSorted((a, b) => votes(b) - votes(a) || a.isr.length - b.isr.length)[0] ?? first
}

/** A partition that has never had a leader has no epoch. */
function epochOf({ leaderEpoch }: PartitionMetadata): number {
  return leaderEpoch ?? -1
}

function sameClaim(a: PartitionMetadata, b: PartitionMetadata): boolean {
  return (
    a.leaderEpoch === b.leaderEpoch &&
    a.leader === b.leader &&
    a.isr.length === b.isr.length &&
    a.isr.every((id) => b.isr.includes(id))
  )
}

/** The most frequent value; null is an abstention. Of equally frequent ones the first. */
function mostFrequent<T>(values: readonly (T | null)[]): T | null {
  const counts = new Map<T, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  let winner: T | null = null
  let most = 0
  for (const [value, count] of counts) {
    if (count > most) {
      winner = value
      most = count
    }
  }
  return winner
}
