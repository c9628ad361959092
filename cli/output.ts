import { stderr, stdout } from 'node:process'
import type { Warning } from '#shared/contracts/common.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { paint, plain } from './paint.ts'

export { bytes, counted } from '#shared/reports/figures.ts'
export { paint } from './paint.ts'
export { table } from './table.ts'

/** The output of a command: replaced by buffers in tests. */
export interface Output {
  print(line: string): void
  error(line: string): void
}

// A reader that has seen enough (head, less) closes the pipe: that is not an error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  if (error.code !== 'EIO') throw error
})
// A closed terminal (EIO) shows nothing, but the work in progress must finish.
stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
})

export const terminal: Output = {
  print: (line) => void stdout.write(`${line}\n`),
  error: (line) => void stderr.write(`${line}\n`)
}

/** A command line that its syntax allows and that lacks something all the same. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Health could not be read, which is neither healthy, degraded nor down. */
export class HealthUnknown extends Error {
  constructor(cause: unknown) {
    super('the health of the cluster is unknown', { cause })
  }
}

/** An error for people: the message, its fields, and the code and request id to find it by; without a stack. */
export function describeError(error: unknown): string {
  if (error instanceof HealthUnknown) return describeError(error.cause)
  if (!isKopsError(error)) return error instanceof Error ? error.message : String(error)
  const fields = error.errors?.filter(({ message }) => !error.message.includes(message)) ?? []
  const found = [error.code, error.kafkaError, error.requestId === undefined ? undefined : `request ${error.requestId}`]
  return [
    `${error.title}: ${linesOf(error.message)}`,
    ...fields.map(({ field, message }) => `  ${plain(field)}: ${plain(message)}`),
    `  (${found.filter((each) => each !== undefined).join(', ')})`
  ].join('\n')
}

/** Lines of a message, such as the end of a log, each marked as part of it. */
function linesOf(message: string): string {
  return message.trimEnd().split('\n').map(plain).join('\n  | ')
}

/** Prints what a reading lacks on standard error, without repeating the same message. */
export function warn(output: Output, warnings: readonly Warning[]): void {
  for (const line of warningLines(warnings)) output.error(paint('yellow', `warning: ${line}`, stderr))
}

const namedTargets = 3

/** Warnings as lines, each with its target. */
export function warningLines(warnings: readonly Warning[]): string[] {
  const targets = new Map<string, Set<string>>()
  for (const { message, target } of warnings) {
    const silent = target !== undefined && message.startsWith(`${target}: `)
    const said = silent ? silenceOf(target) : message
    const named = targets.get(said) ?? new Set()
    if (target !== undefined && !said.includes(target)) named.add(target)
    targets.set(said, named)
  }
  return Array.from(targets, ([message, of]) => {
    const named = Array.from(of).slice(0, namedTargets)
    const more = of.size - named.length
    const about = [named.join(', '), ...(more > 0 ? [`${more} more`] : [])].filter(Boolean).join(' and ')
    return plain(about === '' ? message : `${about}: ${message}`)
  })
}

/**
 * A node that missed several requests gets one line: `kafka-2: no answer lately`, `kafka-2: no answer within 900 ms`.
 */
function silenceOf(node: string): string {
  return `${node} does not answer: data that only it has is missing`
}
