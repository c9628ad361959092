import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const execFileAsync = promisify(execFile)

/** The user as whom the services run. */
export interface ServiceUser {
  uid: number
  gid: number
  /** Why it is this one, for the set-up's table. */
  reason: string
}

export interface ServiceUserCandidates {
  /** Our own. */
  uid: number
  gid: number
  /** The user who called sudo, if any. */
  sudo: { uid: number; gid: number } | undefined
  /** The owner of the checkout. */
  owner: { uid: number; gid: number }
  /** nobody's ids, if that user may read the checkout. */
  nobody: { uid: number; gid: number } | undefined
}

/**
 * Chooses the user as whom the services run: never root where another one will do. Undefined when there is none: the
 * services then stay root, without capabilities.
 */
export function chooseServiceUser(candidates: ServiceUserCandidates): ServiceUser | undefined {
  const { uid, gid, sudo, owner, nobody } = candidates
  if (uid !== 0) return { uid, gid, reason: 'you' }
  if (sudo && sudo.uid !== 0) return { ...sudo, reason: 'who called sudo' }
  if (owner.uid !== 0) return { ...owner, reason: 'who owns the checkout' }
  if (nobody) return { ...nobody, reason: 'nobody' }
  return undefined
}

/** Finds the candidates on this machine. */
export async function findServiceUser(
  projectRoot: string,
  sudo: ServiceUserCandidates['sudo']
): Promise<ServiceUser | undefined> {
  const owner = await stat(projectRoot)
  const uid = process.getuid?.() ?? -1
  return chooseServiceUser({
    uid,
    gid: process.getgid?.() ?? -1,
    sudo,
    owner: { uid: owner.uid, gid: owner.gid },
    nobody: uid === 0 ? await nobodyWhoCanRead(projectRoot) : undefined
  })
}

/** nobody, if that user can read the project and run its node: it cannot read a checkout under /root. */
async function nobodyWhoCanRead(projectRoot: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const uid = Number((await execFileAsync('id', ['-u', 'nobody'])).stdout)
    const gid = Number((await execFileAsync('id', ['-g', 'nobody'])).stdout)
    await execFileAsync(`${projectRoot}/node_modules/.bin/node`, ['-e', `require('fs').accessSync('package.json')`], {
      cwd: projectRoot,
      uid,
      gid
    })
    return { uid, gid }
  } catch {
    return undefined
  }
}
