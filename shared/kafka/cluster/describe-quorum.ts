import { describeQuorumV0, describeQuorumV1, describeQuorumV2 } from '@platformatic/kafka'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { KraftQuorum, NoQuorum, QuorumReplica } from './port.ts'

/** Version 1 (Kafka 3.3) has the times, version 2 (3.9) the log directories' ids. */
const versions = [describeQuorumV2.api, describeQuorumV1.api, describeQuorumV0.api] as const
const metadataTopic = '__cluster_metadata'
const metadataPartition = 0
const noDirectoryId = '00000000-0000-0000-0000-000000000000'

/**
 * Asks one broker for the metadata quorum. The broker forwards the request to the controller that it considers active.
 * @throws KopsError controller_unavailable if that one is not (or no longer) the leader, kafka_refused, and what the
 * link throws
 */
export async function readQuorum(link: BrokerLink, signal: AbortSignal): Promise<KraftQuorum | NoQuorum> {
  const topic = { topicName: metadataTopic, partitions: [{ partitionIndex: metadataPartition }] }
  try {
    return toQuorum(await link.request(versions, [[topic]], signal))
  } catch (error) {
    // The link itself reports this, from the versions that the broker offers.
    if (isKopsError(error, 'kafka_refused') && error.kafkaError === 'UNSUPPORTED_VERSION') return { kind: 'zookeeper' }
    throw error
  }
}

/** A DescribeQuorum response in our words. @throws KopsError controller_unavailable, kafka_refused, internal */
export function toQuorum(
  response: Pick<describeQuorumV2.DescribeQuorumResponse, 'errorCode' | 'errorMessage' | 'topics'>
): KraftQuorum {
  const what = 'Describing the metadata quorum'
  const partition = response.topics
    .find(({ topicName }) => topicName === metadataTopic)
    ?.partitions.find(({ partitionIndex }) => partitionIndex === metadataPartition)
  const { errorCode, errorMessage } = response.errorCode !== 0 || !partition ? response : partition
  // The forwarded request reached a former controller: there is no controller, or the broker has not learned of the new
  // one.
  if (kafkaErrorName(errorCode) === 'NOT_LEADER_OR_FOLLOWER') {
    throw new KopsError('controller_unavailable', `${what}: no controller leads the quorum`, {
      kafkaError: 'NOT_LEADER_OR_FOLLOWER'
    })
  }
  if (errorCode !== 0) throw kafkaRefusal(errorCode, what, errorMessage)
  if (!partition) throw new KopsError('internal', `${what}: the controller's answer lacks it`)

  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
  const leaderEnd = numberOrNull(currentVoters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset)
  const toReplicas = (replicas: readonly describeQuorumV2.DescribeQuorumResponseVoter[]) =>
    replicas.map((replica) => toReplica(replica, leaderEnd)).sort((a, b) => a.id - b.id)
  return {
    kind: 'kraft',
    leaderId,
    leaderEpoch,
    highWatermark: numberOrNull(highWatermark),
    voters: toReplicas(currentVoters),
    observers: toReplicas(observers)
  }
}

function toReplica(replica: describeQuorumV2.DescribeQuorumResponseVoter, leaderEnd: number | null): QuorumReplica {
  const logEndOffset = numberOrNull(replica.logEndOffset)
  return {
    id: replica.replicaId,
    directoryId: replica.replicaDirectoryId === noDirectoryId ? null : replica.replicaDirectoryId,
    logEndOffset,
    lag: logEndOffset === null || leaderEnd === null ? null : Math.max(0, leaderEnd - logEndOffset),
    lastFetchTimestamp: numberOrNull(replica.lastFetchTimestamp),
    lastCaughtUpTimestamp: numberOrNull(replica.lastCaughtUpTimestamp)
  }
}

/** The protocol uses -1 for unknown values. */
function numberOrNull(value: bigint | undefined): number | null {
  return value === undefined || value < 0n ? null : Number(value)
}
