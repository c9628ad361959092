import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { RecordWriter, WriteResult } from '#shared/kafka/records/port.ts'
import type { PlannedLetter } from './replay-targets.ts'

/** A letter that was handed to Kafka, and what became of it. */
export interface SentLetter extends PlannedLetter {
  result: WriteResult
}

/** Of a topic that takes less than a batch has by default, half of what it takes: keys and values are not all of a batch. */
const batchBytes = 524_288

/** Writes letters to their topics, those of a partition in their order. Never rejects: each letter has its result. */
export async function sendLetters(
  writer: Pick<RecordWriter, 'write'>,
  letters: readonly PlannedLetter[],
  deadlineMs: number
): Promise<SentLetter[]> {
  const byTopic = Map.groupBy(letters, ({ target }) => target.topic)
  const sent = await Promise.all(
    Array.from(byTopic, async ([topic, ofTopic]) => {
      const records = ofTopic.map(({ record: { key, value }, headers, timestampMs, toPartition: partition }) => ({
        key,
        value,
        headers,
        timestampMs,
        partition
      }))
      const most = Math.min(batchBytes, ...ofTopic.map(({ target }) => Math.floor(target.maxBytes / 2)))
      const results = await writer.write(topic, records, { deadlineMs, batchBytes: most }).catch(
        // It rejects only before it has written anything.
        (cause: unknown): WriteResult[] => {
          const error = isKopsError(cause) ? cause : new KopsError('internal', 'Letters were not written', { cause })
          return records.map(() => ({ status: 'refused', partition: 0, error }))
        }
      )
      return ofTopic.map((letter, index): SentLetter => ({ ...letter, result: results[index] ?? lost(topic) }))
    })
  )
  return sent.flat()
}

function lost(topic: string): WriteResult {
  const error = new KopsError('internal', `Writing to ${topic}: there is no outcome`)
  return { status: 'indeterminate', partition: 0, error }
}
