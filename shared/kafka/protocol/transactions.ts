import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  type Connection,
  endTxnV4,
  initProducerIdV4,
  txnOffsetCommitV3
} from '@platformatic/kafka'
import { kafkaErrorName, wholeAnswer } from '../connection/errors.ts'

/**
 * The requests of transactions in the versions of Kafka 3.9, which later brokers accept (KIP-98). A newer EndTxn would change the
 * epoch with each transaction (KIP-890).
 */

/** The producer of a transactional id in one epoch. */
export interface TransactionalIdentity {
  id: bigint
  epoch: number
}

/**
 * Gives a transactional id its next epoch: who has the former one is fenced, and its open transaction aborted.
 * @param current the identity that the caller has; undefined takes the id from whoever has it
 */
export async function initTransactions(
  connection: Connection,
  { transactionalId, timeoutMs }: { transactionalId: string; timeoutMs: number },
  current: TransactionalIdentity | undefined
): Promise<TransactionalIdentity & { errorCode: number }> {
  const request = [transactionalId, timeoutMs, current?.id, current?.epoch] as const
  const answer = await wholeAnswer(initProducerIdV4.api.async(connection, ...request))
  return { id: answer.producerId, epoch: answer.producerEpoch, errorCode: answer.errorCode }
}

/** Before their first records of a transaction. @returns Kafka's error code, 0 for none */
export async function addPartitions(
  connection: Connection,
  transactionalId: string,
  { id, epoch }: TransactionalIdentity,
  topics: { name: string; partitions: number[] }[]
): Promise<number> {
  const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics }
  const answer = await wholeAnswer(addPartitionsToTxnV3.api.async(connection, [transaction]))
  const codes = answer.resultsByTransaction
    .flatMap(({ topicResults }) => topicResults)
    .flatMap(({ resultsByPartition }) => resultsByPartition)
    .map(({ partitionErrorCode }) => partitionErrorCode)
    .filter((code) => code !== 0)
  // Of the others Kafka says only that one of them was refused.
  return codes.find((code) => kafkaErrorName(code) !== 'OPERATION_NOT_ATTEMPTED') ?? codes[0] ?? 0
}

/** @returns Kafka's error code, 0 for none */
export async function endTransaction(
  connection: Connection,
  transactionalId: string,
  { id, epoch }: TransactionalIdentity,
  commit: boolean
): Promise<number> {
  const answer = await wholeAnswer(endTxnV4.api.async(connection, transactionalId, id, epoch, commit))
  return answer.errorCode
}

/** Before the offsets of a group are committed with a transaction. @returns Kafka's error code, 0 for none */
export async function addOffsets(
  connection: Connection,
  transactionalId: string,
  { id, epoch }: TransactionalIdentity,
  group: string
): Promise<number> {
  const answer = await wholeAnswer(addOffsetsToTxnV3.api.async(connection, transactionalId, id, epoch, group))
  return answer.errorCode
}

const noEpoch = -1
const noInstance = null

/**
 * At the coordinator of the group, which refuses whoever is no member of the group's generation any more (KIP-447).
 * @returns Kafka's error code, 0 for none
 */
export async function commitTransactionOffset(
  connection: Connection,
  transactionalId: string,
  { id, epoch }: TransactionalIdentity,
  { group, memberId, generation }: { group: string; memberId: string; generation: number },
  { topic, partition, offset }: { topic: string; partition: number; offset: number }
): Promise<number> {
  const committed = { committedOffset: BigInt(offset), committedLeaderEpoch: noEpoch, committedMetadata: null }
  const topics = [{ name: topic, partitions: [{ partitionIndex: partition, ...committed }] }]
  const args = [transactionalId, group, id, epoch, generation, memberId, noInstance, topics] as const
  const answer = await wholeAnswer(txnOffsetCommitV3.api.async(connection, ...args))
  return answer.topics[0]?.partitions[0]?.errorCode ?? 0
}
