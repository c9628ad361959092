import type { PartitionOffsets, TopicMetadata } from '../../kafka/model.ts'
import type { RecordPlace } from '../../kafka/records/port.ts'
import { matchesGlob } from '../../lists/glob.ts'
import type { DecisionBook } from './decisions.ts'

/** Which topics are dead-letter queues: globs such as `*.dlq`. */
export type QueueGlobs = readonly string[]

export function isQueue(globs: QueueGlobs, topic: string): boolean {
  return globs.some((glob) => matchesGlob(glob, topic))
}

/** How many letters a queue has; null: a partition could not be read. */
export interface QueueFigures {
  /** Offsets between the start and the end of the log. */
  letters: number | null
  /** The sum of the ends: it rises by one with each letter. */
  ends: number | null
}

export function queueFigures(queue: TopicMetadata, log: readonly PartitionOffsets[]): QueueFigures {
  const known = knownLogs(log)
  if (known.length < queue.partitions.length) return { letters: null, ends: null }
  let [letters, ends] = [0, 0]
  for (const { start, end } of known) {
    letters += end - start
    ends += end
  }
  return { letters, ends }
}

export interface Undecided {
  /** Letters that are neither replayed nor discarded, and how many of them are unconfirmed; null: a partition could not be read. */
  undecided: number | null
  unconfirmed: number | null
  /** The first of them in each partition that has one. */
  oldest: RecordPlace[]
}

/** Which letters of a queue are undecided. */
export function undecidedOf(book: DecisionBook, queue: TopicMetadata, log: readonly PartitionOffsets[]): Undecided {
  const known = knownLogs(log)
  const oldest: RecordPlace[] = []
  let [undecided, unconfirmed] = [0, 0]
  for (const { partition, start, end } of known) {
    const place = { queue: queue.name, queueId: queue.id ?? null, partition }
    undecided += book.undecided(place, start, end)
    unconfirmed += book.unconfirmed(place, start, end)
    const offset = book.firstUndecided(place, start, end)
    if (offset !== null) oldest.push({ topic: queue.name, partition, offset })
  }
  const isWhole = known.length >= queue.partitions.length
  return { undecided: isWhole ? undecided : null, unconfirmed: isWhole ? unconfirmed : null, oldest }
}

function knownLogs(log: readonly PartitionOffsets[]): { partition: number; start: number; end: number }[] {
  return log.flatMap(({ partition, logStartOffset: start, logEndOffset: end }) =>
    start === null || end === null ? [] : [{ partition, start, end }]
  )
}
