import { execFile } from 'node:child_process'
import { chmod, chown, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { run } from '../command.ts'
import { ownId } from '../own-ids.ts'

const execFileAsync = promisify(execFile)

const chownMs = 120_000

/** The user as whom the nodes of a cluster run, and a group of the same number; nothing else on the machine has them. */
export interface NodeUser {
  uid: number
  gid: number
}

/** The user for the nodes of a cluster: findUser() for nodeUserOf(). */
export function findNodeUser(clusterId: string, needed: readonly string[]): Promise<NodeUser | undefined> {
  return findUser(nodeUserOf(clusterId), needed)
}

/**
 * The user for processes that root starts: the given one or, where that one may not read what they need, root. Both run
 * without capabilities. Undefined if this process is not root: they then run as its user.
 * @param needed files and folders that they read, in folders that they must be able to enter
 */
export async function findUser(user: NodeUser, needed: readonly string[]): Promise<NodeUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    await execFileAsync('/bin/sh', ['-c', 'for file; do test -r "$file" || exit 1; done', 'sh', ...needed], user)
    return user
  } catch {
    return { uid: 0, gid: 0 }
  }
}

/** Always the same one for a cluster, and another one than that of a cluster beside it. */
export function nodeUserOf(clusterId: string): NodeUser {
  const id = ownId('nodes', clusterId)
  return { uid: id, gid: id }
}

/** Gives a node its data; nobody else can enter the folder. Does nothing if this process is not root. */
export async function giveData(folder: string, user: NodeUser | undefined): Promise<void> {
  if (user === undefined) return
  const { uid, gid } = await stat(folder)
  if (uid !== user.uid || gid !== user.gid) {
    await run('chown', ['-R', '-h', `${user.uid}:${user.gid}`, folder], { timeoutMs: chownMs })
  }
  await chmod(folder, 0o700)
}

/** Lets a node enter a folder and read some files in it. They stay root's: a node must not change them. */
export async function letRead(folder: string, files: readonly string[], user: NodeUser | undefined): Promise<void> {
  if (user === undefined) return
  for (const [path, mode] of [[folder, 0o710] as const, ...files.map((file) => [file, 0o640] as const)]) {
    await chown(path, 0, user.gid)
    await chmod(path, mode)
  }
}
