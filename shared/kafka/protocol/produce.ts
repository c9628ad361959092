import { type Connection, type Reader, Writer } from '@platformatic/kafka'

const produceKey = 0
/** Known to Kafka 2.4 and everything since. */
const produceVersion = 9
/** The protocol's numbers for who must have a batch before the answer. */
const acknowledgements = { all: -1, leader: 1, none: 0 }

export interface PartitionBatch {
  partition: number
  /** A complete record batch. */
  batch: Uint8Array
}

export interface TopicBatches {
  topic: string
  /** At most one of each partition. */
  batches: PartitionBatch[]
}

export interface ProduceRequest {
  topics: TopicBatches[]
  acks: 'all' | 'leader'
  /** Of the records, if they belong to a transaction. */
  transactionalId?: string | undefined
  timeoutMs: number
}

export interface PartitionAnswer {
  topic: string
  partition: number
  /** Kafka's error code, 0 for none. */
  errorCode: number
  baseOffset: number
}

/**
 * Sends batches whose partitions one broker leads, in one request. It is written here and not by the client's
 * producer because that one compresses out of sight, answers for all partitions at once, and retries a dead leader before
 * it looks for a new one (platformatic/kafka#377).
 */
export function produce(connection: Connection, request: ProduceRequest): Promise<PartitionAnswer[]> {
  return send(connection, request)
}

/** Sends them with acks=0: resolves once the network has the request, which brokers do not answer. */
export async function handOver(connection: Connection, request: Omit<ProduceRequest, 'acks'>): Promise<void> {
  await send(connection, { ...request, acks: 'none' })
}

type AnyRequest = Omit<ProduceRequest, 'acks'> & { acks: keyof typeof acknowledgements }

function send(connection: Connection, request: AnyRequest): Promise<PartitionAnswer[]> {
  return new Promise((resolve, reject) => {
    connection.send(
      produceKey,
      produceVersion,
      () => writeRequest(request),
      readResponse,
      true,
      true,
      (error, answers?: PartitionAnswer[]) => {
        if (error) reject(error)
        else resolve(answers ?? [])
      }
    )
  })
}

function writeRequest({ topics, acks, transactionalId, timeoutMs }: AnyRequest): Writer {
  const writer = Writer.create()
  if (acks === 'none') writer.context.noResponse = true
  return writer
    .appendString(transactionalId ?? null)
    .appendInt16(acknowledgements[acks])
    .appendInt32(timeoutMs)
    .appendArray(topics, (topicWriter, { topic, batches }) => {
      topicWriter.appendString(topic).appendArray(batches, (writer, { partition, batch }) => {
        writer
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.length + 1)
          .append(Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength))
      })
    })
    .appendTaggedFields()
}

function readResponse(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): PartitionAnswer[] {
  const topics = reader.readArray((topicReader) => {
    const topic = topicReader.readString()
    return topicReader.readArray((partitionReader) => {
      const partition = partitionReader.readInt32()
      const errorCode = partitionReader.readInt16()
      const baseOffset = Number(partitionReader.readInt64())
      partitionReader.readInt64() // log append time
      partitionReader.readInt64() // log start offset
      partitionReader.readArray((recordReader) => {
        recordReader.readInt32()
        return recordReader.readNullableString()
      })
      partitionReader.readNullableString()
      return { topic, partition, errorCode, baseOffset }
    })
  })
  reader.readInt32() // throttle time
  reader.readTaggedFields()
  return topics.flat()
}
