import { boundedText } from '../../bounded-text.ts'
import type { LogRecord } from '../../kafka/records/port.ts'
import { type DeadLetterFormat, type FormatHeaders, formats, kafkaHeaders, ownHeaders } from './formats.ts'

/** Headers of a record as they are in the log: names may repeat, and values are bytes. */
export type RecordHeaders = LogRecord['headers']

/** What the headers of a dead letter say, whichever system wrote them. What is missing or unreadable is null. */
export interface DeadLetter {
  /** null: no known headers, so that nothing but `replays` is known. */
  format: DeadLetterFormat | null
  /** Where the original record is, or was. */
  topic: string | null
  partition: number | null
  offset: number | null
  /** The timestamp of the original record, in milliseconds since 1970. */
  timestampMs: number | null
  /** The consumer group that could not process it. */
  group: string | null
  /** Of Kafka Connect: the connector that could not, and its task. */
  connector: string | null
  task: number | null
  /** Of Kafka Connect: the stage that failed, such as VALUE_CONVERTER. */
  stage: string | null
  errorClass: string | null
  message: string | null
  /** How often its application tried. */
  deliveries: number | null
  /** How often kops replayed it. */
  replays: number
}

/** Why a record became a dead letter. */
export interface DeadLetterCause {
  topic: string
  partition: number
  offset: number
  /** The timestamp of the record, in milliseconds since 1970; left out if it has none (-1). */
  timestampMs?: number | undefined
  group: string
  /** What was thrown, such as SyntaxError. */
  errorClass: string
  message: string
  /** How often it was tried, the first time included. */
  deliveries?: number | undefined
}

/** A message may quote the record, which may have many megabytes. */
const messageBytes = 4096
const textBytes = 1000
/** As org.apache.kafka.common.internals.Topic has it. */
const legalTopic = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/

/**
 * The headers of a dead letter of kops' own consumers and tasks: those of the original record, without those of a death before
 * this one, and Kafka's (KIP-1191) with `kops.dlq.exception` and `kops.dlq.timestamp` beside them. The counter of replays stays.
 */
export function deadLetterHeaders(cause: DeadLetterCause, original: RecordHeaders): RecordHeaders {
  const { timestampMs = -1, deliveries } = cause
  const added: [name: string, value: string][] = [
    [kafkaHeaders.topic, cause.topic],
    [kafkaHeaders.partition, String(cause.partition)],
    [kafkaHeaders.offset, String(cause.offset)],
    [kafkaHeaders.group, cause.group],
    [kafkaHeaders.message, boundedText(cause.message, messageBytes)],
    [ownHeaders.errorClass, boundedText(cause.errorClass, textBytes)]
  ]
  if (deliveries !== undefined) added.push([kafkaHeaders.deliveries, String(deliveries)])
  if (timestampMs >= 0) added.push([ownHeaders.timestamp, String(timestampMs)])
  return [...withoutDeath(original), ...added.map(([name, value]): RecordHeaders[number] => [name, Buffer.from(value)])]
}

/**
 * The headers with which a dead letter is replayed: its own without those of its death, and with the number of replays, this one
 * included.
 */
export function replayHeaders(headers: RecordHeaders, replays: number): RecordHeaders {
  const kept = withoutDeath(headers).filter(([name]) => name !== ownHeaders.replays)
  return [...kept, [ownHeaders.replays, Buffer.from(String(replays))]]
}

/**
 * Reads the headers of a dead letter. Anybody may write them, so nothing in them is trusted: a topic is a legal name, numbers are
 * whole and not negative, and texts are bounded.
 */
export function parseDeadLetter(headers: RecordHeaders): DeadLetter {
  const replays = textNumber(lastOf(headers, ownHeaders.replays)) ?? 0
  const row = latestFormat(headers)
  if (row === undefined) return { ...nothing, replays }
  const number = row.numbers === 'text' ? textNumber : bytesNumber
  // A record that has died more than once in one format names its first origin first (Spring appends), and its last error last.
  const numberOf = (name: string | undefined) => number(firstOf(headers, name))
  const textOf = (name: string | undefined) => text(firstOf(headers, name), textBytes)
  const errorOf = (names: readonly string[], bytes: number) => {
    const name = names.find((name) => lastOf(headers, name) !== undefined)
    return text(lastOf(headers, name), bytes)
  }
  const topic = textOf(row.topic)
  const deliveries = lastOf(headers, row.deliveries)
  return {
    format: row.format,
    topic: topic !== null && legalTopic.test(topic) ? topic : null,
    partition: numberOf(row.partition),
    offset: numberOf(row.offset),
    timestampMs: numberOf(row.timestamp),
    group: textOf(row.group),
    connector: textOf(row.connector),
    task: numberOf(row.task),
    stage: textOf(row.stage),
    errorClass: errorOf(row.errorClass, textBytes),
    message: errorOf(row.message, messageBytes),
    // Spring Kafka wrote this one as a single byte at first.
    deliveries: deliveries?.length === 1 && row.numbers === 'bytes' ? (deliveries[0] ?? null) : number(deliveries),
    replays
  }
}

const nothing: DeadLetter = {
  format: null,
  topic: null,
  partition: null,
  offset: null,
  timestampMs: null,
  group: null,
  connector: null,
  task: null,
  stage: null,
  errorClass: null,
  message: null,
  deliveries: null,
  replays: 0
}

const byTopicHeader = new Map(formats.map((row) => [row.topic, row]))

/** Headers are appended, so of a record that has died in several systems the last one's come last. */
function latestFormat(headers: RecordHeaders): FormatHeaders | undefined {
  for (let index = headers.length - 1; index >= 0; index--) {
    const row = byTopicHeader.get(headers[index]?.[0] ?? '')
    if (row !== undefined) return row
  }
  return undefined
}

const added = formats.flatMap((row) => row.added)
const addedNames = new Set(added.filter((pattern) => !pattern.endsWith('*')))
const addedBeginnings = added.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))

function withoutDeath(headers: RecordHeaders): RecordHeaders {
  return headers.filter(
    ([name]) => !addedNames.has(name) && !addedBeginnings.some((beginning) => name.startsWith(beginning))
  )
}

function firstOf(headers: RecordHeaders, wanted: string | undefined): Buffer | undefined {
  return headers.find(([name]) => name === wanted)?.[1] ?? undefined
}

function lastOf(headers: RecordHeaders, wanted: string | undefined): Buffer | undefined {
  return headers.findLast(([name]) => name === wanted)?.[1] ?? undefined
}

function text(bytes: Buffer | undefined, limit: number): string | null {
  return bytes === undefined ? null : boundedText(bytes.toString('utf8', 0, 2 * limit), limit)
}

function textNumber(bytes: Buffer | undefined): number | null {
  const digits = bytes !== undefined && bytes.length <= 19 ? bytes.toString('latin1') : ''
  return /^\d+$/.test(digits) ? safe(Number(digits)) : null
}

/** An int (4 bytes), a long (8), or the fewest bytes of a BigInteger; text, as other languages write these headers, otherwise. */
function bytesNumber(bytes: Buffer | undefined): number | null {
  if (bytes === undefined || bytes.length === 0) return null
  if (bytes.length === 8) return safe(Number(bytes.readBigInt64BE())) ?? textNumber(bytes)
  if (bytes.length === 4) return safe(bytes.readInt32BE()) ?? textNumber(bytes)
  return textNumber(bytes) ?? (bytes.length <= 6 ? safe(bytes.readIntBE(0, bytes.length)) : null)
}

function safe(number: number): number | null {
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}
