import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import t, { type Test } from 'tap'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { tokenEntry } from '#shared/http/auth/tokens.ts'
import { requestsOf } from '../../../endpoint-requests.ts'
import { buildNowhere, serviceNames } from '../../../services-without-cluster.ts'

const random = () => randomBytes(32).toString('base64url')
const tokens = { metrics: random(), webhook: random(), admin: random() }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The setting of a file with these lines, elsewhere than the folder of the test, which the services use. */
function fileOf(t: Test, ...lines: string[]): { KOPS_MONITORING_TOKENS_FILE: string } {
  const dir = mkdtempSync(join(tmpdir(), 'kops-tokens-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'tokens'), `${lines.join('\n')}\n`)
  return { KOPS_MONITORING_TOKENS_FILE: join(dir, 'tokens') }
}

/** The file that set-up makes. */
function monitoringFile(t: Test) {
  return fileOf(t, '# of setup', tokenEntry('p', 'metrics', tokens.metrics), tokenEntry('a', 'webhook', tokens.webhook))
}

const metrics = {
  admin: ['/metrics'],
  health: ['/metrics', '/metrics/pulse', '/metrics/sweep'],
  loadTest: ['/metrics']
}

/** The one thing that each may do, by its endpoint or by its path. */
const may = { metrics: [...new Set(Object.values(metrics).flat())], webhook: ['notifyAlerts'] }

t.test('the role of a program is for its one purpose, and for nothing else that needs a role', async (t) => {
  const env = { ...monitoringFile(t), KOPS_TOKENS: tokenEntry('root', 'admin', tokens.admin) }
  const apps = {
    admin: await buildNowhere(t, 'admin', env),
    health: await buildNowhere(t, 'health', env),
    loadTest: await buildNowhere(t, 'loadTest', env)
  }
  for (const role of ['metrics', 'webhook'] as const) {
    const headers = bearer(tokens[role])
    for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
      const expected = endpoint.role === 'public' || may[role].includes(name) ? 200 : 403
      for (const { request } of requestsOf(endpoint, () => undefined)) {
        t.equal((await apps[endpoint.service].inject({ ...request, headers })).statusCode, expected, `${role} ${name}`)
      }
    }
    for (const service of serviceNames) {
      for (const url of metrics[service]) {
        const expected = may[role].includes(url) ? 200 : 403
        t.equal((await apps[service].inject({ url, headers })).statusCode, expected, `${role} ${service} ${url}`)
      }
    }
  }
})

t.test('Prometheus may scrape with its token whether callers need one or not', async (t) => {
  const secret = random()
  const jwt = await new SignJWT({ role: 'viewer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bob')
    .setExpirationTime('1h')
    .sign(Buffer.from(secret))
  const cases: [what: string, env: Record<string, string>, anonymous: number, others: Record<string, string>][] = [
    ['nothing is configured', {}, 200, {}],
    ['tokens are required', { KOPS_TOKENS: tokenEntry('root', 'admin', tokens.admin) }, 401, bearer(tokens.admin)],
    ['JWTs are required', { KOPS_JWT_SECRET: secret }, 401, bearer(jwt)]
  ]
  for (const [what, env, anonymous, others] of cases) {
    const app = await buildNowhere(t, 'health', { ...monitoringFile(t), ...env })
    const status = async (headers: Record<string, string>) =>
      (await app.inject({ url: '/metrics', headers })).statusCode
    t.equal(await status({}), anonymous, what)
    t.equal(await status(bearer(tokens.metrics)), 200, what)
    t.equal(await status(others), 200, what)
    t.equal(await status(bearer(random())), anonymous, what)
  }
})

t.test(
  'a file of these tokens that cannot be used keeps the service from starting; one without entries does not',
  async (t) => {
    const build = (env: { KOPS_MONITORING_TOKENS_FILE: string }) => buildNowhere(t, 'health', env)
    const setting = 'KOPS_MONITORING_TOKENS_FILE'
    await t.rejects(build(fileOf(t, 'p:metrics')), { message: new RegExp(`^${setting}: line 1 is not name:role`) })
    await t.rejects(build({ [setting]: '/nonexistent' }), { message: new RegExp(`^${setting}: .* cannot be read`) })
    t.equal((await (await build(fileOf(t, '# none'))).inject('/metrics')).statusCode, 200)
  }
)
