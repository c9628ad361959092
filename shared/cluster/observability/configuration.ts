import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import { absoluteRunbook } from '../../runbooks/runbook-url.ts'
import type { ClusterDefinition } from '../definition.ts'
import { localAlertmanagers, localTargets } from './targets.ts'

/** Other times than those of the files, as Prometheus writes durations (`15s`). For tests, which cannot wait minutes. */
export interface ObservabilityTiming {
  scrapeInterval?: string
  /** How long each alert's condition must hold. */
  alertFor?: string
  /** How long Alertmanager gathers alerts before it notifies of a new group, and of changes in an old one. */
  groupWait?: string
}

/** Times with which an alert fires within about five seconds of its cause. */
export const fastTiming: Required<ObservabilityTiming> = { scrapeInterval: '1s', alertFor: '3s', groupWait: '1s' }

/** prometheus.yml for a cluster of another name, or scraped at another interval. */
export function renderPrometheusConfig(
  source: string,
  { cluster, scrapeInterval }: Pick<ObservabilityTiming, 'scrapeInterval'> & { cluster: string }
): string {
  const document = parseDocument(source)
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
 * A file of alert rules with links to runbooks that can be followed and, with another `for`, evaluated as often as the
 * configuration says.
 * @param publicHealthUrl how people reach health-service, which serves the runbooks
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

/** Where health-service takes notifications of alerts. */
export interface AlertWebhook {
  /** Of health-service, without a path. */
  healthUrl: string
  /** Absolute; holds the bearer token that Alertmanager sends, where the service asks for one. */
  tokenFile?: string | undefined
}

const webhookPath = '/api/alerts/webhook'

/** alertmanager.yml that groups for another time, and that finds health-service elsewhere. */
export function renderAlertmanagerConfig(
  source: string,
  { groupWait, webhook }: Pick<ObservabilityTiming, 'groupWait'> & { webhook?: AlertWebhook }
): string {
  if (groupWait === undefined && webhook === undefined) return source
  const document = parseDocument(source)
  if (groupWait !== undefined) {
    const route = document.get('route')
    const children = isMap(route) ? route.get('routes') : undefined
    for (const each of [route, ...(isSeq(children) ? children.items : [])]) {
      if (!isMap(each)) continue
      if (each === route || each.has('group_wait')) each.set('group_wait', groupWait)
      if (each === route || each.has('group_interval')) each.set('group_interval', groupWait)
    }
  }
  const receivers = document.get('receivers')
  for (const receiver of webhook && isSeq(receivers) ? receivers.items : []) {
    const hooks = isMap(receiver) ? receiver.get('webhook_configs') : undefined
    for (const hook of isSeq(hooks) ? hooks.items : []) {
      if (!isMap(hook) || !String(hook.get('url')).endsWith(webhookPath)) continue
      hook.set('url', `${webhook?.healthUrl}${webhookPath}`)
      if (webhook?.tokenFile === undefined) continue
      hook.set('http_config', document.createNode({ authorization: { credentials_file: webhook.tokenFile } }))
    }
  }
  return document.toString({ lineWidth: 120 })
}

export interface WriteObservabilityConfigOptions {
  /** The project's prometheus/ folder. */
  sourceDir: string
  /** Made if it is not there. What was in its rules, targets and alertmanagers folders is replaced. */
  configDir: string
  timing?: ObservabilityTiming
  /** See AlertWebhook. */
  webhookTokenFile?: string | undefined
  /** How people reach health-service, for links to runbooks; its port on localhost where nothing is given. */
  publicHealthUrl?: string | undefined
}

/**
 * Writes all that Prometheus and Alertmanager read for a cluster on this machine: prometheus.yml, rules/, targets/,
 * alertmanagers/ and alertmanager.yml. A Prometheus that runs already takes up changed targets by itself, the rest on
 * SIGHUP; so does Alertmanager.
 */
export async function writeObservabilityConfig(
  definition: ClusterDefinition,
  { sourceDir, configDir, timing = {}, webhookTokenFile, ...options }: WriteObservabilityConfigOptions
): Promise<void> {
  const publicHealthUrl = options.publicHealthUrl ?? `http://localhost:${definition.ports.health}`
  const read = (name: string) => readFile(join(sourceDir, name), 'utf8')
  await mkdir(configDir, { recursive: true })
  const rules: Record<string, string> = {}
  for (const name of (await readdir(join(sourceDir, 'rules'))).filter((name) => name.endsWith('.yml'))) {
    rules[name] = renderRules(await read(join('rules', name)), { ...timing, publicHealthUrl })
  }
  await writeFolder(join(configDir, 'rules'), rules)
  await writeFolder(join(configDir, 'targets'), asJson(localTargets(definition)))
  await writeFolder(join(configDir, 'alertmanagers'), asJson(localAlertmanagers(definition)))
  await writeWhole(
    join(configDir, 'alertmanager.yml'),
    renderAlertmanagerConfig(await read('alertmanager.yml'), {
      ...timing,
      webhook: { healthUrl: `http://127.0.0.1:${definition.ports.health}`, tokenFile: webhookTokenFile }
    })
  )
  await writeWhole(
    join(configDir, 'prometheus.yml'),
    renderPrometheusConfig(await read('prometheus.yml'), { ...timing, cluster: definition.name })
  )
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

/** Prometheus watches these files: it must not see half of one. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
