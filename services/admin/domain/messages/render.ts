import type { BrowseQuery, Message } from '#shared/contracts/messages.ts'
import { nestsDeeply, parseJson } from '#shared/json.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'
import { type Content, hidden, maskContent, masksName } from './mask-content.ts'
import type { TopicMask } from './masking-rules.ts'

export type Format = NonNullable<BrowseQuery['format']>

export interface Filters {
  keyContains?: string | undefined
  valueContains?: string | undefined
}

interface Shown {
  content: unknown
  encoding: Message['valueEncoding']
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Renders a record: masks it, then filters, then decodes. In this order, so that a filter cannot find hidden content.
 * @returns undefined if a filter excludes it
 */
export function showRecord(
  record: LogRecord,
  mask: TopicMask | undefined,
  format: Format,
  { keyContains, valueContains }: Filters
): Message | undefined {
  const key = maskContent(record.key, mask, { prefix: 'key', strict: false })
  if (keyContains !== undefined && !contains(key, keyContains)) return undefined
  const value = maskContent(record.value, mask, { prefix: 'value', strict: true })
  if (valueContains !== undefined && !contains(value, valueContains)) return undefined
  const headers = maskHeaders(record.headers, mask)
  const [shownKey, shownValue] = [show(key, format), show(value, format)]
  return {
    partition: record.partition,
    offset: record.offset,
    timestamp: toTimestamp(record.timestampMs),
    key: shownKey.content,
    keyEncoding: shownKey.encoding,
    value: shownValue.content,
    valueEncoding: shownValue.encoding,
    headers: headers.map(({ name, shown }) => {
      const { content, encoding } = show(shown, format)
      return { name, value: content, encoding }
    }),
    sizeBytes: record.sizeBytes,
    masked: [...key.masked, ...value.masked, ...headers.flatMap(({ shown }) => shown.masked)]
  }
}

/** Headers after masking, in their order. */
export function maskHeaders(
  headers: LogRecord['headers'],
  mask: TopicMask | undefined
): { name: string; shown: Content }[] {
  return headers.map(([name, content]) => {
    const prefix = `headers.${name}`
    const shown = masksName(name, mask)
      ? { bytes: null, masked: [prefix] }
      : maskContent(content, mask, { prefix, strict: false })
    return { name, shown }
  })
}

function contains({ bytes }: Content, wanted: string): boolean {
  return bytes?.toString('utf8').includes(wanted) ?? false
}

function show({ bytes, masked }: Content, format: Format): Shown {
  if (bytes === null)
    return masked.length > 0 ? { content: hidden, encoding: 'text' } : { content: null, encoding: null }
  const text = format === 'base64' ? undefined : textOf(bytes)
  if (text === undefined) return { content: bytes.toString('base64'), encoding: 'base64' }
  if (format === 'text') return { content: text, encoding: 'text' }
  const document = format === 'json' || /^[{[]/.test(text.trimStart()) ? parseJson(text) : undefined
  // What nests too deeply to be serialized again is shown as written.
  if (document === undefined || nestsDeeply(text)) return { content: text, encoding: 'text' }
  // Content that JSON numbers would change is shown as written, unless JSON was requested.
  if (format === 'auto' && losesDigits(text)) return { content: text, encoding: 'text' }
  return { content: document, encoding: 'json' }
}

/** UTF-8 text without control characters other than white space; undefined for anything else. */
function textOf(bytes: Buffer): string | undefined {
  try {
    const text = utf8.decode(bytes)
    return isPrintable(text) ? text : undefined
  } catch {
    return undefined
  }
}

function isPrintable(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) return false
  }
  return true
}

/** Whether a document has an integer that JavaScript's numbers cannot represent exactly. */
function losesDigits(text: string): boolean {
  if (!/\d{16}/.test(text)) return false
  let loses = false
  JSON.parse(text, (_name, value, context?: { source?: string }) => {
    const source = context?.source
    if (typeof value === 'number' && source !== undefined && !/[.eE]/.test(source) && !Number.isSafeInteger(value)) {
      loses = true
    }
    return value
  })
  return loses
}

/** null for a record without a timestamp (-1) or with one outside the calendar. */
export function toTimestamp(timestampMs: number): string | null {
  const date = new Date(timestampMs)
  return timestampMs < 0 || Number.isNaN(date.getTime()) ? null : date.toISOString()
}
