/**
 * Writes catalog/catalog.schema.json, which a test compares with the contract: node
 * shared/catalog/write-json-schema.ts, and biome check --write catalog
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogJsonSchema } from './json-schema.ts'

await writeFile(join(import.meta.dirname, '../../catalog/catalog.schema.json'), catalogJsonSchema())
