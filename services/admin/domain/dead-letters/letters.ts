import type { DeadLetterOrigin, Letter, LetterPage, LetterQuery, LetterStatus } from '#shared/contracts/dead-letters.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { LogRecord, RecordReader } from '#shared/kafka/records/port.ts'
import type { DecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import type { Decision } from '#shared/streams/dead-letters/decisions.ts'
import { type DeadLetter, parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { type BrowseOptions, browseRecords } from '../messages/browse.ts'
import type { MaskingRules } from '../messages/masking-rules.ts'
import { maskHeaders, showRecord, toTimestamp } from '../messages/render.ts'
import { unknownTopic } from '../topics/describe-topic.ts'

export interface LetterPorts {
  reader: Pick<ClusterReader, 'metadata'>
  records: RecordReader
  decisions: DecisionLog
}

/**
 * One page of a queue's letters.
 * @throws KopsError topic_not_found, validation_failed, cluster_unreachable, kafka_timeout
 */
export async function readLetters(
  { reader, records, decisions }: LetterPorts,
  topic: string,
  { status = 'undecided', originTopic, error, from = 'earliest', ...query }: LetterQuery,
  { rules, deadlineMs, ...options }: BrowseOptions & { deadlineMs: number }
): Promise<LetterPage> {
  const [queueId] = await Promise.all([idOf(reader, topic, deadlineMs), decisions.sync({ deadlineMs })])
  const format = query.format ?? 'auto'
  const show = (record: LogRecord): Letter | undefined => {
    const decision = decisions.book.at({ queue: topic, queueId, partition: record.partition }, record.offset)
    if (!isWanted(status, decision)) return undefined
    const { origin, mask } = shownOrigin(record, topic, rules)
    if (!matchesFilters(origin, { originTopic, error })) return undefined
    const shown = showRecord(record, mask, format, query)
    return shown && { ...shown, ...decisionOf(decision), origin: toWire(origin) }
  }
  const { items, frame } = await browseRecords(records, topic, { ...query, from }, options, show)
  return { ...frame, letters: items }
}

/** Kafka's id of a topic; null if the cluster has none. @throws KopsError topic_not_found */
export async function idOf(reader: LetterPorts['reader'], topic: string, deadlineMs: number): Promise<string | null> {
  const { value } = await reader.metadata({ topics: [topic], deadlineMs })
  const found = value.topics.find(({ name }) => name === topic)
  if (found === undefined) throw unknownTopic(topic)
  return found.id ?? null
}

/**
 * What a letter's headers say, after masking: no filter finds what no answer shows. Rules for the topic that the letter comes from
 * apply to it as they do there.
 */
export function shownOrigin(record: LogRecord, queue: string, rules: MaskingRules) {
  const written = parseDeadLetter(record.headers)
  const mask = rules.of(queue, written.topic)
  if (mask === undefined) return { origin: written, mask }
  const masked = maskHeaders(record.headers, mask).map(({ name, shown }): LogRecord['headers'][number] => [
    name,
    shown.bytes
  ])
  return { origin: parseDeadLetter(masked), mask }
}

export function matchesFilters(
  origin: Pick<DeadLetter, 'topic' | 'errorClass' | 'message'>,
  { originTopic, error }: { originTopic?: string | undefined; error?: string | undefined }
): boolean {
  if (originTopic !== undefined && origin.topic !== originTopic) return false
  return error === undefined || [origin.errorClass, origin.message].some((text) => text?.includes(error))
}

function isWanted(wanted: LetterStatus | 'all', decision: Decision | undefined): boolean {
  if (wanted === 'all') return true
  const isUndecided = decision === undefined || decision.status === 'unconfirmed'
  return wanted === 'undecided' ? isUndecided : decision?.status === wanted
}

function decisionOf(
  decision: Decision | undefined
): Pick<Letter, 'status' | 'decidedAt' | 'decidedBy' | 'decidedBecause'> {
  if (decision === undefined || decision.status === 'open') {
    return { status: 'undecided', decidedAt: null, decidedBy: null, decidedBecause: null }
  }
  const { status, at, by, reason = null } = decision
  return { status, decidedAt: at, decidedBy: by, decidedBecause: reason }
}

function toWire({ timestampMs, ...origin }: DeadLetter): DeadLetterOrigin {
  return { ...origin, timestamp: timestampMs === null ? null : toTimestamp(timestampMs) }
}
