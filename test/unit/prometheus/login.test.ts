import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { parse } from 'yaml'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  alertmanagerCommand,
  ensureMonitoringAccess,
  fastTiming,
  monitoringFiles,
  prometheusCommand,
  writeObservabilityConfig
} from '#shared/cluster/observability/index.ts'
import type { AlertList } from '#shared/contracts/alerts.ts'
import { tokenEntry } from '#shared/http/auth/tokens.ts'
import { poll } from '#shared/poll.ts'
import { basicAuthorization } from '#shared/upstream/address.ts'
import { buildNowhere } from '../services-without-cluster.ts'
import { freePort, startProcess } from './processes.ts'
import { projectRoot, runProgram, skip } from './programs.ts'

/** A real Prometheus and Alertmanager with the files that set-up writes. */
async function start(t: Test) {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-login-'))
  t.teardown(() => rm(stateDir, { recursive: true, force: true }))
  const access = monitoringFiles(stateDir)
  const password = await ensureMonitoringAccess(stateDir, { user: undefined, inContainers: false })
  const login = { authorization: basicAuthorization('kops', password ?? '') }
  const [prometheus, alertmanager, health] = await Promise.all([freePort(), freePort(), freePort()])
  const definition: ClusterDefinition = {
    id: 'a1b2c3',
    name: 'c1',
    runtime: 'local',
    // Nothing else is there.
    ports: { ...defaultPorts, jmx: [1, 1, 1], admin: 1, loadTest: 1, prometheus, alertmanager, health },
    heap: defaultHeap
  }
  const sourceDir = join(projectRoot, 'prometheus')
  const configDir = join(stateDir, 'config')
  const accessDir = access.folder
  await writeObservabilityConfig(definition, { sourceDir, configDir, accessDir, timing: fastTiming })
  const dirs = (name: string) => ({ configDir, dataDir: join(stateDir, name), webConfig: access.webConfig })
  const [{ url: prometheusUrl }, { url: alertmanagerUrl }] = await Promise.all([
    startProcess(t, (found) => prometheusCommand(found, definition, dirs('prometheus')), login),
    startProcess(t, (found) => alertmanagerCommand(found, definition, dirs('alertmanager')), login)
  ])
  return { access, login, prometheusUrl, alertmanagerUrl, ports: definition.ports }
}

type Options = NonNullable<Parameters<typeof request>[1]>

async function statusOf(url: string, options: Options = {}): Promise<number> {
  const { statusCode, body } = await request(url, options)
  await body.dump()
  return statusCode
}

async function jsonOf<T>(url: string, headers: Record<string, string>): Promise<T> {
  return (await (await request(url, { headers })).body.json()) as T
}

const page = { origin: 'https://page.example' }
const silence = JSON.stringify({
  matchers: [{ name: 'alertname', value: '.+', isRegex: true }],
  startsAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + 3_600_000).toISOString(),
  createdBy: 'page',
  comment: 'hides everything'
})
const posted = (type: string): Options => ({
  method: 'POST',
  headers: { ...page, 'content-type': type },
  body: silence
})
const preflight: Options = {
  method: 'OPTIONS',
  headers: { ...page, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
}

t.test('promtool accepts the file of logins', { skip }, async (t) => {
  const stateDir = t.testdir()
  await ensureMonitoringAccess(stateDir, { user: undefined, inContainers: false })
  for (const file of [monitoringFiles(stateDir).webConfig, join(projectRoot, 'prometheus/access/web.yml')]) {
    const { code, output } = await runProgram('promtool', ['check', 'web-config', file])
    t.equal(code, 0, output)
  }
})

t.test('without the login, neither answers anybody anything', { skip }, async (t) => {
  const { login, prometheusUrl, alertmanagerUrl } = await start(t)
  const cases: [what: string, url: string, options?: Options][] = [
    ['a query', `${prometheusUrl}/api/v1/query?query=up`],
    ['metrics of Prometheus', `${prometheusUrl}/metrics`],
    ['the page of Prometheus', `${prometheusUrl}/graph`],
    ['a name that leads here', `${prometheusUrl}/api/v1/query?query=up`, { headers: { host: 'rebound.example' } }],
    ['alerts', `${alertmanagerUrl}/api/v2/alerts`],
    ['the page of Alertmanager', `${alertmanagerUrl}/`],
    ['a page that reads', `${alertmanagerUrl}/api/v2/silences`, { headers: page }],
    ['a page that asks before it posts', `${alertmanagerUrl}/api/v2/silences`, preflight],
    ['a page that posts a silence', `${alertmanagerUrl}/api/v2/silences`, posted('application/json')],
    ['a page that posts a form', `${alertmanagerUrl}/api/v2/silences`, posted('text/plain')],
    ['a page that uses the old API', `${alertmanagerUrl}/api/v1/silences`, posted('text/plain')],
    ['a reload', `${alertmanagerUrl}/-/reload`, { method: 'POST', headers: page }],
    ['a wrong password', `${alertmanagerUrl}/`, { headers: { authorization: basicAuthorization('kops', 'none') } }]
  ]
  for (const [what, url, options] of cases) t.equal(await statusOf(url, options), 401, what)
  t.same(await jsonOf(`${alertmanagerUrl}/api/v2/silences`, login), [])
  for (const url of [`${prometheusUrl}/api/v1/query?query=up`, `${alertmanagerUrl}/api/v2/alerts`]) {
    t.equal(await statusOf(url, { headers: login }), 200)
  }
})

t.test('a page in a browser that is logged in cannot read, nor use the API of silences', { skip }, async (t) => {
  const { login, alertmanagerUrl, prometheusUrl } = await start(t)
  for (const url of [`${alertmanagerUrl}/api/v2/silences`, `${prometheusUrl}/api/v1/query?query=up`]) {
    const { headers, body } = await request(url, { headers: { ...page, ...login } })
    await body.dump()
    t.notOk(headers['access-control-allow-credentials'], 'the browser keeps the answer from the page')
  }
  // What needs no preflight, which a browser sends without the login.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const { headers, ...options } = posted(type)
    const status = await statusOf(`${alertmanagerUrl}/api/v2/silences`, {
      ...options,
      headers: { ...headers, ...login }
    })
    t.equal(status, 415, type)
  }
  t.same(await jsonOf(`${alertmanagerUrl}/api/v2/silences`, login), [])
})

