import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseTokenLines, parseTokens, type TokenEntry } from './tokens.ts'

/** What a look at the file has found. */
export type TokenFileLook =
  | { outcome: 'unchanged' }
  | { outcome: 'replaced'; added: string[]; removed: string[] }
  | { outcome: 'unusable'; error: unknown }

/** The tokens that a service accepts. */
export interface TokenList {
  current(): readonly TokenEntry[]
  /**
   * Takes a changed file over. One that cannot be read or is not valid changes nothing: what was refused stays refused, and
   * a mistake in an entry locks nobody out.
   */
  look(): Promise<TokenFileLook>
}

export interface TokenSettings {
  KOPS_TOKENS: string
  KOPS_TOKENS_FILE: string
}

/**
 * The tokens of `KOPS_MONITORING_TOKENS_FILE`, which require none of other callers.
 * @throws Error naming the setting, if the file cannot be read or is not valid
 */
export function monitoringTokens(path: string): TokenEntry[] {
  const setting = 'KOPS_MONITORING_TOKENS_FILE'
  return path === '' ? [] : parseTokenLines(readAtStart(path, setting), setting)
}

/** A list that also accepts tokens which never change. */
export function withFixed(list: TokenList | undefined, fixed: readonly TokenEntry[]): TokenList | undefined {
  if (fixed.length === 0) return list
  return {
    current: () => [...(list?.current() ?? []), ...fixed],
    look: async () => list?.look() ?? { outcome: 'unchanged' }
  }
}

/**
 * The tokens of both settings; undefined if there are none.
 * @throws Error naming the setting, if one is not valid, or names a file that cannot be read or has no entry
 */
export function createTokenList({ KOPS_TOKENS, KOPS_TOKENS_FILE: path }: TokenSettings): TokenList | undefined {
  const fixed = parseTokens(KOPS_TOKENS)
  if (path === '') return withFixed(undefined, fixed)
  const setting = 'KOPS_TOKENS_FILE'
  let text = readAtStart(path, setting)
  let entries = parseTokenLines(text, setting, fixed)
  if (entries.length === 0) throw new Error(`${setting}: ${path} has no entry`)
  return {
    current: () => [...fixed, ...entries],
    async look() {
      try {
        const now = await readFile(path, 'utf8')
        if (now === text) return { outcome: 'unchanged' }
        const next = parseTokenLines(now, setting, fixed)
        const change = { added: namesIn(next, entries), removed: namesIn(entries, next) }
        text = now
        entries = next
        return { outcome: 'replaced', ...change }
      } catch (error) {
        return { outcome: 'unusable', error }
      }
    }
  }
}

/** Names of entries that another list has not, or has differently. */
function namesIn(entries: readonly TokenEntry[], others: readonly TokenEntry[]): string[] {
  const known = new Set(others.map((entry) => JSON.stringify(entry)))
  return entries.filter((entry) => !known.has(JSON.stringify(entry))).map(({ name }) => name)
}

function readAtStart(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${setting}: ${path} cannot be read: ${reason}`, { cause: error })
  }
}
