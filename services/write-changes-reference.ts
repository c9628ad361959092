/** Writes the table of changes into SECURITY.md, which a test compares with the endpoints: node services/write-changes-reference.ts */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withChanges } from './changes-reference.ts'

const path = join(import.meta.dirname, '../SECURITY.md')
await writeFile(path, withChanges(await readFile(path, 'utf8')))
