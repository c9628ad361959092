import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readIfPresent } from '../../files/read-if-present.ts'
import { tokenEntry } from '../../http/auth/tokens.ts'
import { writePublic } from '../security/files.ts'

/**
 * What Prometheus, Alertmanager and the services present to each other: the folder `monitoring` of the state directory.
 * Only one user may enter it: the one that the services run as; under Compose the one who ran set-up, because containers
 * have several users, whose ids may mean somebody else on this machine. Below, everyone may read.
 */
export function monitoringFiles(stateDir: string) {
  const closed = join(resolve(stateDir), 'monitoring')
  const folder = join(closed, 'access')
  return { closed, folder, ...accessFiles(folder) }
}

/** The files of such a folder; in containers it is mounted elsewhere. */
export function accessFiles(folder: string) {
  return {
    /** With which Prometheus reads the services' metrics. */
    metricsToken: join(folder, 'metrics-token'),
    /** With which Alertmanager notifies health-service. */
    webhookToken: join(folder, 'webhook-token'),
    /** The entries of both, for the services. */
    tokens: join(folder, 'tokens')
  }
}

/** Makes what is missing; leaves alone what is there. To replace a secret, remove its file and set up again. */
export async function ensureMonitoringAccess(stateDir: string): Promise<void> {
  const { closed, folder, metricsToken, webhookToken, tokens } = monitoringFiles(stateDir)
  await mkdir(folder, { recursive: true })
  // Whatever this process' umask is.
  await chmod(closed, 0o700)
  await chmod(folder, 0o755)
  const entries = [
    tokenEntry('kops-prometheus', 'metrics', await ensureSecret(metricsToken, 32)),
    tokenEntry('kops-alertmanager', 'webhook', await ensureSecret(webhookToken, 32))
  ]
  await writePublic(tokens, `${entries.join('\n')}\n`)
}

/** Lets a user read it. Only root can; others run everything as themselves. */
export async function giveMonitoringAccess(stateDir: string, user: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() === 0) await chown(monitoringFiles(stateDir).closed, user.uid, user.gid)
}

async function ensureSecret(path: string, bytes: number): Promise<string> {
  const before = (await readIfPresent(path))?.trim()
  if (before) return before
  const made = randomBytes(bytes).toString('base64url')
  await writePublic(path, `${made}\n`)
  return made
}
