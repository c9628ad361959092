import { printTable } from './answer.ts'
import { type Output, paint, UsageError } from './output.ts'
import { plain } from './paint.ts'

/** Shared parts of topic and broker settings. */
interface ConfigEntry {
  name: string
  value: string | null
  source: string
  readOnly: boolean
  default?: string | null
}

interface ConfigChange {
  name: string
  before: string | null
  after: string | null
  operation: 'set' | 'unset' | 'none'
}

/** @throws UsageError when a name is none of the entries' */
export function selectConfigs<Entry extends ConfigEntry>(entries: Entry[], names: string[]): Entry[] {
  const unknown = names.find((name) => !entries.some((entry) => entry.name === name))
  if (unknown !== undefined) throw new UsageError(`there is no setting ${unknown}`)
  return names.length === 0 ? entries : entries.filter(({ name }) => names.includes(name))
}

export function printConfigs(output: Output, entries: ConfigEntry[], none: string): void {
  const withDefault = entries.some((entry) => entry.default !== undefined)
  const rows = entries.map((entry) => [
    entry.name,
    entry.value === null ? '(hidden)' : plain(entry.value),
    `${entry.source}${entry.readOnly ? ', read-only' : ''}`,
    ...(withDefault ? [plain(entry.default ?? '-')] : [])
  ])
  printTable(output, ['NAME', 'VALUE', 'SOURCE', ...(withDefault ? ['DEFAULT'] : [])], rows, none)
}

/** @param target the owner of the settings: `log-events`, `broker 1` */
export function printConfigPlan(
  output: Output,
  target: string,
  plan: { dryRun: boolean; applied: boolean; changes: ConfigChange[] }
): void {
  for (const { name, before, after, operation } of plan.changes) {
    const shown = (value: string | null) => plain(value ?? '(none or hidden)')
    if (operation === 'none') output.print(`${target}: ${name} is already ${shown(after)}`)
    else {
      const verb = plan.dryRun ? `would ${operation}` : plan.applied ? operation : `did not ${operation}`
      output.print(`${target}: ${verb} ${name}: ${shown(before)} ${paint('bold', '->')} ${shown(after)}`)
    }
  }
}

/** `name=value …` as a patch. */
export function settingsOf(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`${pair} is not name=value`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    })
  )
}

/** A patch that removes the named overrides. */
export function removalsOf(names: string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]))
}
