import type { Warning } from '#shared/contracts/common.ts'
import type { BrowseQuery, MessagePage } from '#shared/contracts/messages.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type {
  ForwardStart,
  Isolation,
  LogRecord,
  OnRecord,
  PartitionProgress,
  ReadOutcome,
  RecordReader
} from '#shared/kafka/records/port.ts'
import type { MaskingRules } from './masking-rules.ts'
import { decodeMessageCursor, encodeMessageCursor } from './message-cursor.ts'
import { showRecord } from './render.ts'

const defaultLimit = 50
/** Records of aborted transactions are not part of a topic's content. */
export const defaultIsolation: Isolation = 'read_committed'

export interface PageOptions {
  /**
   * The limits of one call. Batches are read completely, so the byte limit may be exceeded by a few batches; what is
   * shown exceeds it by one record at most.
   */
  maxBytes: number
  maxMs: number
  now: () => Date
}

export interface BrowseOptions extends PageOptions {
  rules: MaskingRules
}

/** What a page says beside its items. */
export type PageFrame = Omit<MessagePage, 'messages'>

/**
 * One page of a topic's records: newest first from `latest`, forwards from anywhere else. A call ends at its record,
 * byte or time limit, and reports which, what it scanned, and where to continue.
 * @throws KopsError topic_not_found, validation_failed, cluster_unreachable, kafka_timeout (nothing was read)
 */
export async function browseMessages(
  reader: RecordReader,
  topic: string,
  query: BrowseQuery,
  { rules, ...options }: BrowseOptions
): Promise<MessagePage> {
  const mask = rules.of(topic)
  const { items, frame } = await browseRecords(reader, topic, query, options, (record) =>
    showRecord(record, mask, query.format ?? 'auto', query)
  )
  return { ...frame, messages: items }
}

/**
 * One page of what a function makes of a topic's records; it leaves out those for which the function returns undefined.
 * @throws KopsError like browseMessages
 */
export async function browseRecords<T>(
  reader: RecordReader,
  topic: string,
  query: BrowseQuery,
  { maxBytes, maxMs, now }: PageOptions,
  show: (record: LogRecord) => T | undefined
): Promise<{ items: T[]; frame: PageFrame }> {
  const startedAt = now().getTime()
  const { limit = defaultLimit, isolation = defaultIsolation, partition } = query
  const plan = planOf(query, topic)
  const items: T[] = []
  let shownBytes = 0
  const onRecord: OnRecord = (record) => {
    const shown = show(record)
    if (shown === undefined) return true
    items.push(shown)
    shownBytes += record.sizeBytes
    return items.length < limit && shownBytes < maxBytes
  }
  const partitions = plan.positions ? [...plan.positions.keys()] : partition === undefined ? undefined : [partition]
  const bounds = { bytes: maxBytes, deadlineMs: maxMs, partitions, isolation }
  const outcome =
    plan.direction === 'forward'
      ? await reader.readForward(topic, { ...bounds, start: plan.start }, onRecord)
      : await reader.readBackwards(topic, { ...bounds, positions: plan.positions }, onRecord)
  const nextCursor = encodeMessageCursor(topic, plan.direction, outcome.partitions)
  const frame: PageFrame = {
    topic,
    direction: plan.direction,
    isolation,
    scanned: {
      records: outcome.records,
      bytes: outcome.bytes,
      durationMs: Math.max(0, now().getTime() - startedAt)
    },
    cutBy: nextCursor === undefined ? null : cutBy(outcome, items.length < limit),
    ...(nextCursor === undefined ? {} : { nextCursor }),
    partitions: outcome.partitions.map(({ finished: _, ...progress }) => progress),
    asOf: now().toISOString(),
    warnings: [...outcome.warnings, ...openTransactions(topic, plan.direction, outcome.partitions)]
  }
  return { items, frame }
}

type BrowsePlan =
  | { direction: 'forward'; start: ForwardStart; positions?: Map<number, number> }
  | { direction: 'backward'; positions?: Map<number, number> | undefined }

function planOf(query: BrowseQuery, topic: string): BrowsePlan {
  const { from = 'latest', cursor } = query
  if (cursor !== undefined) {
    const { direction, positions } = decodeMessageCursor(cursor, topic)
    return direction === 'forward'
      ? { direction, start: { at: 'positions', positions }, positions }
      : { direction, positions }
  }
  for (const field of ['offset', 'timestamp'] as const) {
    if (query[field] !== undefined && from !== field) {
      throw fieldError('validation_failed', field, `is for from=${field}, not for from=${from}`)
    }
  }
  switch (from) {
    case 'latest':
      return { direction: 'backward' }
    case 'earliest':
      return { direction: 'forward', start: { at: 'earliest' } }
    case 'offset':
      if (query.offset === undefined) throw fieldError('validation_failed', 'offset', 'is required with from=offset')
      if (query.partition === undefined) {
        throw fieldError(
          'validation_failed',
          'partition',
          'is required with from=offset, because offsets are per partition'
        )
      }
      return { direction: 'forward', start: { at: 'offset', offset: query.offset } }
    case 'timestamp':
      if (query.timestamp === undefined) {
        throw fieldError('validation_failed', 'timestamp', 'is required with from=timestamp')
      }
      return { direction: 'forward', start: { at: 'timestamp', timestampMs: Date.parse(query.timestamp) } }
  }
}

function cutBy({ cutBy }: ReadOutcome, hasRoom: boolean): MessagePage['cutBy'] {
  if (cutBy !== 'stopped') return cutBy
  return hasRoom ? 'bytes' : 'limit'
}

/** Warns if a page has reached the last stable offset of a partition while the log continues. */
function openTransactions(
  topic: string,
  direction: MessagePage['direction'],
  partitions: readonly PartitionProgress[]
): Warning[] {
  return partitions.flatMap(({ partition, logEndOffset, lastStableOffset, finished }) => {
    if (lastStableOffset == null || logEndOffset === null || lastStableOffset >= logEndOffset) return []
    if (direction === 'forward' && !finished) return []
    return [
      {
        code: 'transaction_open',
        message: `A transaction has been open since offset ${lastStableOffset}: records from there to ${logEndOffset} appear when it ends, or with isolation=read_uncommitted`,
        target: `${topic}-${partition}`
      }
    ]
  })
}
