import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Catalog, CatalogSchema } from '../contracts/catalog.ts'
import type { Warning } from '../contracts/common.ts'
import { isKopsError } from '../errors/catalog.ts'
import { checked, parseYaml, readText } from '../yaml/read-yaml.ts'

/**
 * Reads a topic catalog from a YAML file.
 * @throws KopsError validation_failed, naming the file, and the line or the fields: `catalog/x.yaml: topics.0.partitions must be integer`
 */
export async function loadCatalog(path: string): Promise<Catalog> {
  return parseCatalog(await readText({ path, what: 'the catalog' }), path)
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

/**
 * The catalogs of a folder, which are read again only after one of its files has changed: policies are looked up for every record
 * that somebody writes.
 */
export function createCatalogFolder(folder: string): () => ReturnType<typeof loadCatalogs> {
  let known: { state: string; read: ReturnType<typeof loadCatalogs> } | undefined
  return async () => {
    const files = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()
    const stats = await Promise.all(files.map((file) => stat(join(folder, file)).catch(() => undefined)))
    const state = JSON.stringify(stats.map((found, index) => [files[index], found?.mtimeMs, found?.size]))
    if (known?.state !== state) known = { state, read: loadCatalogs(folder) }
    return known.read
  }
}

/** @param path names the file in errors */
export function parseCatalog(text: string, path: string): Catalog {
  const document = { path, what: 'the catalog' }
  return checked(CatalogSchema, parseYaml(text, document), document)
}
