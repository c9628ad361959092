import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { agentLedger } from '../agent/agent-files.ts'
import { startSupervisor } from '../agent/start-supervisor.ts'
import { keepProcesses } from './keep-processes.ts'
import { keptFiles } from './kept-files.ts'
import { watchSupervisor } from './watch-supervisor.ts'

// The keeper's process: --state-dir <folder>. It has no interface and takes no input but the files of that folder.

const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } } })
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
const log = (line: string) => console.error(`${new Date().toISOString()} ${line}`)
const stateDir = resolve(values['state-dir'] ?? '.kops')
const watching = watchSupervisor(agentLedger(stateDir), () => startSupervisor(stateDir), { signal: ending.signal, log })
await keepProcesses(keptFiles(stateDir), { signal: ending.signal, log })
ending.abort()
await watching
// Its children keep running without it.
process.exit()
