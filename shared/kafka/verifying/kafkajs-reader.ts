import { randomUUID } from 'node:crypto'
import type { Admin, Consumer } from 'kafkajs'
import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { wrapKafkaError } from '../connection/errors.ts'
import { createKafkajs, type KafkajsClient } from '../connection/kafkajs.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { IndependentReader, PartitionReading, ReadTopicOptions, TopicReading } from './port.ts'
import { registerSnappy } from './snappy-codec.ts'

/** An independent reader on kafkajs. Each reading has its own group, which is deleted afterwards. */
export function createIndependentReader(options: Omit<ConnectionOptions, 'budget'>): IndependentReader {
  registerSnappy()
  const client = createKafkajs(options, {
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 2000 }
  })
  return { readTopic: (topic, options) => readTopic(client, topic, options) }
}

async function readTopic(
  { kafka, lastFailure }: KafkajsClient,
  topic: string,
  options: ReadTopicOptions
): Promise<TopicReading> {
  const limit = createLimit(options)
  const groupId = `kops-verify-${randomUUID()}`
  const admin = kafka.admin()
  const consumer = kafka.consumer({
    ...{ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 250 },
    readUncommitted: options.isolation === 'read_uncommitted'
  })
  try {
    const partitions = startingAt(await limit.within(offsetsOf(admin, topic, lastFailure)), options.from)
    const reading: TopicReading = { partitions, complete: false, unread: [] }
    if (partitions.some(isUnread)) {
      const failure = await limit.within(consume(consumer, topic, partitions, options)).catch((error: unknown) => {
        options.signal?.throwIfAborted()
        return error instanceof Error ? error.message : String(error)
      })
      reading.unread = partitions.filter(isUnread).map((partition) => describeUnread(partition, failure))
    }
    reading.complete = reading.unread.length === 0
    return reading
  } finally {
    limit.end()
    await leave(consumer, admin, groupId)
  }
}

/** That it is refused says more than that nothing could be read. */
const refusals = ['kafka_tls_failed', 'kafka_login_refused', 'kafka_not_authorized'] as const

async function offsetsOf(
  admin: Admin,
  topic: string,
  lastFailure: KafkajsClient['lastFailure']
): Promise<PartitionReading[]> {
  try {
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    return offsets
      .map(({ partition, low, high }) => ({
        partition,
        startOffset: Number(low),
        endOffset: Number(high),
        readUpTo: Number(low),
        records: 0
      }))
      .sort((a, b) => a.partition - b.partition)
  } catch (cause) {
    if (isUnknownTopic(cause)) {
      throw fieldError('topic_not_found', 'topic', `${topic} does not exist`, { cause })
    }
    for (const reason of [cause, lastFailure()].map((error) =>
      wrapKafkaError(error, `Reading the offsets of ${topic}`)
    )) {
      if (refusals.some((code) => isKopsError(reason, code))) throw reason
    }
    const why = lastFailure()?.message ?? 'no broker answers'
    throw new KopsError('cluster_unreachable', `The offsets of ${topic} could not be read: ${why}`, { cause })
  }
}

/** Resolves when every partition has been read whole; to the reason when the consumer gave up. */
async function consume(
  consumer: Consumer,
  topic: string,
  partitions: PartitionReading[],
  { onRecord, from }: Pick<ReadTopicOptions, 'onRecord' | 'from'>
): Promise<string | undefined> {
  const byNumber = new Map(partitions.map((partition) => [partition.partition, partition]))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  return new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) resolve(`the consumer gave up: ${payload.error.message}`)
    })
    const run = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        const reading = byNumber.get(batch.partition)
        if (!reading) return
        for (const { offset, key, value } of batch.messages) {
          const position = Number(offset)
          // After a rejoin the consumer starts again: a record seen twice here is not a duplicate in the log.
          if (position < reading.readUpTo || position >= reading.endOffset) continue
          onRecord({
            partition: batch.partition,
            offset: position,
            key: key?.toString() ?? null,
            value: value?.toString() ?? null
          })
          reading.readUpTo = position + 1
          reading.records += 1
        }
        // Offsets without records (control batches, compaction) count as read.
        reading.readUpTo = Math.max(reading.readUpTo, Math.min(Number(batch.lastOffset()) + 1, reading.endOffset))
        if (!partitions.some(isUnread)) resolve(undefined)
      }
    })
    run.catch(reject)
    for (const { partition, startOffset } of from ? partitions : []) {
      consumer.seek({ topic, partition, offset: String(startOffset) })
    }
  })
}

/** What was deleted meanwhile cannot be read. */
function startingAt(partitions: PartitionReading[], from: ReadTopicOptions['from']): PartitionReading[] {
  if (!from) return partitions
  return partitions.flatMap((reading) => {
    const wanted = from.get(reading.partition)
    if (wanted === undefined) return []
    const startOffset = Math.min(reading.endOffset, Math.max(reading.startOffset, wanted))
    return [{ ...reading, startOffset, readUpTo: startOffset }]
  })
}

async function leave(consumer: Consumer, admin: Admin, groupId: string): Promise<void> {
  // A group that cannot be deleted now is empty, and Kafka forgets empty groups by itself.
  await consumer.disconnect().catch(() => undefined)
  await admin.deleteGroups([groupId]).catch(() => undefined)
  await admin.disconnect().catch(() => undefined)
}

function isUnread({ readUpTo, endOffset }: PartitionReading): boolean {
  return readUpTo < endOffset
}

/** kafkajs retries the errors thrown into it, and wraps them. */
function isUnknownTopic(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('type' in inner && inner.type === 'UNKNOWN_TOPIC_OR_PARTITION') return true
  }
  return false
}

function describeUnread({ partition, readUpTo, endOffset }: PartitionReading, failure: string | undefined): string {
  const what = `partition ${partition}: offsets ${readUpTo} to ${endOffset - 1} were not read`
  return failure === undefined ? what : `${what} (${failure})`
}

/** Bounds work by a deadline and a signal, whichever comes first. */
function createLimit({ deadlineMs, signal }: Pick<ReadTopicOptions, 'deadlineMs' | 'signal'>) {
  const stop = new AbortController()
  const timer = setTimeout(
    () => stop.abort(new KopsError('kafka_timeout', `reading took longer than ${deadlineMs} ms`)),
    deadlineMs
  )
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const ended = new Promise<never>((_, reject) => {
    if (either.aborted) reject(either.reason)
    either.addEventListener('abort', () => reject(either.reason), { once: true })
  })
  ended.catch(() => undefined)
  return {
    within: <T>(work: Promise<T>): Promise<T> => {
      work.catch(() => undefined)
      return Promise.race([work, ended])
    },
    end: () => clearTimeout(timer)
  }
}
