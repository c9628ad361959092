import { parseDocument, stringify } from 'yaml'
import type { Workload } from '#shared/contracts/workload.ts'
import { counted } from '../reports/figures.ts'

/** A workload as YAML, to repeat it; lines that it chooses values from are counted. */
export function workloadText({ payload, ...rest }: Workload): string {
  const shown = payload?.kind === 'lines' ? { ...payload, lines: counted(payload.lines.length, 'line') } : payload
  return stringify({ ...rest, payload: shown }).trimEnd()
}

/** All of a workload as YAML, to go on with as a file or in a form of text. */
export function wholeWorkloadText(workload: Workload): string {
  return stringify(workload)
}

/**
 * A workload that somebody writes, as YAML or as JSON, which is YAML. Its fields are for the service to check.
 * @returns what is wrong where it is neither, with its line
 */
export function readWorkloadText(text: string): { workload: Workload } | { message: string } {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return { message: error.message.replace(/:?\n.*$/s, '') }
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { message: 'This is no workload: it has no fields.' }
  }
  return { workload: value as Workload }
}
