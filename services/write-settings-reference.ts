/** Writes docs/settings.md, which a test holds equal to the schemas: node services/write-settings-reference.ts */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settingsReference } from './settings-reference.ts'

await writeFile(join(import.meta.dirname, '../docs/settings.md'), settingsReference())
