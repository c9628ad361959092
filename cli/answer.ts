import type { Warning } from '#shared/contracts/common.ts'
import { type Output, paint, table, warn } from './output.ts'
import type { Rendering } from './output-format.ts'

export interface ReadOptions {
  json?: Rendering | boolean | undefined
}

/** Prints data in a form for programs; nothing where it is empty. */
export function printData(output: Output, json: Rendering | true, data: object): void {
  const text = json === true ? JSON.stringify(data, null, 2) : json.text(data)
  if (text !== '') output.print(text)
}

/** Prints an answer: as the API gave it, or as text with its warnings on standard error. */
export function show<A extends object>(
  output: Output,
  { json }: ReadOptions,
  answer: A,
  print: (answer: A) => void
): void {
  if (json) {
    printData(output, json, answer)
    if (json === true || json.whole) return
    tellNextPage(output, answer as { nextCursor?: string })
  } else print(answer)
  if ('warnings' in answer) warn(output, answer.warnings as Warning[])
}

/** Prints a table, or a message if it has no rows. */
export function printTable(output: Output, head: string[], rows: string[][], none: string): void {
  output.print(rows.length === 0 ? paint('dim', none) : table(head, rows))
}

/** Reports on standard error that a list continues, and how to read on. */
export function tellNextPage(output: Output, { nextCursor }: { nextCursor?: string }): void {
  if (nextCursor !== undefined) output.error(`There is more: --cursor ${nextCursor}`)
}
