import { createHash } from 'node:crypto'

/**
 * JSON in one form for one value: members sorted by name, no white space, undefined members left out. What parses to the
 * same value has the same text, however it was written.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null'
}

/** SHA-256 of the canonical form, in hexadecimal digits. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  // Dates and other objects are hashed as they are read back.
  if ('toJSON' in value && typeof value.toJSON === 'function') return sorted(value.toJSON())
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const result: Record<string, unknown> = Object.create(null)
  for (const [name, member] of entries) result[name] = sorted(member)
  return result
}
