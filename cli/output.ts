import { stderr, stdout } from 'node:process'
import { styleText } from 'node:util'
import Table from 'cli-table3'
import type { Warning } from '../shared/contracts/common.ts'
import { isKopsError } from '../shared/errors/catalog.ts'

/** What a command prints on: replaced by buffers in tests. */
export interface Output {
  print(line: string): void
  error(line: string): void
}

// A reader that has seen enough (head, less) closes the pipe: that is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

export const terminal: Output = {
  print: (line) => void stdout.write(`${line}\n`),
  error: (line) => void stderr.write(`${line}\n`)
}

type Style = 'green' | 'yellow' | 'red' | 'dim' | 'bold'

/** Colours text where the terminal shows colours (NO_COLOR and redirection are respected). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: stdout })
}

/** A table without lines between its rows: easy to read, and to cut with awk. */
export function table(head: string[], rows: string[][]): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' }
  const chars = { ...none, 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' }
  const rendered = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: { ...chars, right: '', 'right-mid': '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  })
  rendered.push(...rows)
  return rendered
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** An error as a person reads it: what, the fields it names, and nothing of a stack. */
export function describeError(error: unknown): string {
  if (isKopsError(error)) {
    const fields = error.errors?.filter(({ message }) => !error.message.includes(message)) ?? []
    return [`${error.title}: ${error.message}`, ...fields.map(({ field, message }) => `  ${field}: ${message}`)].join(
      '\n'
    )
  }
  return error instanceof Error ? error.message : String(error)
}

/** Exit codes after sysexits.h, so that scripts can tell causes apart. */
export function exitCodeOf(error: unknown): number {
  if (!isKopsError(error)) return 70
  if (error.status === 503 || error.status === 504) return 69
  return error.status < 500 ? 65 : 70
}

/** A size in the unit that reads best; `?` where it is not known. */
export function bytes(size: number | null): string {
  if (size === null) return '?'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const exponent = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log2(size) / 10))
  const value = size / 1024 ** exponent
  return `${exponent === 0 ? value : value.toFixed(1)} ${units[exponent]}`
}

/** What of a reading could not be had, on standard error. */
export function warn(output: Output, warnings: Warning[]): void {
  for (const { message } of warnings) output.error(paint('yellow', `warning: ${message}`))
}
