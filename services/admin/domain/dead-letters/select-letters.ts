import type { Warning } from '#shared/contracts/common.ts'
import type { Discard, LetterSpan } from '#shared/contracts/dead-letter-changes.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { LogRecord, RecordReader } from '#shared/kafka/records/port.ts'
import type { DecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import type { Decision } from '#shared/streams/dead-letters/decisions.ts'
import { type DeadLetter, parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import type { MaskingRules } from '../messages/masking-rules.ts'
import { unknownTopic } from '../topics/describe-topic.ts'
import { matchesFilters, shownOrigin } from './letters.ts'

export interface SelectionPorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets'>
  records: Pick<RecordReader, 'readForward'>
  decisions: DecisionLog
}

/** The longest that one reading waits. */
const longestPassMs = 10_000

/** Which letters a change is about. */
export type Selection = Pick<
  Discard,
  'letters' | 'partition' | 'originTopic' | 'error' | 'includeUnconfirmed' | 'limit' | 'force' | 'reason'
>

/** A letter that the filters let through, with the decision on it that may stand in the way. */
export interface FoundLetter {
  partition: number
  offset: number
  record: LogRecord
  /** What its headers say. */
  origin: DeadLetter
  decision: Decision | undefined
}

/** The letters of one reading, and where the next one begins: undefined at the end. */
interface Found {
  letters: FoundLetter[]
  next: Map<number, number> | undefined
}

export interface SelectionOptions {
  rules: MaskingRules
  /** Bytes of records in one reading; two of them may be in memory. */
  passBytes: number
  /** Milliseconds that are left; 0 or less: none. */
  leftMs: () => number
  deadlineMs: number
}

/** The queue as a selection found it. */
export interface OpenQueue {
  topic: TopicMetadata
  queueId: string | null
  warnings: Warning[]
  /**
   * Letters in the order of the log, reading by reading, of which the next is made meanwhile. Ends at the end of the log, or yields
   * `time` when the time is over. Whoever wants no more of them returns it.
   * @param most how many letters the next reading may find
   */
  letters(most: () => number): AsyncGenerator<FoundLetter[] | 'time'>
}

/**
 * Opens a queue to select letters of it: those that are named, or every undecided one, from the oldest of each partition on.
 * @throws KopsError topic_not_found, validation_failed, cluster_unreachable, kafka_timeout
 */
export async function openQueue(
  { reader, records, decisions }: SelectionPorts,
  queue: string,
  selection: Selection,
  { rules, passBytes, leftMs, deadlineMs }: SelectionOptions
): Promise<OpenQueue> {
  const metadata = await reader.metadata({ topics: [queue], deadlineMs })
  const topic = metadata.value.topics.find(({ name }) => name === queue)
  if (topic === undefined) throw unknownTopic(queue)
  const [offsets] = await Promise.all([reader.offsets([topic], { deadlineMs }), decisions.sync({ deadlineMs })])
  const queueId = topic.id ?? null
  const { book } = decisions
  assertPlaces(topic, selection)
  const named = selection.letters && mergedSpans(selection.letters)

  /** Where readings start: one for each span, or one for all undecided letters. */
  function starts(): { positions: Map<number, number>; span?: Required<LetterSpan> }[] {
    if (named) return named.map((span) => ({ positions: new Map([[span.partition, span.from]]), span }))
    const firsts = offsets.value.flatMap(({ partition, logStartOffset, logEndOffset }): [number, number][] => {
      if (logStartOffset === null || logEndOffset === null) return []
      if (selection.partition !== undefined && partition !== selection.partition) return []
      const first = book.firstUndecided({ queue, queueId, partition }, logStartOffset, logEndOffset)
      return first === null ? [] : [[partition, first]]
    })
    return firsts.length === 0 ? [] : [{ positions: new Map(firsts) }]
  }
  const warnings: Warning[] = [...metadata.warnings, ...offsets.warnings]

  /** Reads up to `most` letters, from these positions on. */
  async function read(
    positions: ReadonlyMap<number, number>,
    span: Required<LetterSpan> | undefined,
    most: number,
    signal: AbortSignal
  ): Promise<Found> {
    const letters: FoundLetter[] = []
    const outcome = await records.readForward(
      queue,
      {
        start: { at: 'positions', positions },
        isolation: 'read_committed',
        bytes: passBytes,
        deadlineMs: Math.max(1, Math.floor(Math.min(leftMs(), longestPassMs))),
        partitions: [...positions.keys()],
        signal
      },
      (record) => {
        if (isPast(record, span)) return false
        const { partition, offset } = record
        const decision = book.at({ queue, queueId, partition }, offset)
        if (span === undefined && decision !== undefined && decision.status !== 'unconfirmed') return true
        if (!passes(record, selection, queue, rules)) return true
        letters.push({ partition, offset, record, origin: parseDeadLetter(record.headers), decision })
        return letters.length < most
      }
    )
    warnings.push(...outcome.warnings)
    // What a leader refuses, or nobody leads, is named in the warnings.
    const left = outcome.partitions.flatMap(({ partition, position, finished, reason }): [number, number][] =>
      position === null || finished || reason !== undefined ? [] : [[partition, position]]
    )
    const isOver = left.length === 0 || (span !== undefined && endsWith(span, letters.at(-1), left))
    return { letters, next: isOver ? undefined : new Map(left) }
  }

  async function* letters(most: () => number): AsyncGenerator<FoundLetter[] | 'time'> {
    const over = new AbortController()
    try {
      for (const { positions: first, span } of starts()) {
        let ahead: Promise<Found> | undefined
        for (let positions: Map<number, number> | undefined = first; positions !== undefined; ) {
          if (leftMs() <= 0) {
            yield 'time'
            return
          }
          const { letters, next }: Found = await (ahead ?? read(positions, span, most(), over.signal))
          // The next are read while these are worked on, if they will be wanted.
          const wanted = most() - letters.length
          ahead = next && wanted > 0 && leftMs() > 0 ? read(next, span, wanted, over.signal) : undefined
          // Whoever comes for the letters gets the error; perhaps nobody does.
          ahead?.catch(() => undefined)
          if (letters.length > 0) yield letters
          positions = next
        }
      }
    } finally {
      over.abort(new KopsError('internal', 'The letters that were read ahead are not wanted'))
    }
  }

  return { topic, queueId, warnings, letters }
}

/** @throws KopsError validation_failed for a partition that the queue does not have, or a span that ends before it begins */
function assertPlaces({ name, partitions }: TopicMetadata, { letters, partition: only }: Selection): void {
  const spans = letters ?? (only === undefined ? [] : [{ partition: only, from: 0 }])
  for (const [index, { partition, from, to = from }] of spans.entries()) {
    const field = letters ? `letters.${index}` : 'partition'
    if (partition >= partitions.length) {
      throw fieldError('validation_failed', field, `${name} has partitions 0 to ${partitions.length - 1}`)
    }
    if (to < from) throw fieldError('validation_failed', `${field}.to`, 'comes before from')
  }
}

/** Spans that neither overlap nor touch, by partition and offset: a letter that is named twice is one. Pure. */
export function mergedSpans(spans: readonly LetterSpan[]): Required<LetterSpan>[] {
  const sorted = spans.toSorted((a, b) => a.partition - b.partition || a.from - b.from)
  const merged: Required<LetterSpan>[] = []
  for (const { partition, from, to = from } of sorted) {
    const last = merged.at(-1)
    if (last?.partition === partition && from <= last.to + 1) last.to = Math.max(last.to, to)
    else merged.push({ partition, from, to })
  }
  return merged
}

function isPast({ offset }: LogRecord, span: Required<LetterSpan> | undefined): boolean {
  return span !== undefined && offset > span.to
}

/** Whether a reading has come to the end of the letters that were named. */
function endsWith({ to }: Required<LetterSpan>, last: FoundLetter | undefined, left: [number, number][]): boolean {
  return last?.offset === to || left.every(([, position]) => position > to)
}

function passes(record: LogRecord, selection: Selection, queue: string, rules: MaskingRules): boolean {
  const { originTopic, error } = selection
  if (originTopic === undefined && error === undefined) return true
  return matchesFilters(shownOrigin(record, queue, rules).origin, selection)
}
