import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Value from 'typebox/value'
import { parseDocument } from 'yaml'
import { type Catalog, CatalogSchema } from '../contracts/catalog.ts'
import type { Warning } from '../contracts/common.ts'
import { type FieldError, isKopsError, KopsError } from '../errors/catalog.ts'

/**
 * Reads a topic catalog from a YAML file.
 * @throws KopsError validation_failed, naming the file, and the line or the fields: `catalog/x.yaml: topics.0.partitions must be integer`
 */
export async function loadCatalog(path: string): Promise<Catalog> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new KopsError('validation_failed', `${path}: the catalog cannot be read`, { cause })
  }
  return parseCatalog(text, path)
}

/** All catalogs of a folder, in the order of their files' names. A file that is none becomes a warning. */
export async function loadCatalogs(folder: string): Promise<{ catalogs: Catalog[]; warnings: Warning[] }> {
  const files = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()
  const catalogs: Catalog[] = []
  const warnings: Warning[] = []
  for (const file of files) {
    try {
      catalogs.push(await loadCatalog(join(folder, file)))
    } catch (error) {
      if (!isKopsError(error)) throw error
      warnings.push({ code: error.code, message: error.message, target: file })
    }
  }
  return { catalogs, warnings }
}

/** @param path names the file in errors */
export function parseCatalog(text: string, path: string): Catalog {
  const document = parseDocument(text)
  const [syntax] = document.errors
  if (syntax) {
    const line = syntax.linePos?.[0].line
    throw new KopsError(
      'validation_failed',
      `${path}${line === undefined ? '' : `:${line}`}: ${syntax.message.split(' at line', 1)[0]}`,
      {
        cause: syntax
      }
    )
  }
  const value: unknown = document.toJS()
  if (Value.Check(CatalogSchema, value)) return value
  const errors = fieldErrors(value)
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  throw new KopsError('validation_failed', `${path}: ${detail}`, { errors })
}

/** One error per field, with unknown fields under their own name. */
function fieldErrors(value: unknown): FieldError[] {
  const errors = new Map<string, string>()
  for (const error of Value.Errors(CatalogSchema, value)) {
    const path = error.instancePath.split('/').filter(Boolean)
    for (const [field, message] of describe(error, path)) {
      const name = field.join('.') || 'the catalog'
      if (!errors.has(name)) errors.set(name, message)
    }
  }
  return Array.from(errors, ([field, message]) => ({ field, message }))
}

function describe(error: ReturnType<typeof Value.Errors>[number], path: string[]): [string[], string][] {
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((property) => [[...path, property], 'is required'])
    case 'additionalProperties':
      return error.params.additionalProperties.map((property) => [[...path, property], 'is unknown'])
    case 'boolean':
      // additionalProperties has a better message than an unknown property's own schema (false).
      return []
    case 'type':
      return [[path, path.includes('configs') ? `${error.message} (quote it)` : error.message]]
    default:
      return [[path, error.message]]
  }
}
