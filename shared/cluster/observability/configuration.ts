import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isSeq, parseDocument, visit } from 'yaml'
import { absoluteRunbook } from '../../runbooks/runbook-url.ts'
import type { ClusterDefinition } from '../definition.ts'
import { accessFiles } from './access.ts'
import { renderAlertmanagerConfig } from './alertmanager-config.ts'
import { type AlertingSettings, renderReceivers } from './receivers.ts'
import { composeBrokerTargets, localAlertmanagers, localTargets } from './targets.ts'
import { type FileAccess, writeWhole } from './write-whole.ts'

/** Times that replace those of the files, in Prometheus' notation (`15s`). For tests, which cannot wait minutes. */
export interface ObservabilityTiming {
  scrapeInterval?: string
  /** How long each alert's condition must hold. */
  alertFor?: string
  /** How long Alertmanager waits before it notifies of a new group, and of changes in an old one. */
  groupWait?: string
}

/** Times with which an alert fires within about five seconds of its cause. */
export const fastTiming: Required<ObservabilityTiming> = { scrapeInterval: '1s', alertFor: '3s', groupWait: '1s' }

/**
 * prometheus.yml for a cluster of another name, or scraped at another interval.
 * @param accessDir the folder, absolute, that takes the place of access/
 */
export function renderPrometheusConfig(
  source: string,
  {
    cluster,
    scrapeInterval,
    accessDir
  }: Pick<ObservabilityTiming, 'scrapeInterval'> & { cluster: string; accessDir: string }
): string {
  const document = parseDocument(source)
  visit(document, {
    Scalar(_key, scalar) {
      const [, name] = /^access\/(.+)$/.exec(String(scalar.value)) ?? []
      if (name !== undefined) scalar.value = join(accessDir, name)
    }
  })
  document.setIn(['global', 'external_labels', 'cluster'], cluster)
  const jobs = document.get('scrape_configs')
  for (const job of isSeq(jobs) ? jobs.items : []) {
    const relabels = isMap(job) ? job.get('relabel_configs') : undefined
    for (const relabel of isSeq(relabels) ? relabels.items : []) {
      if (isMap(relabel) && relabel.get('target_label') === 'cluster') relabel.set('replacement', cluster)
    }
  }
  if (scrapeInterval !== undefined) {
    for (const key of ['scrape_interval', 'scrape_timeout', 'evaluation_interval']) {
      document.setIn(['global', key], scrapeInterval)
    }
    for (const job of isSeq(jobs) ? jobs.items : []) {
      if (isMap(job)) for (const key of ['scrape_interval', 'scrape_timeout']) job.delete(key)
    }
  }
  return document.toString({ lineWidth: 120 })
}

/**
 * A file of alert rules with working links to runbooks and, with another `for`, evaluated as often as the configuration
 * says.
 * @param publicHealthUrl the public address of health-service, which serves the runbooks
 */
export function renderRules(
  source: string,
  { alertFor, publicHealthUrl }: Pick<ObservabilityTiming, 'alertFor'> & { publicHealthUrl?: string }
): string {
  const linked =
    publicHealthUrl === undefined
      ? source
      : source.replaceAll(/(?<=^ *runbook_url: )\S+$/gm, (path) => absoluteRunbook(publicHealthUrl, path))
  if (alertFor === undefined) return linked
  const document = parseDocument(linked)
  const groups = document.get('groups')
  for (const group of isSeq(groups) ? groups.items : []) {
    if (!isMap(group)) continue
    group.delete('interval')
    const rules = group.get('rules')
    for (const rule of isSeq(rules) ? rules.items : []) {
      if (isMap(rule) && rule.has('for')) rule.set('for', alertFor)
    }
  }
  return document.toString({ lineWidth: 120 })
}

export interface WriteObservabilityConfigOptions {
  /** The project's prometheus/ folder. */
  sourceDir: string
  /** Created if missing. Replaces the contents of its rules, targets and alertmanagers directories. */
  configDir: string
  /** What both present to others: a folder of ensureMonitoringAccess(), absolute. */
  accessDir: string
  timing?: ObservabilityTiming
  /** The receivers besides health-service, and its public address. */
  alerting?: AlertingSettings | undefined
  /** The user who reads the secrets, if it is not this process's user. */
  reader?: { uid: number; gid: number } | undefined
}

/**
 * Writes all that Prometheus and Alertmanager read for a cluster on this machine: prometheus.yml, rules/, targets/,
 * alertmanagers/ and alertmanager.yml. A Prometheus that runs already takes up changed targets by itself, the rest on
 * SIGHUP; so does Alertmanager.
 */
