import { readFile } from 'node:fs/promises'
import type { Static, TSchema } from 'typebox'
import { isNode, isPair, LineCounter, parseDocument } from 'yaml'
import { type FieldError, KopsError } from '../errors/catalog.ts'
import { createAjv, toFieldErrors } from '../field-errors.ts'

/** Names a document in errors. */
export interface DocumentName {
  path: string
  /** What it holds: `the catalog`. */
  what: string
  /** The line of a field, `steps.0.drill.kind`; errors name it. */
  lineOf?: (field: string) => number | undefined
}

const ajv = createAjv({ allErrors: true })

/** @throws KopsError validation_failed, naming the file */
export async function readText({ path, what }: DocumentName): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code
    throw new KopsError('validation_failed', `${path}: ${what} cannot be read: ${why}`, { cause })
  }
}

/** @throws KopsError validation_failed, naming the file and the line: `catalog/x.yaml:3: …` */
export function parseYaml(text: string, name: DocumentName): unknown {
  return parseWithLines(text, name).value
}

/**
 * Likewise, with the line of each field: its own, or that of the nearest field around it that is there.
 * @throws KopsError validation_failed, naming the file and the line
 */
export function parseWithLines(
  text: string,
  { path }: Pick<DocumentName, 'path'>
): { value: unknown; lineOf: (field: string) => number | undefined } {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter })
  const [syntax] = document.errors
  if (!syntax) return { value: document.toJS(), lineOf }
  const line = syntax.linePos?.[0].line
  const place = line === undefined ? path : `${path}:${line}`
  throw new KopsError('validation_failed', `${place}: ${syntax.message.split(' at line', 1)[0]}`, { cause: syntax })

  function lineOf(field: string): number | undefined {
    const names = field.split('.')
    for (let depth = names.length; depth > 0; depth -= 1) {
      const offset = offsetOf(names.slice(0, depth))
      if (offset !== undefined) return lineCounter.linePos(offset).line
    }
    return undefined
  }

  /** Where a field begins: its name, or the item of a list. */
  function offsetOf(path: string[]): number | undefined {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
    const name = path.at(-1) ?? ''
    const items: unknown = isNode(parent) ? Reflect.get(parent, 'items') : undefined
    if (!Array.isArray(items)) return undefined
    const pair = items.find((item) => isPair(item) && String(item.key) === name)
    const node = isPair(pair) ? pair.key : items[Number(name)]
    return isNode(node) ? node.range?.[0] : undefined
  }
}

/**
 * The value, as the schema types it.
 * @throws KopsError validation_failed, naming the file and each wrong field: `catalog/x.yaml: topics.0.partitions must be integer`
 */
export function checked<T extends TSchema>(schema: T, value: unknown, name: DocumentName): Static<T> {
  const validate = ajv.compile<Static<T>>(schema)
  if (validate(value)) return value
  throw documentError(toFieldErrors((validate.errors ?? []).map(withHint), name.what), name)
}

/** What is wrong with a document: `catalog/x.yaml: topics.0.partitions must be integer`, `gamedays/x.yaml:7: …` with lines. */
export function documentError(errors: FieldError[], { path, lineOf }: DocumentName): KopsError {
  const lines = errors.map(({ field }) => lineOf?.(field))
  const detail = errors.map(({ field, message }, index) => {
    const line = lines[index]
    return `${index > 0 && line !== undefined ? `line ${line}: ` : ''}${field} ${message}`
  })
  const place = lines[0] === undefined ? path : `${path}:${lines[0]}`
  return new KopsError('validation_failed', `${place}: ${detail.join('; ')}`, { errors })
}

/** YAML takes what looks like a number, a date or a truth value for one: the values of a topic's configs, for example. */
function withHint<E extends { keyword: string; params: Record<string, unknown>; message?: string; data?: unknown }>(
  error: E
): E {
  const isUnquoted = error.keyword === 'type' && error.params['type'] === 'string' && typeof error.data !== 'object'
  return isUnquoted ? { ...error, message: `${error.message} (quote it)` } : error
}
