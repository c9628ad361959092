import { quoted } from '#shared/client/curl.ts'

/** A word of a command line: as it is, if no shell would read it otherwise. */
export function word(value: unknown): string {
  const text = String(value)
  return /^[\w./:=@%+,-]+$/.test(text) ? text : quoted(text)
}

export type Given = Record<string, unknown>

/** `--name value` for each field that is given, under the name that the option has. */
export function options(given: Given = {}, names: Record<string, string>): string[] {
  return Object.entries(names).flatMap(([field, option]) => {
    const value = given[field]
    if (value === undefined || value === false) return []
    return value === true ? [option] : [option, word(value)]
  })
}

export interface CommandParts {
  params: Record<string, string | number>
  query: Given
  body: Given
  files: Readonly<Record<string, string>>
}

export const dryRun = { dryRun: '--dry-run' }
