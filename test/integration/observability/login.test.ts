import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { request } from 'undici'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import { monitoringFiles } from '#shared/cluster/observability/index.ts'
import { kops } from '../cli/kops.ts'
import { alertmanagerUrl, healthUrl, monitoringLogin, prometheusUrl, stateDir } from '../support/under-test.ts'

const kept = await keptFiles(stateDir).names()
const skip = kept.includes('prometheus') ? false : 'Prometheus is not on this machine'
const access = monitoringFiles(stateDir)

async function statusOf(url: string, headers: Record<string, string> = {}, body?: string): Promise<number> {
  const answer = await request(url, { headers, ...(body === undefined ? {} : { method: 'POST', body }) })
  await answer.body.dump()
  return answer.statusCode
}

t.test('what set-up starts lets in nobody without the login', { skip }, async (t) => {
  for (const url of [`${prometheusUrl}/api/v1/query?query=up`, `${alertmanagerUrl}/api/v2/silences`]) {
    t.equal(await statusOf(url), 401, url)
    t.equal(await statusOf(url, monitoringLogin), 200, url)
  }
  const page = { origin: 'https://page.example', 'content-type': 'application/json' }
  t.equal(await statusOf(`${alertmanagerUrl}/api/v2/silences`, page, '{}'), 401)
})

t.test('maintenance windows and the history need no login of their caller', { skip }, async (t) => {
  const reason = `login-${process.pid}`
  const started = await kops(['maintenance', 'start', '--for', '5m', '--reason', reason, '--match', 'alertname=None'])
  t.equal(started.code, 0, started.stderr)
  const { windows } = JSON.parse((await kops(['maintenance', 'list', '--json'])).stdout)
  const own = windows.find((window: { reason: string }) => window.reason === reason)
  t.ok(own)
  const ended = await kops(['maintenance', 'end', own.id])
  t.equal(ended.code, 0, ended.stderr)
  t.equal(await statusOf(`${healthUrl}/api/health/history?metric=score`), 200)
})

t.test('the password is in no argument and no log, and in a file of one user', { skip }, async (t) => {
  const password = (await readFile(access.password, 'utf8')).trim()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all([
    // A process may have ended by now.
    ...pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    ...kept.map((name) => readFile(join(stateDir, 'logs', `${name}.log`), 'utf8'))
  ])
  t.notOk(texts.some((text) => text.includes(password)))
  for (const path of [access.password, access.curl, access.metricsToken, access.webhookToken]) {
    t.equal(((await stat(path)).mode & 0o777).toString(8), '600', path)
  }
})
