import { readFile } from 'node:fs/promises'
import type { Static, TSchema } from 'typebox'
import { parseDocument } from 'yaml'
import { KopsError } from '../errors/catalog.ts'
import { createAjv, toFieldErrors } from '../field-errors.ts'

/** Names a document in errors. */
export interface DocumentName {
  path: string
  /** What it holds: `the catalog`. */
  what: string
}

const ajv = createAjv({ allErrors: true })

/** @throws KopsError validation_failed, naming the file */
export async function readText({ path, what }: DocumentName): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new KopsError('validation_failed', `${path}: ${what} cannot be read`, { cause })
  }
}

/** @throws KopsError validation_failed, naming the file and the line: `catalog/x.yaml:3: …` */
export function parseYaml(text: string, { path }: DocumentName): unknown {
  const document = parseDocument(text)
  const [syntax] = document.errors
  if (!syntax) return document.toJS()
  const line = syntax.linePos?.[0].line
  const place = line === undefined ? path : `${path}:${line}`
  throw new KopsError('validation_failed', `${place}: ${syntax.message.split(' at line', 1)[0]}`, { cause: syntax })
}

/**
 * The value, as the schema types it.
 * @throws KopsError validation_failed, naming the file and each wrong field: `catalog/x.yaml: topics.0.partitions must be integer`
 */
export function checked<T extends TSchema>(schema: T, value: unknown, { path, what }: DocumentName): Static<T> {
  const validate = ajv.compile<Static<T>>(schema)
  if (validate(value)) return value
  const errors = toFieldErrors((validate.errors ?? []).map(withHint), what)
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  throw new KopsError('validation_failed', `${path}: ${detail}`, { errors })
}

/** YAML takes what looks like a number, a date or a truth value for one: the values of a topic's configs, for example. */
function withHint<E extends { keyword: string; params: Record<string, unknown>; message?: string; data?: unknown }>(
  error: E
): E {
  const isUnquoted = error.keyword === 'type' && error.params['type'] === 'string' && typeof error.data !== 'object'
  return isUnquoted ? { ...error, message: `${error.message} (quote it)` } : error
}
