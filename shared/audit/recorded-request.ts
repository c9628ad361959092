import { boundedText } from '../bounded-text.ts'
import type { AuditEvent } from '../contracts/audit.ts'
import { secretMark } from '../contracts/endpoint.ts'
import { canonicalHash, canonicalJson } from './canonical-json.ts'

export type RecordedRequest = NonNullable<AuditEvent['request']>

/** A validated request. */
export interface RequestParts {
  params?: unknown
  query?: unknown
  body?: unknown
}

/** What stands for a secret. */
export const hidden = '***'

/** In bytes of JSON: as much of a request as an event holds unabridged. */
const largestRequest = 32_768
const cutLists = [200, 20, 2]
const cutText = 1000

/**
 * What an event holds of a request: everything, except secrets and what is too large. Secrets are what the endpoint's
 * schemas mark (the contents of records) and settings whose names say so (passwords, keystores).
 * @param schemas of params, query and body, as the endpoint's record has them
 */
export function recordedRequest(request: RequestParts, schemas: RequestParts): RecordedRequest {
  const parts: RecordedRequest = {}
  for (const part of ['params', 'query', 'body'] as const) {
    const masked = mask(request[part], schemas[part])
    if (isObject(masked) ? Object.keys(masked).length > 0 : masked !== undefined && masked !== null)
      parts[part] = masked
  }
  const bytes = sizeOf(parts)
  if (bytes <= largestRequest) return parts
  const cut = { bytes, sha256: canonicalHash(parts) }
  for (const most of cutLists) {
    const shorter = { ...(shortened(parts, most) as RecordedRequest), cut }
    if (sizeOf(shorter) <= largestRequest) return shorter
  }
  return { cut }
}

/** Whether a setting's name says that its value is a secret: `ssl.key.password`, `sasl.jaas.config`. */
export function looksSecret(name: string): boolean {
  return /password|secret|jaas\.config|keystore\.key/.test(name)
}

/** A value without the settings whose names say that they are secret. */
export function withoutSecrets(value: unknown): unknown {
  return mask(value, undefined)
}

function mask(value: unknown, schema: unknown): unknown {
  if (isObject(schema) && schema[secretMark] === true) return value === null || value === undefined ? value : hidden
  if (Array.isArray(value)) {
    const items = isObject(schema) ? schema['items'] : undefined
    return value.map((item) => mask(item, items))
  }
  if (!isObject(value)) return value
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      looksSecret(name) && member !== null ? hidden : mask(member, properties[name])
    ])
  )
}

/** With the first items of each list and map, and the beginning of each text. */
function shortened(value: unknown, most: number): unknown {
  if (typeof value === 'string') return boundedText(value, cutText)
  if (Array.isArray(value)) {
    const kept = value.slice(0, most).map((item) => shortened(item, most))
    return value.length > most ? [...kept, `… ${value.length - most} more`] : kept
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  const kept = entries.slice(0, most).map(([name, member]) => [name, shortened(member, most)])
  return Object.fromEntries(entries.length > most ? [...kept, ['…', `${entries.length - most} more`]] : kept)
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(canonicalJson(value))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
