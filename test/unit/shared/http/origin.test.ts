import t from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { hostName } from '#shared/http/origin.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { plainConfig } from './plain-config.ts'

const cases: { name: string; headers: Record<string, string>; status: number }[] = [
  { name: 'localhost with a port', headers: { host: 'localhost:8081' }, status: 200 },
  { name: '127.0.0.1', headers: { host: '127.0.0.1:8081' }, status: 200 },
  { name: 'IPv6 loopback', headers: { host: '[::1]:8081' }, status: 200 },
  { name: 'a name that is allowed', headers: { host: 'admin-service:8081' }, status: 200 },
  { name: 'a name that resolves here by DNS rebinding', headers: { host: 'evil.example:8081' }, status: 421 },
  { name: 'a name that starts like ours', headers: { host: 'localhost.evil.example' }, status: 421 },
  { name: 'a page of this machine', headers: { host: 'localhost', origin: 'http://localhost:3000' }, status: 200 },
  { name: 'a page of another origin', headers: { host: 'localhost', origin: 'https://evil.example' }, status: 403 },
  { name: 'a sandboxed page', headers: { host: 'localhost', origin: 'null' }, status: 403 },
  { name: 'a cross-site image', headers: { host: 'localhost', 'sec-fetch-site': 'cross-site' }, status: 403 },
  { name: 'a link that was typed', headers: { host: 'localhost', 'sec-fetch-site': 'none' }, status: 200 }
]
for (const { name, headers, status } of cases) {
  t.test(`a request from ${name} answers ${status}`, async (t) => {
    const app = await createApp({
      title: 't',
      description: 't',
      config: plainConfig({ KOPS_ALLOWED_HOSTS: 'admin-service' })
    })
    t.teardown(() => app.close())
    t.equal((await app.inject({ url: '/livez', headers })).statusCode, status)
  })
}

t.test('a Host header is read strictly', async (t) => {
  for (const header of [undefined, '', 'a:b:c', 'user@localhost', '[::1', '[xyz]:1', 'localhost:999999']) {
    t.equal(hostName(header), undefined, String(header))
  }
})

const nobody = plainConfig()
t.test(
  'a service opens to other machines with authentication and TLS only, unless the network is trusted',
  async (t) => {
    t.doesNotThrow(() => assertBindable({ KOPS_HOST: '127.0.0.1', KOPS_TRUST_NETWORK: false, ...nobody }))
    t.throws(
      () => assertBindable({ KOPS_HOST: '0.0.0.0', KOPS_TRUST_NETWORK: false, ...nobody }),
      /KOPS_HOST=0\.0\.0\.0/
    )
    t.doesNotThrow(() => assertBindable({ KOPS_HOST: '0.0.0.0', KOPS_TRUST_NETWORK: true, ...nobody }))
    const open = { ...nobody, KOPS_HOST: '0.0.0.0', KOPS_TRUST_NETWORK: false, KOPS_JWT_SECRET: 'x'.repeat(32) }
    t.throws(() => assertBindable(open), /KOPS_HOST=0\.0\.0\.0 .* plain text.*KOPS_TLS_CERT/)
    t.doesNotThrow(() => assertBindable({ ...open, KOPS_BEHIND_TLS_PROXY: true }))
    t.throws(() => assertBindable({ ...open, KOPS_TLS_CERT: '/nowhere', KOPS_TLS_KEY: '/nowhere' }), /KOPS_TLS_CERT/)
  }
)

t.test('settings that authenticate nobody never open the service to other machines', async (t) => {
  const open = { KOPS_HOST: '0.0.0.0', KOPS_TRUST_NETWORK: false }
  const cases: [Parameters<typeof plainConfig>[0], RegExp][] = [
    ...[',', ' , ,\n', ' '].map((text): [object, RegExp] => [{ KOPS_TOKENS: text }, /KOPS_TOKENS has no entry/]),
    [{ KOPS_JWT_SECRET: ' '.repeat(40) }, /KOPS_JWT_SECRET/],
    [{ KOPS_JWT_JWKS_URL: ' ' }, /KOPS_JWT_JWKS_URL/],
    [{ KOPS_JWT_ISSUER: 'https://issuer.example' }, /KOPS_JWT_ISSUER .* KOPS_JWT_JWKS_URL or KOPS_JWT_SECRET/],
    [{ KOPS_JWT_AUDIENCE: 'kops' }, /KOPS_JWT_AUDIENCE .* KOPS_JWT_JWKS_URL or KOPS_JWT_SECRET/],
    [{ KOPS_JWT_ROLE_CLAIM: 'role' }, /KOPS_HOST=0\.0\.0\.0/]
  ]
  for (const [given, message] of cases) {
    const config = plainConfig(given)
    t.throws(() => assertBindable({ ...config, ...open }), message, JSON.stringify(given))
    if (message.source.startsWith('KOPS_HOST')) continue
    await t.rejects(createApp({ title: 'test', description: 'test', config }), message, 'nor is there an app')
  }
})
