import { stringify } from 'yaml'
import type { Workload } from '#shared/contracts/workload.ts'
import { counted } from '../reports/figures.ts'

/** A workload as YAML, to repeat it; lines that it chooses values from are counted. */
export function workloadText({ payload, ...rest }: Workload): string {
  const shown = payload?.kind === 'lines' ? { ...payload, lines: counted(payload.lines.length, 'line') } : payload
  return stringify({ ...rest, payload: shown }).trimEnd()
}
