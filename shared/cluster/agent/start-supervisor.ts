import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agentFiles, agentLedger } from './agent-files.ts'

/** Starts the supervisor of an agent, unless it runs. It takes an agent that runs already under its wing. */
export async function startSupervisor(stateDir: string): Promise<void> {
  const folder = resolve(stateDir)
  await agentLedger(folder).start({
    name: 'supervisor',
    command: process.execPath,
    args: [fileURLToPath(new URL('supervisor.ts', import.meta.url)), '--state-dir', folder],
    cwd: '/',
    logFile: agentFiles(folder).log
  })
}
