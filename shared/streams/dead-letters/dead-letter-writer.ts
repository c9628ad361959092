import { KopsError } from '../../errors/catalog.ts'
import type { ReceivedRecord } from '../../kafka/consuming/port.ts'
import type { RecordWriter } from '../../kafka/records/port.ts'
import { deadLetterHeaders } from './headers.ts'

/** Where records go that could not be processed: `orders.dlq` has those of `orders`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`
}

/** Puts records aside that cannot be processed. */
export interface DeadLetterWriter {
  /**
   * Writes a record to its dead-letter topic as it is, key and timestamp included, with the headers of its death beside its own.
   * Resolves once all in-sync replicas have it, so commit after that. Where it rejects, the letter may be there nevertheless:
   * to try again may write it twice, to go on without may lose it.
   * @param deliveries how often it was tried
   * @throws KopsError topic_not_found, record_too_large, not_enough_replicas, cluster_unreachable, kafka_timeout, ...
   */
  put(record: ReceivedRecord, error: unknown, deliveries: number): Promise<void>
}

export interface DeadLetterWriterOptions {
  writer: Pick<RecordWriter, 'write'>
  /** The consumer group that could not process the records. */
  group: string
  deadlineMs: number
}

export function createDeadLetterWriter({ writer, group, deadlineMs }: DeadLetterWriterOptions): DeadLetterWriter {
  return {
    async put(record, error, deliveries) {
      const { topic, partition, offset, timestampMs, key, value } = record
      const cause = { topic, partition, offset, timestampMs, group, deliveries, ...described(error) }
      const headers = deadLetterHeaders(cause, record.headers)
      const letter = { key, value, headers, ...(timestampMs >= 0 ? { timestampMs } : {}) }
      const target = deadLetterTopic(topic)
      const [result] = await writer.write(target, [letter], { deadlineMs })
      if (result?.status === 'acknowledged') return
      throw result?.error ?? new KopsError('internal', `Writing to ${target}: there is no outcome`)
    }
  }
}

function described(error: unknown): { errorClass: string; message: string } {
  return error instanceof Error
    ? { errorClass: error.name, message: error.message }
    : { errorClass: typeof error, message: String(error) }
}
