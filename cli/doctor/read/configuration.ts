import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { type ClusterDefinition, loadDefinition, nodeNames } from '#shared/cluster/definition.ts'
import { monitoringFiles } from '#shared/cluster/observability/index.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import { readIfPresent } from '#shared/files/read-if-present.ts'
import { type Access, authoritiesOf, readToken } from '../../access.ts'
import { alertingFromEnvironment } from '../../config.ts'
import type { SecretFile, SettingsFile, Sources } from '../sources.ts'

/** Each file of settings, and what is wrong with it. */
export function readSettings(stateDir: string, access: Pick<Access, 'token' | 'ca'>): Promise<SettingsFile[]> {
  const files: [path: string, read: () => unknown][] = [
    [join(stateDir, 'cluster.json'), () => loadDefinition(stateDir)],
    [join(stateDir, 'alerting.env'), () => alertingFromEnvironment(stateDir)],
    ['the token', () => readToken(access.token)],
    ["the services' authorities", () => authoritiesOf(access)]
  ]
  return Promise.all(
    files.map(async ([path, read]) => {
      try {
        await read()
        return { path: shortened(path), problem: null }
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        return { path: shortened(path), problem: message.replace(`${path}: `, '') }
      }
    })
  )
}

/**
 * Files with secrets that exist and that this user may look at.
 * @param named further files, which variables name
 */
export async function readSecrets(
  stateDir: string,
  definition: ClusterDefinition | undefined,
  named: readonly string[]
): Promise<SecretFile[]> {
  const { password, metricsToken, webhookToken, tokens, curl, consoleToken } = monitoringFiles(stateDir)
  const { authority, brokers, kops } = securityFiles(stateDir)
  const keystores = definition ? nodeNames(definition).brokers.map((broker) => brokers.keystore(broker)) : []
  const paths = [
    ...[password, metricsToken, webhookToken, tokens, curl, consoleToken, join(stateDir, 'alerting.env')],
    ...[authority.key, brokers.admin, ...keystores, kops.password, kops.key, kops.keystore, kops.client],
    ...named
  ]
  const looks = await Promise.all([...new Set(paths)].map(async (path) => ({ path, exposed: await isExposed(path) })))
  return looks.flatMap(({ path, exposed }) => (exposed === undefined ? [] : [{ path: shortened(path), exposed }]))
}

/**
 * Through what people hear of alerts: webhook, slack, pagerduty, email. Read from what Alertmanager runs with, because settings
 * have an effect only once setup has run.
 */
export async function readReceivers(stateDir: string): Promise<string[]> {
  const text = await readIfPresent(join(stateDir, 'observability/alertmanager.yml'))
  if (text === undefined) throw new Error(`Alertmanager was not set up in ${stateDir}`)
  const config: unknown = parse(text)
  const receivers: unknown = Object(config).receivers
  const ofPeople = Array.isArray(receivers) ? receivers.filter(({ name }) => String(name).startsWith('operators')) : []
  const kinds = ofPeople.flatMap((receiver) =>
    Object.keys(receiver).flatMap((key) => /^(\w+)_configs$/.exec(key)?.[1] ?? [])
  )
  return [...new Set(kinds)]
}

const others = { readOrWrite: 0o006, enter: 0o001 }

/** Whether everyone can read or write a file: it allows that, and every folder on the way lets them through. */
async function isExposed(path: string): Promise<boolean | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if ((found.mode & others.readOrWrite) === 0) return false
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const entered = await stat(folder).catch(() => undefined)
    if (entered === undefined || (entered.mode & others.enter) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** Where names of variables are written that something reads: the reference of all settings, and what reads others. */
const namingFiles = [
  'docs/settings.md',
  'cli/config.ts',
  'cli/access.ts',
  'cli/doctor/config.ts',
  'setup.sh',
  'load-test.sh',
  'kops',
  '.env',
  'docker-compose.cluster.yml',
  'docker-compose.security.yml',
  'shared/cluster/compose/config.ts',
  'shared/cluster/keeper/config.ts',
  'shared/cluster/stack/services.ts'
]

/** Variables that nothing reads: a setting that is misspelt stays without effect, and says nothing. */
export async function readStrangeVariables(
  projectRoot: string,
  names: readonly string[]
): Promise<Sources['strangeVariables']> {
  const texts = await Promise.all(namingFiles.map((file) => readFile(join(projectRoot, file), 'utf8')))
  const known = new Set(texts.flatMap((text) => text.match(/\bKOPS_[A-Z0-9_]+\b/g) ?? []))
  return names.filter((name) => !known.has(name)).map((name) => ({ name, meant: nearest(name, known) }))
}

/** The name that differs in the fewest characters, at most a few. */
function nearest(name: string, known: Iterable<string>): string | null {
  const [best] = Array.from(known, (each) => ({ each, distance: distanceOf(name, each) })).toSorted(
    (a, b) => a.distance - b.distance
  )
  return best !== undefined && best.distance <= 3 ? best.each : null
}

/** How many characters have to be inserted, removed or replaced (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Relative to the folder that the command runs in, where that is shorter. */
function shortened(path: string): string {
  const near = relative('', path)
  return near.length < path.length && !near.startsWith('..') && path.startsWith('/') ? near : path
}
