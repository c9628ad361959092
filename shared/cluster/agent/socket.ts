import { access, chmod, chown, constants, lstat, mkdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'
import type { App } from '../../http/create-app.ts'

/** An app on a unix socket, and who may open it besides root. */
export interface AppOnSocket {
  app: App
  path: string
  mode: 0o600 | 0o660
  /** Owner and group; those of this process unless given. */
  uid?: number | undefined
  gid?: number | undefined
}

/**
 * Lets each app answer on its socket. Nobody else can enter the sockets' folders before every socket has its owner and
 * its mode. Replaces the sockets of a killed agent.
 * @throws KopsError runtime_failed, as prepareSocketFolder()
 */
export async function listenOnSockets(sockets: readonly AppOnSocket[]): Promise<void> {
  const folders = new Set(sockets.map(({ path }) => dirname(path)))
  for (const folder of folders) await prepareSocketFolder(folder)
  for (const { app, path, mode, uid = -1, gid = -1 } of sockets) {
    await rm(path, { force: true })
    await app.listen({ path })
    // Before it has another owner: in a container root may change the mode of its own files only.
    await chmod(path, mode)
    await chown(path, uid, gid)
  }
  for (const folder of folders) await chmod(folder, 0o755)
}

/**
 * Creates the folder of a socket, which only this user can enter until it is opened. The parent directory is writable
 * by everyone, so it refuses a folder that another user created or may write to.
 * @throws KopsError runtime_failed
 */
async function prepareSocketFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700, recursive: true })
  // Root may take over from the user who ran the cluster before, or who created the directory to obstruct it.
  if (!(await isOursAlone(folder)) && process.getuid?.() === 0) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { mode: 0o700 })
  }
  if (!(await isOursAlone(folder))) {
    throw new KopsError('runtime_failed', `${folder} does not belong only to this user; remove it`)
  }
  await chmod(folder, 0o700)
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

/**
 * Refuses a socket that this user may not open, and names who may.
 * @throws KopsError agent_unreachable
 */
export async function assertMayOpen(socketPath: string): Promise<void> {
  const refused = await access(socketPath, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES'
  )
  const found = refused ? await stat(socketPath).catch(() => undefined) : undefined
  if (found === undefined) return
  const who = [
    'root',
    ...(found.uid === 0 ? [] : [`user ${found.uid}`]),
    ...((found.mode & 0o020) === 0 ? [] : [`group ${found.gid}`])
  ]
  throw new KopsError(
    'agent_unreachable',
    `${socketPath} is open to ${who.join(' and ')} only, not to user ${process.getuid?.()}: run this as one who may, for example with sudo`
  )
}
