import type { BrokerUnregistration } from '#shared/contracts/brokers.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerAdmin } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader, KraftQuorum, NoQuorum, QuorumReader } from '#shared/kafka/cluster/port.ts'
import type { ClusterMetadata } from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'

export interface UnregistrationPorts {
  reader: Pick<ClusterReader, 'metadata'>
  quorum: Pick<QuorumReader, 'describeQuorum'>
  brokers: Pick<BrokerAdmin, 'unregister'>
}

/**
 * Has a KRaft cluster forget a broker that is gone for good (KIP-631): until then the controllers count on its return. With
 * ZooKeeper there is nothing to forget. Idempotent.
 * @throws KopsError broker_in_use, cluster_unreachable, controller_unavailable, kafka_timeout
 */
export async function unregisterBroker(
  { reader, quorum, brokers }: UnregistrationPorts,
  id: number,
  { dryRun, now, deadlineMs, changeTimeoutMs }: ReadTiming & { dryRun: boolean; changeTimeoutMs: number }
): Promise<BrokerUnregistration> {
  const [metadata, voting] = await Promise.all([reader.metadata({ deadlineMs }), quorum.describeQuorum({ deadlineMs })])
  const reason = whyInUse(id, metadata.value, voting)
  if (reason !== undefined) throw new KopsError('broker_in_use', `Broker ${id} ${reason}`)
  const isKept = voting.kind === 'kraft'
  const applied = isKept && !dryRun && (await brokers.unregister(id, { timeoutMs: changeTimeoutMs }))
  return { broker: id, kept: isKept, dryRun, applied, asOf: now().toISOString(), warnings: metadata.warnings }
}

/** What the cluster still needs a broker for; undefined if nothing. Pure. */
export function whyInUse(
  id: number,
  { brokers, topics }: Pick<ClusterMetadata, 'brokers' | 'topics'>,
  quorum: Pick<KraftQuorum, 'kind' | 'voters'> | NoQuorum
): string | undefined {
  if (quorum.kind === 'kraft' && quorum.voters.some((voter) => voter.id === id)) {
    return 'is a controller, and votes in the quorum'
  }
  if (brokers.some((broker) => broker.id === id)) return 'runs: stop it first'
  const held = topics.flatMap(({ partitions }) => partitions).filter(({ replicas }) => replicas.includes(id)).length
  return held === 0 ? undefined : `holds replicas of ${held} partitions: move them to other brokers first`
}
