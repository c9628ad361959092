import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '../../contracts/endpoint.ts'
import { isRole, type Principal } from './roles.ts'

/** A bearer token in the configuration: never the token itself. */
export interface TokenEntry {
  name: string
  role: Role
  /** SHA-256 of the token. Tokens are random (256 bits), so a slow hash would protect nothing more. */
  hash: Buffer
}

const entryPattern = /^(?<name>[a-zA-Z0-9._-]{1,64}):(?<role>[a-z]+):sha256:(?<hash>[0-9a-f]{64})$/

/**
 * Reads a list of `name:role:sha256:<hex>`, separated by commas or white space. No text is no tokens; a text without an
 * entry is a mistake, because its author meant to require tokens.
 * @throws Error that names the entry by its position, never by its content
 */
export function parseTokens(text: string): TokenEntry[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (text !== '' && entries.length === 0) throw new Error('KOPS_TOKENS has no entry; leave it empty for no tokens')
  const names = new Set<string>()
  return entries.map((entry, index) => {
    const { name, role, hash } = entryPattern.exec(entry)?.groups ?? {}
    const where = `KOPS_TOKENS: entry ${index + 1}`
    if (!name || !hash) throw new Error(`${where} is not name:role:sha256:<64 hexadecimal digits>`)
    if (!isRole(role)) throw new Error(`${where} (${name}) has the role ${role}, not viewer, operator or admin`)
    if (names.has(name)) throw new Error(`${where}: the name ${name} is taken`)
    names.add(name)
    return { name, role, hash: Buffer.from(hash, 'hex') }
  })
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Finds the owner of a token. Compares every entry, each in constant time, so that the duration reveals nothing. */
export function findToken(entries: TokenEntry[], token: string): Principal | undefined {
  const hash = hashToken(token)
  let found: TokenEntry | undefined
  for (const entry of entries) {
    if (timingSafeEqual(entry.hash, hash)) found = entry
  }
  return found && { name: found.name, role: found.role, how: 'token' }
}
