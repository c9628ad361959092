import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agentFiles, agentLedger } from './agent-files.ts'

/** Starts the supervisor of an agent, unless it runs. It takes an agent that runs already under its wing. */
export async function startSupervisor(stateDir: string): Promise<void> {
  const folder = resolve(stateDir)
  const files = agentFiles(folder)
  const socketGid = await rememberGroup(files, undefined)
  await agentLedger(folder).start({
    name: 'supervisor',
    command: process.execPath,
    args: [
      fileURLToPath(new URL('supervisor.ts', import.meta.url)),
      '--state-dir',
      folder,
      ...(socketGid === undefined ? [] : ['--socket-gid', String(socketGid)])
    ],
    cwd: '/',
    logFile: files.log
  })
}

/**
 * The group that may use the agent's socket besides its owner.
 * @param gid to remember; undefined: the one of last time, if any
 */
export async function rememberGroup(
  files: ReturnType<typeof agentFiles>,
  gid: number | undefined
): Promise<number | undefined> {
  if (gid !== undefined) {
    await mkdir(files.folder, { recursive: true })
    await writeFile(files.socketGroup, `${gid}\n`)
    return gid
  }
  const remembered = Number.parseInt(await readFile(files.socketGroup, 'utf8').catch(() => ''), 10)
  return Number.isInteger(remembered) ? remembered : undefined
}
