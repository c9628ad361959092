import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  fastTiming,
  renderAlertmanagerConfig,
  renderPrometheusConfig,
  renderRules,
  writeObservabilityConfig
} from '#shared/cluster/observability/index.ts'

const sourceDir = join(import.meta.dirname, '../../../../../prometheus')
const source = (name: string) => readFile(join(sourceDir, name), 'utf8')
const rules = (await readdir(join(sourceDir, 'rules'))).sort()

t.test('a cluster of another name is named to Alertmanager and on every series', async (t) => {
  const config = parse(renderPrometheusConfig(await source('prometheus.yml'), { cluster: 'other', accessDir: '/a' }))
  t.equal(config.global.external_labels.cluster, 'other')
  for (const { relabel_configs } of config.scrape_configs) {
    t.match(
      relabel_configs.find(({ target_label }: { target_label?: string }) => target_label === 'cluster'),
      {
        replacement: 'other'
      }
    )
  }
  t.equal(config.global.scrape_interval, '15s')
})

t.test('a shorter interval shortens the scrape time-out with it', async (t) => {
  const config = parse(
    renderPrometheusConfig(await source('prometheus.yml'), { cluster: 'c', accessDir: '/a', scrapeInterval: '1s' })
  )
  t.match(config.global, { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' })
  for (const job of config.scrape_configs) t.notMatch(job, { scrape_interval: String }, 'jobs have no other')
})

t.test('only `for` differs in rules for tests', async (t) => {
  for (const name of rules) {
    const text = await source(`rules/${name}`)
    const before = parse(text).groups[0].rules
    const after = parse(renderRules(text, fastTiming)).groups[0].rules
    t.same(
      after,
      before.map((rule: object) => ({ ...rule, for: '3s' })),
      name
    )
    t.equal(renderRules(text, {}), text)
    const links = parse(renderRules(text, { publicHealthUrl: 'https://kops' })).groups[0].rules
    for (const { annotations } of links) t.match(annotations.runbook_url, /^https:\/\/kops\/runbooks\/kafka-[a-z-]+$/)
  }
})

t.test('Alertmanager can be made to wait less', async (t) => {
  const config = parse(renderAlertmanagerConfig(await source('alertmanager.yml'), { groupWait: '1s' }))
  t.match(config.route, { group_wait: '1s', group_interval: '1s', repeat_interval: '4h' })
  t.match(config.route.routes[0], { receiver: 'health-service', group_wait: '1s', group_interval: '1s' })
  t.same(Object.keys(config.route.routes[2]), ['receiver'], 'the other route takes them from above')
})

t.test('Prometheus presents its token to the services only, from the folder of this cluster', async (t) => {
  const config = parse(renderPrometheusConfig(await source('prometheus.yml'), { cluster: 'c', accessDir: '/state/a' }))
  for (const { file_sd_configs, authorization } of config.scrape_configs) {
    const [{ files }] = file_sd_configs
    const expected = files[0] === 'targets/services.json' ? { credentials_file: '/state/a/metrics-token' } : undefined
    t.same(authorization, expected, files[0])
  }
})

t.test('Alertmanager gets the address of health-service, and the token to use', async (t) => {
  const text = await source('alertmanager.yml')
  const hook = (config: string) => parse(config).receivers.at(-1).webhook_configs[0]
  t.match(hook(text), { url: 'http://health-service:8082/api/alerts/webhook', send_resolved: true })
  const tokenFile = '/state/webhook-token'
  const here = renderAlertmanagerConfig(text, { webhook: { healthUrl: 'http://127.0.0.1:18082', tokenFile } })
  t.same(hook(here), {
    ...hook(text),
    url: 'http://127.0.0.1:18082/api/alerts/webhook',
    http_config: { authorization: { credentials_file: tokenFile } }
  })
  t.equal(renderAlertmanagerConfig(text, {}), text)
})

t.test('the directory has what both programs read, and nothing from an earlier setup', async (t) => {
  const configDir = join(t.testdir(), 'observability')
  const definition: ClusterDefinition = {
    id: 'a1b2c3',
    name: 'c1',
    runtime: 'local',
    ports: defaultPorts,
    heap: defaultHeap
  }
  await mkdir(join(configDir, 'targets'), { recursive: true })
  await writeFile(join(configDir, 'targets', 'gone.json'), '[]')
  await writeObservabilityConfig(definition, { sourceDir, configDir, accessDir: '/a' })
  t.same((await readdir(configDir, { recursive: true })).sort(), [
    'alertmanager.yml',
    'alertmanagers',
    'alertmanagers/alertmanager.json',
    'prometheus.yml',
    'rules',
    ...rules.map((name) => `rules/${name}`),
    'targets',
    'targets/kafka.json',
    'targets/services.json'
  ])
  for (const name of rules) {
    const linked = renderRules(await source(`rules/${name}`), { publicHealthUrl: 'http://localhost:8082' })
    t.equal(await readFile(join(configDir, 'rules', name), 'utf8'), linked)
  }
})