t.test('the health checks of Compose log in', { skip }, async (t) => {
  const { access, ports } = await start(t)
  const text = await readFile(join(projectRoot, 'docker-compose.cluster.yml'), 'utf8')
  const { services } = parse(text, { merge: true })
  // Images have BusyBox's.
  const bin = t.testdir({ nc: '#!/bin/bash\nexec 3<>"/dev/tcp/$1/$2"\ncat >&3\ncat <&3\n' })
  await promisify(execFile)('chmod', ['+x', join(bin, 'nc')])
  const wrong = join(bin, 'wrong')
  await writeFile(wrong, 'none\n')
  const check = (command: string, port: number, file: string) =>
    promisify(execFile)(
      'sh',
      [
        '-c',
        command
          .replaceAll('$$', '$')
          .replace(/ \d{4} /, ` ${port} `)
          .replace(/\/etc\/\S+\/password/, file)
      ],
      {
        env: { PATH: `${bin}:${process.env['PATH']}` }
      }
    ).then(
      () => true,
      () => false
    )
  for (const [name, port] of [
    ['prometheus', ports.prometheus],
    ['alertmanager', ports.alertmanager]
  ] as const) {
    const { test: command } = services[name].healthcheck
    t.ok(await check(command, port, access.password), name)
    t.notOk(await check(command, port, wrong), `${name} with another password`)
  }
})

t.test(
  'scrapes, alerts and notifications pass all logins and tokens, and the lists of both are read',
  { skip, timeout: 120_000 },
  async (t) => {
    const { access, login, prometheusUrl, ports } = await start(t)
    const admin = randomBytes(32).toString('base64url')
    const app = await buildNowhere(t, 'health', {
      KOPS_TOKENS: tokenEntry('root', 'admin', admin),
      KOPS_MONITORING_TOKENS_FILE: access.tokens,
      KOPS_ALERTMANAGER_URL: `http://kops@127.0.0.1:${ports.alertmanager}`,
      KOPS_ALERTMANAGER_PASSWORD_FILE: access.password,
      KOPS_PROMETHEUS_URL: `http://kops@127.0.0.1:${ports.prometheus}`,
      KOPS_PROMETHEUS_PASSWORD_FILE: access.password
    })
    await app.listen({ host: '127.0.0.1', port: ports.health })
    const limits = { timeoutMs: 30_000, pauseMs: 100 }

    type Targets = { data: { activeTargets: { health: string; labels: Record<string, string> }[] } }
    const isUp = ({ data }: Targets) =>
      data.activeTargets.filter(({ health, labels }) => health === 'up' && labels['job'] === 'health-service')
        .length === 2
    const scraped = await poll(() => jsonOf<Targets>(`${prometheusUrl}/api/v1/targets`, login), isUp, limits)
    t.ok(scraped.done, 'sweep and pulse are scraped')

    const headers = { authorization: `Bearer ${admin}` }
    const shown = await poll(
      async () => (await app.inject({ url: '/api/alerts', headers })).json<AlertList>(),
      ({ alerts, warnings }) => alerts.length > 0 && warnings.length === 0,
      limits
    )
    t.ok(shown.done, 'an alert of Prometheus reaches Alertmanager, and is read there')
    const notified = await poll(
      async () => (await app.inject({ url: '/metrics', headers })).body,
      (metrics) => /^http_request_duration_seconds_count\{[^}]*webhook"[^}]*status="200"\} [1-9]/m.test(metrics),
      limits
    )
    t.ok(notified.done, 'Alertmanager notifies')
    t.notMatch(notified.answer, /status="40[13]"/, 'nobody was refused')
    const history = await app.inject({ url: '/api/health/history?metric=score', headers })
    t.equal(history.statusCode, 200, history.body)
  }
)
