import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { keepProcesses } from './keep-processes.ts'
import { keptFiles } from './kept-files.ts'

// The keeper's process: --state-dir <folder>. It has no interface and takes no input but the files of that folder.

const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } } })
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
const log = (line: string) => console.error(`${new Date().toISOString()} ${line}`)
await keepProcesses(keptFiles(resolve(values['state-dir'] ?? '.kops')), { signal: ending.signal, log })
// Its children keep running without it.
process.exit()
