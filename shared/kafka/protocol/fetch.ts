import { createAPI, fetchV12, type Reader } from '@platformatic/kafka'

/** A transaction that was aborted and has records in what was fetched: all of its producer's from `firstOffset` to its marker. */
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
  /** Record batches as they lie in the log; the last may be cut short. */
  records: Buffer | null
  /** Told with read_committed, empty otherwise. */
  aborted: AbortedTransaction[]
}

type FetchArguments = Parameters<typeof fetchV12.createRequest>

/**
 * Fetch, the last version that names topics by name (Kafka 2.7 and everything since). The response is read here and not by
 * the client, which decodes every batch at once: one that cannot be decoded would cost all others, and one that unpacks to
 * gigabytes would cost the process.
 */
export const fetchRaw = createAPI<FetchArguments, FetchedPartition[]>(1, 12, fetchV12.createRequest, readResponse)

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
