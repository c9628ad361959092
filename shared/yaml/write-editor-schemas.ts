/**
 * Writes the JSON Schemas of catalogs, connectors, workloads and game days, which a test compares with the contracts: node
 * shared/yaml/write-editor-schemas.ts, and biome check --write catalog connectors workloads gamedays
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { editorSchemas } from './editor-schemas.ts'

for (const [path, document] of Object.entries(editorSchemas)) {
  await writeFile(join(import.meta.dirname, '../..', path), document)
}
