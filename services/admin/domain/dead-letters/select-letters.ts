import type { Warning } from '#shared/contracts/common.ts'
import type { Discard, LetterSpan } from '#shared/contracts/dead-letter-changes.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { ForwardStart, LogRecord, RecordReader } from '#shared/kafka/records/port.ts'
import type { DecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import type { Decision } from '#shared/streams/dead-letters/decisions.ts'
import type { MaskingRules } from '../messages/masking-rules.ts'
import { unknownTopic } from '../topics/describe-topic.ts'
import { matchesFilters, shownOrigin } from './letters.ts'

export interface SelectionPorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets'>
  records: Pick<RecordReader, 'readForward'>
  decisions: DecisionLog
}

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
  decision: Decision | undefined
}

export interface SelectionOptions {
  rules: MaskingRules
  /** Bytes of records in one reading, which stay in memory until the next. */
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
   * Letters in the order of the log, reading by reading. Ends at the end of the log, or yields `time` when the time is over.
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
  const wanted = selection.letters ?? [{ partition: selection.partition, from: 0, to: Number.MAX_SAFE_INTEGER }]
  for (const [index, { partition = 0, from, to = from }] of wanted.entries()) {
    const field = selection.letters ? `letters.${index}` : 'partition'
    if (partition >= topic.partitions.length) {
      const last = topic.partitions.length - 1
      throw fieldError('validation_failed', field, `${queue} has partitions 0 to ${last}`)
    }
    if (to < from) throw fieldError('validation_failed', `${field}.to`, 'comes before from')
  }
  const starts = (): ForwardStart[] => {
    const named = selection.letters
    if (named) return named.map(({ partition, from }) => ({ at: 'positions', positions: new Map([[partition, from]]) }))
    const firsts = offsets.value.flatMap(({ partition, logStartOffset, logEndOffset }): [number, number][] => {
      if (logStartOffset === null || logEndOffset === null) return []
      if (selection.partition !== undefined && partition !== selection.partition) return []
      const first = book.firstUndecided({ queue, queueId, partition }, logStartOffset, logEndOffset)
      return first === null ? [] : [[partition, first]]
    })
    return firsts.length === 0 ? [] : [{ at: 'positions', positions: new Map(firsts) }]
  }
  const warnings: Warning[] = [...metadata.warnings, ...offsets.warnings]

  async function* letters(most: () => number): AsyncGenerator<FoundLetter[] | 'time'> {
    for (const [index, start] of starts().entries()) {
      const span = selection.letters?.[index]
      for (let at: ForwardStart | undefined = start; at !== undefined; ) {
        if (leftMs() <= 0) {
          yield 'time'
          return
        }
        const found: FoundLetter[] = []
        const outcome = await records.readForward(
          queue,
          {
            start: at,
            isolation: 'read_committed',
            bytes: passBytes,
            deadlineMs: Math.max(1, Math.min(leftMs(), 10_000)),
            ...(at.at === 'positions' ? { partitions: [...at.positions.keys()] } : {})
          },
          (record) => {
            if (isPast(record, span)) return false
            const { partition, offset } = record
            const decision = book.at({ queue, queueId, partition }, offset)
            if (span === undefined && decision !== undefined && decision.status !== 'unconfirmed') return true
            if (!passes(record, selection, queue, rules)) return true
            found.push({ partition, offset, record, decision })
            return found.length < most()
          }
        )
        warnings.push(...outcome.warnings)
        if (found.length > 0) yield found
        const last = found.at(-1)
        const left = outcome.partitions.flatMap(({ partition, position, finished }): [number, number][] =>
          position === null || finished ? [] : [[partition, position]]
        )
        const isOver = left.length === 0 || (span !== undefined && endsWith(span, last, left))
        at = isOver ? undefined : { at: 'positions', positions: new Map(left) }
      }
    }
  }

  return { topic, queueId, warnings, letters }
}

function isPast({ offset }: LogRecord, span: LetterSpan | undefined): boolean {
  return span !== undefined && offset > (span.to ?? span.from)
}

/** Whether a reading has come to the end of the letters that were named. */
function endsWith({ from, to = from }: LetterSpan, last: FoundLetter | undefined, left: [number, number][]): boolean {
  return last?.offset === to || left.every(([, position]) => position > to)
}

function passes(record: LogRecord, selection: Selection, queue: string, rules: MaskingRules): boolean {
  const { originTopic, error } = selection
  if (originTopic === undefined && error === undefined) return true
  return matchesFilters(shownOrigin(record, queue, rules).origin, selection)
}
