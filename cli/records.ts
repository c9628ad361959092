import { stderr, stdin } from 'node:process'
import { createInterface } from 'node:readline'
import Value from 'typebox/value'
import { type RecordInput, RecordInputSchema } from '#shared/contracts/messages.ts'
import { given } from './given.ts'
import { type Output, paint, UsageError } from './output.ts'
import { readJson } from './standard-input.ts'

export interface RecordOptions {
  key?: string
  header?: Record<string, string>
  partition?: number
  base64?: boolean
}

/** Records that differ in their values only. */
export function recordsOf(values: string[], { key, header, partition, base64 }: RecordOptions): RecordInput[] {
  const headers = header && Object.entries(header).map(([name, value]) => ({ name, value }))
  const valueEncoding = base64 ? ('base64' as const) : undefined
  return values.map((value) => given({ key, value, valueEncoding, headers, partition }))
}

/** The service takes 16 MiB and 1000 records a request. */
const batchBytes = 8 * 1024 * 1024
const batchRecords = 1000

/**
 * Parses records from lines of JSON, in batches as large as a request may be. Refuses fields of a record that was read
 * (offset, timestamp …), because they would not be written.
 * @throws UsageError naming the line that is not a record
 */
export async function* recordBatches(
  output: Output,
  lines: AsyncIterable<string> = standardInput(output)
): AsyncGenerator<RecordInput[]> {
  let batch: RecordInput[] = []
  let size = 0
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const record = readJson(line, `line ${number}`)
    if (!Value.Check(RecordInputSchema, record))
      throw new UsageError(`line ${number} is not a record: ${problemOf(record)}`)
    if (batch.length === batchRecords || (batch.length > 0 && size + line.length > batchBytes)) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(record)
    size += line.length
  }
  if (batch.length > 0) yield batch
}

function problemOf(record: unknown): string {
  // additionalProperties has a better message than the schema of an unknown field (false).
  const first = Value.Errors(RecordInputSchema, record).find(({ keyword }) => keyword !== 'boolean')
  if (first?.keyword === 'additionalProperties') return `${first.params.additionalProperties.join(', ')} is unknown`
  if (first?.keyword === 'required') return `${first.params.requiredProperties.join(', ')} is missing`
  return `${first?.instancePath.slice(1).replaceAll('/', '.') ?? ''} ${first?.message ?? ''}`.trim()
}

function standardInput(output: Output): AsyncIterable<string> {
  if (stdin.isTTY)
    output.error(paint('dim', 'JSON lines, such as {"key":"a","value":{"b":1}}; Ctrl-D ends the input.', stderr))
  return createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })
}