export async function writeObservabilityConfig(
  definition: ClusterDefinition,
  { sourceDir, configDir, accessDir, timing = {}, alerting = {}, reader }: WriteObservabilityConfigOptions
): Promise<void> {
  const read = (name: string) => readFile(join(sourceDir, name), 'utf8')
  await mkdir(configDir, { recursive: true })
  await writeRules(definition, { sourceDir, configDir, timing, alerting })
  await writeLocalTargets(definition, configDir)
  await writeFolder(join(configDir, 'alertmanagers'), asJson(localAlertmanagers(definition)))
  const secretsDir = join(configDir, 'secrets')
  const people = renderReceivers(alerting, secretsDir)
  await writeSecrets(secretsDir, people.secrets, { mode: 0o600, reader })
  const config = renderAlertmanagerConfig(await read('alertmanager.yml'), {
    ...timing,
    webhook: {
      healthUrl: `http://127.0.0.1:${definition.ports.health}`,
      tokenFile: accessFiles(accessDir).webhookToken
    },
    people
  })
  await writeWhole(join(configDir, 'alertmanager.yml'), config, { mode: 0o600, reader })
  await writeWhole(
    join(configDir, 'prometheus.yml'),
    renderPrometheusConfig(await read('prometheus.yml'), { ...timing, cluster: definition.name, accessDir })
  )
}

/** Writes the targets of a cluster on this machine, which a running Prometheus takes up by itself. */
export function writeLocalTargets(definition: ClusterDefinition, configDir: string): Promise<void> {
  return writeFolder(join(configDir, 'targets'), asJson(localTargets(definition)))
}

/**
 * Writes the targets for a Prometheus in a container that has more brokers to scrape than prometheus/targets-compose names.
 * @param sources.targets that folder
 */
export async function writeComposeTargets(
  definition: ClusterDefinition,
  { targets, observabilityDir }: { targets: string; observabilityDir: string }
): Promise<void> {
  const services = await readFile(join(targets, 'services.json'), 'utf8')
  await writeFolder(join(observabilityDir, 'targets'), {
    ...asJson({ 'kafka.json': composeBrokerTargets(definition) }),
    'services.json': services
  })
}

/**
 * Writes the files that Compose mounts into Prometheus and Alertmanager instead of prometheus/: rules/,
 * alertmanager.yml and secrets/.
 * @param reader the user and group inside the container that may read the secrets; only the group if this process is
 * not root
 */
export async function writeComposeConfig(
  definition: ClusterDefinition,
  options: Pick<WriteObservabilityConfigOptions, 'sourceDir' | 'configDir' | 'alerting' | 'reader'>
): Promise<void> {
  const { sourceDir, configDir, alerting = {}, reader } = options
  await mkdir(configDir, { recursive: true })
  await writeRules(definition, options)
  const people = renderReceivers(alerting, '/etc/alertmanager/secrets')
  await writeSecrets(join(configDir, 'secrets'), people.secrets, { mode: 0o640, reader })
  const source = await readFile(join(sourceDir, 'alertmanager.yml'), 'utf8')
  const config = renderAlertmanagerConfig(source, { people })
  await writeWhole(join(configDir, 'alertmanager.yml'), config, { mode: 0o640, reader })
}

async function writeRules(
  definition: ClusterDefinition,
  {
    sourceDir,
    configDir,
    timing = {},
    alerting = {}
  }: Pick<WriteObservabilityConfigOptions, 'sourceDir' | 'configDir' | 'timing' | 'alerting'>
): Promise<void> {
  const publicHealthUrl = alerting.KOPS_PUBLIC_HEALTH_URL ?? `http://localhost:${definition.ports.health}`
  const rules: Record<string, string> = {}
  for (const name of (await readdir(join(sourceDir, 'rules'))).filter((name) => name.endsWith('.yml'))) {
    rules[name] = renderRules(await readFile(join(sourceDir, 'rules', name), 'utf8'), { ...timing, publicHealthUrl })
  }
  await writeFolder(join(configDir, 'rules'), rules)
}

/** Files that only their reader may open; removes those of an earlier setup. */
async function writeSecrets(folder: string, files: Record<string, string>, access: FileAccess): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  if (Object.keys(files).length === 0) return
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeWhole(join(folder, name), text, access)
}

function asJson(files: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]))
}

async function writeFolder(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder)) {
    if (!(name in files)) await rm(join(folder, name), { recursive: true })
  }
  for (const [name, text] of Object.entries(files)) await writeWhole(join(folder, name), text)
}
