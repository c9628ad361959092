import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AlertingSettings } from '#shared/cluster/observability/index.ts'
import { isServiceUrl } from './options.ts'
import { UsageError } from './output.ts'

/** The project's folder: the CLI runs from a checkout. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** The state directory of this checkout's cluster: KOPS_STATE_DIR, or .kops/ in the project. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env['KOPS_STATE_DIR'] ?? `${projectRoot}/.kops`)
}

/** Heap sizes that the environment sets: KOPS_BROKER_HEAP, KOPS_ZOOKEEPER_HEAP, as Java takes them (384m, 2g). */
export function heapFromEnvironment(env: NodeJS.ProcessEnv = process.env): { broker?: string; zookeeper?: string } {
  const broker = env['KOPS_BROKER_HEAP']
  const zookeeper = env['KOPS_ZOOKEEPER_HEAP']
  return { ...(broker ? { broker } : {}), ...(zookeeper ? { zookeeper } : {}) }
}

/** Catalogs that setup leaves out: KOPS_SETUP_SKIP_CATALOGS, names separated by commas; * leaves out all. */
export function skippedCatalogs(env: NodeJS.ProcessEnv = process.env): string[] {
  const names = (env['KOPS_SETUP_SKIP_CATALOGS'] ?? '').split(',').map((name) => name.trim())
  return names.filter((name) => name !== '')
}

/** Receivers of alerts: KOPS_ALERT_…, in the environment or in the file alerting.env of the state directory. */
export async function alertingFromEnvironment(
  stateDir: string,
  env: NodeJS.ProcessEnv = process.env
): Promise<AlertingSettings> {
  // Loaded when needed: most commands speak to services only.
  const { readAlertingSettings } = await import('#shared/cluster/observability/receivers.ts')
  return readAlertingSettings(resolve(stateDir, 'alerting.env'), env)
}

/** The environment of this command. */
export function environment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env }
}

/** The user who called sudo, if any. */
export function sudoCaller(env: NodeJS.ProcessEnv = process.env): { uid: number; gid: number } | undefined {
  const uid = Number(env['SUDO_UID'])
  const gid = Number(env['SUDO_GID'])
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}

/** The bearer token for services that ask for one: KOPS_TOKEN. In the environment, because arguments are seen by all. */
export function tokenFromEnvironment(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env['KOPS_TOKEN'] || undefined
}

/**
 * The authorities that may have signed the services' certificates, PEM: the file that KOPS_CA names.
 * @throws UsageError if it cannot be read
 */
export function authoritiesFromEnvironment(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = env['KOPS_CA']
  return path ? readAuthorities(path, 'KOPS_CA') : undefined
}

/** @param named what names the file @throws UsageError if it cannot be read */
export function readAuthorities(path: string, named = 'ca'): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${named}: ${path} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

/** The file of contexts: kops/contexts.json below XDG_CONFIG_HOME, or ~/.config. */
export function contextFile(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CONFIG_HOME']
  return join(base && isAbsolute(base) ? base : join(homedir(), '.config'), 'kops/contexts.json')
}

/** A variable that is set; an empty one is not. */
export function environmentVariable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name] || undefined
}

/** Services that are somewhere else than this checkout's own: the address of each, `http://127.0.0.1:8081`. */
export interface ServiceUrls {
  admin?: string
  health?: string
  loadTest?: string
}

/**
 * Addresses of the services: KOPS_ADMIN_URL, KOPS_HEALTH_URL, KOPS_LOADTEST_URL.
 * @throws UsageError naming the variable with an invalid address
 */
export function urlsFromEnvironment(env: NodeJS.ProcessEnv = process.env): ServiceUrls {
  const variables = { admin: 'KOPS_ADMIN_URL', health: 'KOPS_HEALTH_URL', loadTest: 'KOPS_LOADTEST_URL' }
  return Object.fromEntries(
    Object.entries(variables).flatMap(([service, name]) => {
      const value = env[name]
      if (!value) return []
      if (!isServiceUrl(value))
        throw new UsageError(`${name} is not an address such as http://127.0.0.1:8081: ${value}`)
      return [[service, value]]
    })
  )
}
