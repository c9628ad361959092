import { createHash, timingSafeEqual } from 'node:crypto'
import Format from 'typebox/format'
import { type Role, roles } from '../../contracts/endpoint.ts'
import { isRole, type Principal } from './roles.ts'

/** A bearer token in the configuration: never the token itself. */
export interface TokenEntry {
  name: string
  role: Role
  /** SHA-256 of the token. Tokens are random (256 bits), so a slow hash would protect nothing more. */
  hash: Buffer
  /** From then on it is refused. */
  expiresAt?: Date
  /** Globs of the only topics that it is for. */
  topics?: string[]
}

/** The syntax of an entry, for messages and documents. */
export const tokenEntrySyntax =
  'name:role:sha256:<64 hexadecimal digits>[;expires=<RFC 3339 time>][;topics=<glob>|<glob>]'

const entryPattern =
  /^(?<name>[a-zA-Z0-9._-]{1,64}):(?<role>[a-z]+):sha256:(?<hash>[0-9a-f]{64})(?<limits>(?:;[a-z]+=[^;]*)*)$/

/** The entry of a token, which holds its hash only. */
export function tokenEntry(name: string, role: Role, token: string): string {
  return `${name}:${role}:sha256:${hashToken(token).toString('hex')}`
}

/** An entry as it is written, and where, for messages. */
interface Written {
  text: string
  where: string
}

/**
 * Reads a list of entries (`tokenEntrySyntax`), separated by commas or white space. No text is no tokens; a text without an
 * entry is a mistake, because its author meant to require tokens.
 * @throws Error that names the entry by its position, never by its content
 */
export function parseTokens(text: string): TokenEntry[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (text !== '' && entries.length === 0) throw new Error('KOPS_TOKENS has no entry; leave it empty for no tokens')
  return parseEntries(entries.map((text, index) => ({ text, where: `KOPS_TOKENS: entry ${index + 1}` })))
}

/**
 * Reads a file of entries, one a line; `#` begins a comment. A file without entries is one that accepts no token.
 * @param setting that names the file
 * @param others entries from elsewhere, whose names the file may not use
 * @throws Error that names the entry by its line, never by its content
 */
export function parseTokenLines(text: string, setting: string, others: readonly TokenEntry[] = []): TokenEntry[] {
  const lines = text.split('\n').map((line, index) => ({
    text: line.replace(/#.*/, '').trim(),
    where: `${setting}: line ${index + 1}`
  }))
  const entries = lines.filter(({ text }) => text !== '')
  return parseEntries(entries, others)
}

function parseEntries(written: readonly Written[], others: readonly TokenEntry[] = []): TokenEntry[] {
  const names = new Set(others.map(({ name }) => name))
  return written.map(({ text, where }) => {
    const entry = parseEntry(text, where)
    if (names.has(entry.name)) throw new Error(`${where}: the name ${entry.name} is taken`)
    names.add(entry.name)
    return entry
  })
}

function parseEntry(text: string, where: string): TokenEntry {
  const { name, role, hash, limits = '' } = entryPattern.exec(text)?.groups ?? {}
  if (!name || !hash) throw new Error(`${where} is not ${tokenEntrySyntax}`)
  if (!isRole(role)) throw new Error(`${where} (${name}) has the role ${role}, not one of ${roles.join(', ')}`)
  const entry: TokenEntry = { name, role, hash: Buffer.from(hash, 'hex') }
  const seen = new Set<string>()
  for (const limit of limits.split(';').slice(1)) {
    const at = limit.indexOf('=')
    const key = limit.slice(0, at)
    if (seen.has(key)) throw new Error(`${where} (${name}) has ${key} twice`)
    seen.add(key)
    const value = limit.slice(at + 1)
    if (key === 'expires') entry.expiresAt = parseExpiry(value, `${where} (${name})`)
    else if (key === 'topics') entry.topics = parseTopicGlobs(value, `${where} (${name})`)
    // One that this version does not know must not be ignored: the token would be allowed more than its author meant.
    else throw new Error(`${where} (${name}) has ${key}=, which is not a limit of a token`)
  }
  return entry
}

/** A date alone is its beginning, in UTC. */
function parseExpiry(text: string, where: string): Date {
  const at = new Date(text)
  // Formats have leap seconds, which Date lacks; Date has 31 February, which formats lack.
  if (Number.isNaN(at.getTime()) || !(Format.IsDate(text) || Format.IsDateTime(text))) {
    throw new Error(`${where}: expires is not a time such as 2027-01-31T12:00:00Z`)
  }
  return at
}

/** @throws Error that begins with `where` */
export function parseTopicGlobs(text: string, where: string): string[] {
  const globs = text.split('|')
  if (globs.every((glob) => /^[a-zA-Z0-9._*?-]{1,249}$/.test(glob))) return globs
  throw new Error(`${where}: topics are not globs such as orders-*|payments-*`)
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Finds the owner of a token. Compares every entry, each in constant time, so that the duration reveals nothing. */
export function findToken(entries: readonly TokenEntry[], token: string): Principal | undefined {
  const hash = hashToken(token)
  let found: TokenEntry | undefined
  for (const entry of entries) {
    if (timingSafeEqual(entry.hash, hash)) found = entry
  }
  return found && { name: found.name, role: found.role, how: 'token', ...limitsOf(found) }
}

function limitsOf({ expiresAt, topics }: TokenEntry): Pick<Principal, 'expiresAt' | 'topics'> {
  return { ...(expiresAt && { expiresAt }), ...(topics && { topics }) }
}
