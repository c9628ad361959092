import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { compare, hash } from 'bcryptjs'
import { readIfPresent } from '../../files/read-if-present.ts'
import { tokenEntry } from '../../http/auth/tokens.ts'
import { readSecret } from '../../secret-settings.ts'
import { basicAuthorization } from '../../upstream/address.ts'
import { writeWhole } from './write-whole.ts'

/** The user of Prometheus and Alertmanager. */
export const monitoringUser = 'kops'

/** What guessing a random password of 128 bits costs needs no help, and both compute it for every login. */
const bcryptCost = 10

/** What Prometheus, Alertmanager and the services present to each other, in `monitoring` of the state directory. */
export function monitoringFiles(stateDir: string) {
  const outer = join(resolve(stateDir), 'monitoring')
  const folder = join(outer, 'access')
  /** Options of curl for a login: `curl -K`. */
  const curl = join(outer, 'curl')
  /** For admin-service's container alone. */
  const consoleFolder = join(outer, 'console')
  return {
    ...{ outer, folder, curl, consoleFolder },
    /** With which admin-service calls the other two for users of this machine, who need no token. */
    consoleToken: join(consoleFolder, 'console-token'),
    ...accessFiles(folder)
  }
}

/** The files of such a folder; in containers it is mounted elsewhere. */
export function accessFiles(folder: string) {
  return {
    /** Of the user of Prometheus and Alertmanager. */
    password: join(folder, 'password'),
    /** Both let in whom this names: --web.config.file, which they read for each request. */
    webConfig: join(folder, 'web.yml'),
    /** With which Prometheus reads the services' metrics. */
    metricsToken: join(folder, 'metrics-token'),
    /** With which Alertmanager notifies health-service. */
    webhookToken: join(folder, 'webhook-token'),
    /** The entries of both, for the services. */
    tokens: join(folder, 'tokens')
  }
}

/** Who reads the files, if it is not this process's user. */
export interface MonitoringReaders {
  /** The user that the services run as; under Compose the one who called sudo. */
  user: { uid: number; gid: number } | undefined
  /**
   * Containers have several users, whose ids may mean somebody else on this machine: everyone may read the files then, in a
   * folder that only `user` may enter. Otherwise the files are that user's, in a folder in which only root replaces them.
   */
  inContainers: boolean
}

/**
 * Makes what is missing, and keeps what is there. To replace a secret, remove or change its file and set up again.
 * @returns the password, if it was made now
 */
export async function ensureMonitoringAccess(
  stateDir: string,
  { user, inContainers }: MonitoringReaders
): Promise<string | undefined> {
  const { outer, folder, curl, password, webConfig, metricsToken, webhookToken, tokens, consoleFolder, consoleToken } =
    monitoringFiles(stateDir)
  await mkdir(folder, { recursive: true })
  // Whatever this process' umask is.
  await chmod(outer, inContainers ? 0o700 : 0o755)
  await chmod(folder, 0o755)
  if (inContainers && user && process.getuid?.() === 0) await chown(outer, user.uid, user.gid)

  const own = { mode: 0o600, reader: user }
  const write = (path: string, text: string) => writeWhole(path, `${text}\n`, inContainers ? { mode: 0o644 } : own)
  const before = await secretIn(password)
  const now = before ?? randomBytes(16).toString('base64url')
  const metrics = (await secretIn(metricsToken)) ?? randomBytes(32).toString('base64url')
  const webhook = (await secretIn(webhookToken)) ?? randomBytes(32).toString('base64url')
  await write(password, now)
  await write(webConfig, `basic_auth_users:\n  ${monitoringUser}: ${await hashOf(now, webConfig)}`)
  await write(metricsToken, metrics)
  await write(webhookToken, webhook)
  const entries = [
    tokenEntry('kops-prometheus', 'metrics', metrics),
    tokenEntry('kops-alertmanager', 'webhook', webhook)
  ]
  if (inContainers) {
    // To the other services, admin-service is another container, and what it passes on no longer comes from the machine.
    const console = (await secretIn(consoleToken)) ?? randomBytes(32).toString('base64url')
    await mkdir(consoleFolder, { recursive: true })
    await chmod(consoleFolder, 0o755)
    await write(consoleToken, console)
    entries.push(tokenEntry('kops-console', 'admin', console))
  }
  await write(tokens, entries.join('\n'))
  await writeWhole(curl, `user = ${JSON.stringify(`${monitoringUser}:${now}`)}\n`, own)
  return before === undefined ? now : undefined
}

async function secretIn(path: string): Promise<string | undefined> {
  return (await readIfPresent(path))?.trim() || undefined
}

/** The hash that the file has, if it is one of the password; else another. */
async function hashOf(password: string, webConfig: string): Promise<string> {
  const before = new RegExp(`^ {2}${monitoringUser}: (\\S+)$`, 'm').exec((await readIfPresent(webConfig)) ?? '')?.[1]
  return before !== undefined && (await compare(password, before)) ? before : hash(password, bcryptCost)
}

/** The header with which Prometheus and Alertmanager let a request in. @throws Error if there is no password */
export function loginHeaders(stateDir: string): { authorization: string } {
  const password = readSecret('the password of Prometheus and Alertmanager', monitoringFiles(stateDir).password)
  return { authorization: basicAuthorization(monitoringUser, password) }
}

/** A password that was made just now, for people: it is shown once. */
export function newLogin(stateDir: string, password: string): string {
  return `log in as ${monitoringUser} with ${password}, kept in ${monitoringFiles(stateDir).password}`
}

/** How to log in, for people. */
export function loginHint(stateDir: string): string {
  return `user ${monitoringUser}, password in ${monitoringFiles(stateDir).password}`
}
