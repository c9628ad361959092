import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'

/**
 * Takes the place of the one agent of a cluster: an abstract unix socket (unix(7)), which the kernel gives to one process
 * and takes back whatever way that process ends. Resolves to undefined when another agent has it.
 */
export function claimCluster(id: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(`\0kops-agent-${id}`, () => resolve(server))
  })
}

/**
 * Creates the directory of the agent's socket and removes the socket of a killed agent. The parent directory is
 * writable by everyone, so it refuses a directory that another user created or may write to.
 * @throws KopsError runtime_failed
 */
export async function prepareSocketFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath)
  await mkdir(folder, { mode: 0o755, recursive: true })
  // Root may take over from the user who ran the cluster before, or who created the directory to obstruct it.
  if (!(await isOursAlone(folder)) && process.getuid?.() === 0) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { mode: 0o755 })
  }
  if (!(await isOursAlone(folder))) {
    throw new KopsError('runtime_failed', `${folder} does not belong only to this user; remove it`)
  }
  await chmod(folder, 0o755)
  await rm(socketPath, { force: true })
}

async function isOursAlone(folder: string): Promise<boolean> {
  const found = await lstat(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

/** Lets the socket's owner and one group in. */
export async function protectSocket(socketPath: string, gid: number | undefined): Promise<void> {
  if (gid !== undefined) await chown(socketPath, -1, gid)
  await chmod(socketPath, 0o660)
}
