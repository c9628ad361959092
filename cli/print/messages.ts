import { stdout } from 'node:process'
import type { Message, MessagePage, ProduceResult } from '#shared/contracts/messages.ts'
import { rounded } from '#shared/reports/figures.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

/** A key or value on one line: text unchanged, bytes as base64 with a label, anything else as JSON. */
export function shown(content: unknown, encoding: Message['valueEncoding']): string {
  if (content === null) return 'null'
  const text = plain(typeof content === 'string' ? content : JSON.stringify(content))
  return encoding === 'base64' ? `base64:${text}` : text
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 3))}...`
}

/** Columns of a terminal; where there is none nothing is cut. */
export const columns = () => stdout.columns || Number.POSITIVE_INFINITY

export function printPage(output: Output, page: MessagePage): void {
  const { messages } = page
  if (messages.length === 0) output.print(paint('dim', 'No records.'))
  else {
    const keyWidth = Math.max(12, Math.floor(columns() / 6))
    const places = messages.map(({ partition, offset, timestamp, key, keyEncoding }) => [
      `${partition}:${offset}`,
      timestamp ?? '-',
      cut(shown(key, keyEncoding), keyWidth)
    ])
    const head = ['OFFSET', 'TIME', 'KEY']
    const widths = head.map((title, column) => Math.max(title.length, ...places.map((row) => row[column]?.length ?? 0)))
    const left = Math.max(20, columns() - widths.reduce((sum, each) => sum + each + 2, 0))
    output.print(
      table(
        [...head, 'VALUE'],
        messages.map(({ value, valueEncoding }, index) => [
          ...(places[index] ?? []),
          cut(shown(value, valueEncoding), left)
        ]),
        undefined
      )
    )
  }
  output.error(paint('dim', progressOf(page), process.stderr))
}

/** The number of matches, and the progress of the search. */
export function progressOf({ messages, scanned, cutBy, direction, partitions }: MessagePage): string {
  const found = `${counted(messages.length, 'record')}; scanned ${rounded(scanned.records)} (${bytes(scanned.bytes)})`
  const towards = direction === 'forward' ? 'end' : 'beginning'
  if (cutBy === null) return `${found}, to the ${towards}`
  const cuts = { limit: 'at the limit', bytes: 'at the byte limit', time: 'at the time limit' }
  let passed = 0
  let whole = 0
  for (const { logStartOffset, logEndOffset, position } of partitions) {
    if (logStartOffset === null || logEndOffset === null || position === null) continue
    whole += logEndOffset - logStartOffset
    passed += direction === 'forward' ? position - logStartOffset : logEndOffset - position
  }
  const share =
    whole === 0 ? '' : `, ${Math.min(99, Math.floor((100 * passed) / whole))} % of the way to the ${towards}`
  return `${found}; stopped ${cuts[cutBy]}${share}`
}

/** One record on one line, in the format of a tail. */
export function messageLine(message: Message): string {
  const { partition, offset, timestamp, key, value, headers } = message
  const of = headers.map((header) => `${plain(header.name)}=${shown(header.value, header.encoding)}`)
  return [
    paint('dim', `${timestamp ?? '-'} ${partition}:${offset}`),
    key === null ? '' : paint('bold', shown(key, message.keyEncoding)),
    shown(value, message.valueEncoding),
    of.length > 0 ? paint('dim', `[${of.join(' ')}]`) : ''
  ]
    .filter(Boolean)
    .join('  ')
}

export function printProduced(output: Output, { topic, records, dryRun, applied }: ProduceResult): void {
  if (!applied || records.length <= 20) {
    const rows = records.map(({ partition, offset, status, sizeBytes, error }) => [
      partition === null ? '-' : String(partition),
      offset === null ? '-' : String(offset),
      status === 'acknowledged' || status === 'planned' ? status : paint('red', status),
      bytes(sizeBytes),
      error ? plain(error.detail) : ''
    ])
    output.print(table(['PARTITION', 'OFFSET', 'STATUS', 'SIZE', ''], rows))
  }
  const verb = dryRun ? 'would write' : applied ? 'wrote' : 'did not write all of'
  output.print(`${verb} ${counted(records.length, 'record')} to ${topic}`)
}
