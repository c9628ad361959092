import Value from 'typebox/value'
import type { Clock } from '../../clock.ts'
import type { TopicSpec } from '../../contracts/topic-specs.ts'
import { type ErrorCode, errorCatalog, isKopsError, KopsError } from '../../errors/catalog.ts'
import { parseJson } from '../../json.ts'
import type { Deadline } from '../../kafka/model.ts'
import { type ReadOutcome, type RecordReader, type RecordWriter, readableEnd } from '../../kafka/records/port.ts'
import type { TopicAdmin } from '../../kafka/topics/port.ts'
import { retry } from '../../poll.ts'
import { createDecisionBook, type Decision, type DecisionBook, DecisionSchema } from './decisions.ts'

/** Bytes of one reading; the next one goes on. */
const readingBytes = 8_388_608
const createTimeoutMs = 8000

/** The decisions on dead letters, which a compacted topic of kops keeps: Kafka cannot delete a single record. */
export interface DecisionLog {
  /** As of the last reading. */
  readonly book: DecisionBook
  /**
   * Reads what has been written since the last reading, to the end of the topic. Without the topic nothing is decided.
   * @throws KopsError cluster_unreachable, kafka_timeout, topic_not_ready: what is decided is not known
   */
  sync(options: Deadline): Promise<void>
}

export function createDecisionLog(reader: Pick<RecordReader, 'readForward'>, topic: string): DecisionLog {
  const book = createDecisionBook()
  let positions: Map<number, number> | undefined
  let last: Promise<void> = Promise.resolve()

  function forget(): void {
    book.clear()
    positions = undefined
  }

  async function read(options: Deadline): Promise<'finished' | 'more'> {
    const from = positions
    const outcome = await reader.readForward(
      topic,
      {
        ...options,
        isolation: 'read_uncommitted',
        bytes: readingBytes,
        start: from ? { at: 'positions', positions: from } : { at: 'earliest' }
      },
      ({ key, value }) => {
        const decision = value === null ? null : parseJson(value.toString('utf8'))
        // Whoever may write to the topic may write anything.
        if (key !== null && (decision === null || isDecision(decision))) book.apply(key.toString('utf8'), decision)
        return true
      }
    )
    const next = new Map<number, number>()
    for (const progress of outcome.partitions) {
      const { partition, position, logEndOffset } = progress
      if (position === null || logEndOffset === null) {
        throw new KopsError('topic_not_ready', `The decisions of ${topic}-${partition} cannot be read`)
      }
      // Another topic under this name: what was read before is gone.
      if (logEndOffset < (from?.get(partition) ?? 0)) {
        forget()
        return 'more'
      }
      next.set(partition, position)
    }
    positions = next
    const isFinished = outcome.partitions.every((progress) => (progress.position ?? 0) >= (readableEnd(progress) ?? 0))
    if (isFinished) return 'finished'
    if (outcome.cutBy === 'time') throw new KopsError('kafka_timeout', `Decisions were not read in time: ${topic}`)
    // A partition without a leader, or whose leader refuses, stays where it is.
    const isStuck = [...next].every(([partition, position]) => position === from?.get(partition))
    if (outcome.cutBy === null || isStuck) throw unread(outcome)
    return 'more'
  }

  async function readAll(options: Deadline): Promise<void> {
    try {
      while ((await read(options)) === 'more');
    } catch (error) {
      if (!isKopsError(error, 'topic_not_found')) throw error
      forget()
    }
  }

  return {
    book,
    sync(options) {
      // One after the other: a reading that is under way may have passed what its caller has just written.
      const reading = last.then(() => readAll(options))
      last = reading.catch(() => {})
      return reading
    }
  }
}

function unread({ warnings }: ReadOutcome): KopsError {
  const { code = '', message = 'it is not known why' } = warnings[0] ?? {}
  const known = code in errorCatalog ? (code as ErrorCode) : 'topic_not_ready'
  return new KopsError(known, `Decisions cannot be read: ${message}`)
}

function isDecision(value: unknown): value is Decision {
  return Value.Check(DecisionSchema, value)
}

/** One record of the topic; null: a tombstone. */
export type DecisionEntry = [key: string, decision: Decision | null]

export interface DecisionWriterOptions {
  writer: Pick<RecordWriter, 'write'>
  admin: Pick<TopicAdmin, 'createTopic'>
  book: DecisionBook
  /** The topic, created when it is first needed. */
  topic: TopicSpec
  deadlineMs: number
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
}

/**
 * Writes decisions, in order, and takes them into the book.
 * @throws KopsError if not all of them are acknowledged; they may have been written then
 */
export type WriteDecisions = (entries: readonly DecisionEntry[]) => Promise<void>

export function createDecisionWriter(options: DecisionWriterOptions): WriteDecisions {
  const { writer, admin, book, topic, deadlineMs, clock } = options
  const isMissing = (error: unknown) => isKopsError(error, 'topic_not_found')

  async function makeTopic(): Promise<void> {
    try {
      await admin.createTopic(topic, { validateOnly: false, timeoutMs: createTimeoutMs })
    } catch (error) {
      if (!isKopsError(error, 'topic_exists')) throw error
    }
  }

  return async (entries) => {
    if (entries.length === 0) return
    const records = entries.map(([key, decision]) => ({
      // One partition, so that the order of the records is that of the decisions.
      partition: 0,
      key: Buffer.from(key),
      value: decision === null ? null : Buffer.from(JSON.stringify(decision)),
      headers: []
    }))
    const write = () => writer.write(topic.name, records, { deadlineMs })
    const results = await write().catch(async (error: unknown) => {
      if (!isMissing(error)) throw error
      await makeTopic()
      // Brokers learn of a new topic a moment after the controller has created it.
      return retry(write, isMissing, { timeoutMs: createTimeoutMs, pauseMs: 100, clock })
    })
    const failed = results.find((result) => result.status !== 'acknowledged')
    if (failed !== undefined && 'error' in failed) {
      throw new KopsError(failed.error.code, `Recording decisions: ${failed.error.message}`, { cause: failed.error })
    }
    for (const [key, decision] of entries) book.apply(key, decision)
  }
}

/** The topic of decisions, as kops creates it. */
export function decisionTopicSpec(name: string, replicationFactor: number): TopicSpec {
  return {
    name,
    partitions: 1,
    replicationFactor,
    configs: {
      'cleanup.policy': 'compact',
      'min.insync.replicas': String(Math.min(2, replicationFactor)),
      // Cleaned soon enough that a start does not read years of decisions.
      'segment.bytes': '67108864',
      'segment.ms': '86400000'
    }
  }
}
