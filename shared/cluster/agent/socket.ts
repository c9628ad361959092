import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'

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

/**
 * Refuses a socket whose folder anyone could have made: the parent directory is writable by everyone, so another user
 * may listen there as long as no agent does.
 * @throws KopsError agent_unreachable
 */
export async function assertTrusted(socketPath: string): Promise<void> {
  const folder = dirname(socketPath)
  const found = await lstat(folder).catch(() => undefined)
  if (found === undefined) return
  const trusted = [0, process.getuid?.()].includes(found.uid) && (found.mode & 0o022) === 0
  if (found.isDirectory() && trusted) return
  throw new KopsError(
    'agent_unreachable',
    `${folder} belongs to neither root nor this user, or others may write to it: whoever listens there is not trusted`
  )
}

/** Lets the socket's owner and one group in. */
export async function protectSocket(socketPath: string, gid: number | undefined): Promise<void> {
  if (gid !== undefined) await chown(socketPath, -1, gid)
  await chmod(socketPath, 0o660)
}
