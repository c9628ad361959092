import { createAPI, fetchV12, type Reader } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'

/** An aborted transaction with records in the fetched data: all of its producer's from `firstOffset` to its marker. */
export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

export interface FetchedPartition {
  /** Empty when the request as a whole was refused. */
  topic: string
  partition: number
  /** Kafka's error code, 0 for none. */
  errorCode: number
  /** Record batches as stored in the log; the last may be incomplete. */
  records: Buffer | null
  /** Only with read_committed; empty otherwise. */
  aborted: AbortedTransaction[]
}

type FetchArguments = Parameters<typeof fetchV12.createRequest>

/**
 * Fetch, the last version with topic names (Kafka 2.7 and later). The response is parsed here and not by the client,
 * which decodes every batch at once: one undecodable batch would cost all others, and one that decompresses to
 * gigabytes would cost the process.
 */
export const fetchRaw = createAPI<FetchArguments, FetchedPartition[]>(1, 12, fetchV12.createRequest, readResponse)

/** The view of a consumer (KIP-98): read_committed excludes records of open and aborted transactions. */
export const isolationLevels = { read_uncommitted: 0, read_committed: 1 }

/** From where to fetch in one partition. */
export interface FetchPlace {
  partition: number
  leaderEpoch: number | null
  offset: number
  maxBytes: number
}

export interface FetchRequest {
  topics: readonly { topic: string; partitions: readonly FetchPlace[] }[]
  /** How long the broker waits for `minBytes`. */
  maxWaitMs: number
  minBytes: number
  /** Limit of the whole answer. The first batch is complete, however large it is (KIP-74). */
  maxBytes: number
  isolation?: keyof typeof isolationLevels
}

const noEpoch = -1
const noSession = { id: 0, epoch: -1 }

/** Fetches from the leader of partitions, outside of a fetch session. */
export function fetchRecords(
  link: BrokerLink,
  { topics, maxWaitMs, minBytes, maxBytes, isolation = 'read_uncommitted' }: FetchRequest,
  signal: AbortSignal
): Promise<FetchedPartition[]> {
  const asked = topics.map(({ topic, partitions }) => ({
    topicId: topic,
    partitions: partitions.map(({ partition, leaderEpoch, offset, maxBytes }) => ({
      partition,
      currentLeaderEpoch: leaderEpoch ?? noEpoch,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: noEpoch,
      partitionMaxBytes: maxBytes
    }))
  }))
  const { id, epoch } = noSession
  const noRack = ''
  const bounds = [maxWaitMs, minBytes, maxBytes] as const
  return link.request([fetchRaw], [...bounds, isolationLevels[isolation], id, epoch, asked, [], noRack], signal)
}

const wholeRequest = -1

function readResponse(
  _correlationId: number,
  _apiKey: number,
  _apiVersion: number,
  reader: Reader
): FetchedPartition[] {
  reader.readInt32() // throttle time
  const errorCode = reader.readInt16()
  if (errorCode !== 0) return [{ topic: '', partition: wholeRequest, errorCode, records: null, aborted: [] }]
  reader.readInt32() // session
  const topics = reader.readArray((topicReader) => {
    const topic = topicReader.readString()
    return topicReader.readArray((partitionReader) => ({ topic, ...readPartition(partitionReader) }))
  })
  reader.readTaggedFields()
  return topics.flat()
}

function readPartition(reader: Reader): Omit<FetchedPartition, 'topic'> {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt64() // high watermark
  reader.readInt64() // last stable offset
  reader.readInt64() // log start offset
  const aborted = reader.readNullableArray((transaction) => ({
    producerId: transaction.readInt64(),
    firstOffset: Number(transaction.readInt64())
  }))
  reader.readInt32() // preferred read replica
  return { partition, errorCode, records: reader.readNullableBytes(), aborted: aborted ?? [] }
}
