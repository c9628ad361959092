import type { Broker, BrokerDetail, BrokerList } from '#shared/contracts/brokers.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { fieldError, isKopsError, type KopsError } from '#shared/errors/catalog.ts'
import type { BrokerAdmin, LogDir } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader, QuorumReader } from '#shared/kafka/cluster/port.ts'
import {
  type BrokerView,
  brokerName,
  type ClusterMetadata,
  endpointKey,
  type PartitionMetadata
} from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'

export interface BrokerPorts {
  reader: Pick<ClusterReader, 'metadata' | 'views'>
  brokers: Pick<BrokerAdmin, 'logDirs'>
  quorum: Pick<QuorumReader, 'describeQuorum'>
}

/** A leader of the quorum answers in milliseconds; the other reads need not wait longer for a missing one. */
const quorumMs = 900

/**
 * All brokers by id: those that the cluster sees, and unseen ones whose replicas it knows. Values that only a dead
 * broker could report are null, and named in `warnings`.
 * @throws KopsError cluster_unreachable
 */
export async function listBrokers(
  { reader, brokers, quorum }: BrokerPorts,
  { now, deadlineMs }: ReadTiming
): Promise<BrokerList> {
  const [metadata, views, logDirs, leader] = await Promise.all([
    reader.metadata({ deadlineMs }),
    // Which brokers answer, and how fast, without loading all topics.
    reader.views({ topics: [], deadlineMs }),
    brokers.logDirs({ deadlineMs }),
    findLeader(quorum, Math.min(quorumMs, deadlineMs))
  ])
  // Brokers of a KRaft cluster name any of them that lives.
  const controllerId = leader.kind === 'zookeeper' ? metadata.value.controllerId : leader.id
  const cluster = { ...metadata.value, controllerId }
  const list = brokersOf(cluster, views, logDirs.value)
  return {
    clusterId: cluster.clusterId,
    controllerId,
    brokers: list,
    asOf: now().toISOString(),
    warnings: distinctWarnings([
      ...metadata.warnings,
      ...logDirs.warnings,
      ...list.flatMap(unseen),
      ...(leader.kind === 'unknown' ? [leader.warning] : [])
    ])
  }
}

/** @throws KopsError broker_not_found, cluster_unreachable */
export async function describeBroker(ports: BrokerPorts, id: number, options: ReadTiming): Promise<BrokerDetail> {
  const { brokers, asOf, warnings } = await listBrokers(ports, options)
  const broker = brokers.find((candidate) => candidate.id === id)
  if (broker === undefined) throw unknownBroker(id)
  return { broker, asOf, warnings }
}

export function unknownBroker(id: number): KopsError {
  return fieldError('broker_not_found', 'brokerId', `The cluster has no broker ${id}`)
}

type Leader = { kind: 'zookeeper' } | { kind: 'kraft'; id: number } | { kind: 'unknown'; id: null; warning: Warning }

/** The leader of the controller quorum is the active controller. Never rejects because of the cluster's state. */
async function findLeader(quorum: BrokerPorts['quorum'], deadlineMs: number): Promise<Leader> {
  try {
    const found = await quorum.describeQuorum({ deadlineMs })
    return found.kind === 'kraft' ? { kind: 'kraft', id: found.leaderId } : found
  } catch (error) {
    if (!isKopsError(error)) throw error
    return {
      kind: 'unknown',
      id: null,
      warning: { code: error.code, message: error.message, target: 'controller' }
    }
  }
}

/** Joins metadata, answers and log directories by broker. */
export function brokersOf(
  cluster: Pick<ClusterMetadata, 'brokers' | 'topics' | 'controllerId'>,
  views: readonly BrokerView[],
  logDirs: ReadonlyMap<number, LogDir[]>
): Broker[] {
  const answers = new Map(views.map((view) => [endpointKey(view.endpoint), view]))
  const seen = new Map(cluster.brokers.map((broker) => [broker.id, broker]))
  const partitions = cluster.topics.flatMap((topic) => topic.partitions)
  const counts = countsOf(partitions)
  const ids = new Set([...seen.keys(), ...partitions.flatMap(({ replicas }) => replicas)])
  return [...ids]
    .sort((a, b) => a - b)
    .map((id): Broker => {
      const broker = seen.get(id)
      const view = broker && answers.get(endpointKey(broker))
      const dirs = logDirs.get(id)
      return {
        id,
        host: broker?.host ?? null,
        port: broker?.port ?? null,
        rack: broker?.rack ?? null,
        controller: cluster.controllerId === id,
        reachable: view?.reachable ?? false,
        responseTimeMs: view?.reachable ? Math.round(view.responseTimeMs * 10) / 10 : null,
        ...(counts.get(id) ?? noCounts()),
        sizeBytes: dirs === undefined ? null : dirs.reduce((sum, dir) => sum + sizeOf(dir), 0),
        logDirs:
          dirs?.map((dir) => ({
            path: dir.path,
            replicas: dir.replicas.length,
            sizeBytes: sizeOf(dir),
            totalBytes: dir.totalBytes,
            usableBytes: dir.usableBytes,
            error: dir.error
          })) ?? null
      }
    })
}

type Counts = Pick<Broker, 'replicas' | 'leaders' | 'preferredLeaders' | 'outOfSync'>

function noCounts(): Counts {
  return { replicas: 0, leaders: 0, preferredLeaders: 0, outOfSync: 0 }
}

function countsOf(partitions: readonly PartitionMetadata[]): Map<number, Counts> {
  const counts = new Map<number, Counts>()
  const countOn = (broker: number, field: keyof Counts) => {
    const known = counts.get(broker) ?? noCounts()
    known[field] += 1
    counts.set(broker, known)
  }
  for (const { leader, replicas, isr } of partitions) {
    for (const broker of replicas) {
      countOn(broker, 'replicas')
      if (!isr.includes(broker)) countOn(broker, 'outOfSync')
    }
    if (leader !== null) countOn(leader, 'leaders')
    const [preferred] = replicas
    if (preferred !== undefined) countOn(preferred, 'preferredLeaders')
  }
  return counts
}

function sizeOf({ replicas }: LogDir): number {
  return replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function unseen({ id, host }: Broker): Warning[] {
  if (host !== null) return []
  const message = 'The cluster does not see this broker, although it holds replicas'
  return [{ code: 'broker_unreachable', message, target: brokerName(id) }]
}
