/** Writes docs/cli.md and docs/man, which a test holds equal to the table of commands: node cli/write-command-reference.ts */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandPages } from './command-reference.ts'
import { projectRoot } from './config.ts'

const docs = join(projectRoot, 'docs')
await rm(join(docs, 'man'), { recursive: true, force: true })
await mkdir(join(docs, 'man/man1'), { recursive: true })
for (const [path, text] of await commandPages()) await writeFile(join(docs, path), text)
