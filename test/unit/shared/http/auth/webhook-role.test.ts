import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { requestsOf } from '../../../endpoint-requests.ts'
import { buildNowhere } from '../../../services-without-cluster.ts'

const token = randomBytes(32).toString('base64url')
const headers = { authorization: `Bearer ${token}` }
const env = { KOPS_TOKENS: `alertmanager:webhook:sha256:${hashToken(token).toString('hex')}` }
const apps = {
  admin: await buildNowhere(t, 'admin', env),
  health: await buildNowhere(t, 'health', env),
  loadTest: await buildNowhere(t, 'loadTest', env)
}

t.test('the role webhook is for the webhook, and for nothing else that needs a role', async (t) => {
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const expected = endpoint.role === 'public' || name === 'notifyAlerts' ? 200 : 403
    for (const { request } of requestsOf(endpoint, () => undefined)) {
      t.equal((await apps[endpoint.service].inject({ ...request, headers })).statusCode, expected, name)
    }
  }
  for (const app of Object.values(apps)) t.equal((await app.inject({ url: '/metrics', headers })).statusCode, 403)
})
