import t from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { hostName } from '#shared/http/origin.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { plainConfig } from './plain-config.ts'

interface Case {
  name: string
  headers: Record<string, string>
  /** Status of the answers; refused with 403 unless given. */
  read?: number
  change?: number
}
const at8081 = { host: 'localhost:8081' }
const page = (origin: string, more: Record<string, string> = {}) => ({ ...at8081, origin, ...more })

const cases: Case[] = [
  { name: 'localhost with a port', headers: at8081, read: 200, change: 200 },
  { name: '127.0.0.1', headers: { host: '127.0.0.1:8081' }, read: 200, change: 200 },
  { name: 'IPv6 loopback', headers: { host: '[::1]:8081' }, read: 200, change: 200 },
  { name: 'a name that is allowed', headers: { host: 'admin-service:8081' }, read: 200, change: 200 },
  {
    name: 'a name that resolves here by DNS rebinding',
    headers: { host: 'evil.example:8081' },
    read: 421,
    change: 421
  },
  { name: 'a name that starts like ours', headers: { host: 'localhost.evil.example' }, read: 421, change: 421 },
  { name: 'our name with a trailing dot', headers: { host: 'localhost.:8081' }, read: 421, change: 421 },
  { name: 'loopback in decimal', headers: { host: '2130706433:8081' }, read: 421, change: 421 },

  { name: "the service's own page", headers: page('http://localhost:8081'), read: 200, change: 200 },
  {
    name: "the service's own page in a browser of today",
    headers: page('http://localhost:8081', { 'sec-fetch-site': 'same-origin' }),
    read: 200,
    change: 200
  },
  {
    name: "the service's own page on 127.0.0.1",
    headers: { host: '127.0.0.1:8081', origin: 'http://127.0.0.1:8081' },
    read: 200,
    change: 200
  },
  {
    name: "the service's own page on IPv6",
    headers: { host: '[::1]:8081', origin: 'http://[::1]:8081' },
    read: 200,
    change: 200
  },
  {
    name: 'its own page, the Host in capitals',
    headers: { host: 'LOCALHOST:8081', origin: 'http://localhost:8081' },
    read: 200,
    change: 200
  },
  {
    name: 'its own page under a name that is allowed',
    headers: { host: 'admin-service:8081', origin: 'http://admin-service:8081' },
    read: 200,
    change: 200
  },
  {
    name: 'a page of its public address',
    headers: page('https://kops.example', { 'sec-fetch-site': 'same-origin' }),
    read: 200,
    change: 200
  },

  { name: 'a page of another port', headers: page('http://localhost:3000') },
  { name: 'a page of no port', headers: page('http://localhost') },
  {
    name: "a page of a port that begins with the service's",
    headers: page('http://localhost:80811')
  },
  { name: 'a page of another service of the set-up', headers: page('http://localhost:8082') },
  { name: 'a page of another scheme', headers: page('https://localhost:8081') },
  { name: 'a page in capitals', headers: page('HTTP://LOCALHOST:3000') },
  { name: 'a page of 127.0.0.1', headers: page('http://127.0.0.1:8081') },
  { name: 'a page of IPv6 loopback', headers: page('http://[::1]:8081') },
  { name: 'a page of IPv6 loopback in full', headers: page('http://[0:0:0:0:0:0:0:1]:8081') },
  { name: 'a page of our name with a trailing dot', headers: page('http://localhost.:8081') },
  { name: 'a page below our name', headers: page('http://a.localhost:8081') },
  {
    name: 'a page with our name as its user',
    headers: page('http://localhost:8081@evil.example')
  },
  { name: 'a page of another host', headers: page('https://evil.example') },
  { name: 'a page of the public address in plain HTTP', headers: page('http://kops.example') },
  { name: 'a sandboxed page', headers: page('null') },
  { name: 'an empty origin', headers: page('') },
  { name: 'two origins', headers: page('http://localhost:8081, https://evil.example') },
  {
    name: 'our origin, sent by a page of another one',
    headers: page('http://localhost:8081', { 'sec-fetch-site': 'same-site' })
  },
  { name: 'a cross-site image', headers: { ...at8081, 'sec-fetch-site': 'cross-site' } },
  { name: 'an image of another port', headers: { ...at8081, 'sec-fetch-site': 'same-site' } },
  { name: 'an unknown site', headers: { ...at8081, 'sec-fetch-site': 'Same-Origin' } },
  {
    name: 'a frame in a page of another port',
    headers: { ...at8081, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
  },
  {
    name: 'a link that was followed, or a form that was sent, from another site',
    headers: { ...at8081, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    read: 200
  },
  { name: 'an address that was typed', headers: { ...at8081, 'sec-fetch-site': 'none' }, read: 200, change: 200 }
]

const changes = ['POST', 'PUT', 'PATCH', 'DELETE'] as const

t.test('a web page of another origin neither reads nor changes anything', async (t) => {
  const app = await createApp({
    service: 'admin',
    title: 't',
    description: 't',
    config: plainConfig({ KOPS_ALLOWED_HOSTS: 'admin-service', KOPS_PUBLIC_ADMIN_URL: 'https://kops.example/admin' })
  })
  t.teardown(() => app.close())
  const schema = { 'x-role': 'public' } as const
  app.route({ method: [...changes], url: '/change', schema, handler: async () => ({}) })
  for (const { name, headers, read = 403, change = 403 } of cases) {
    t.equal((await app.inject({ url: '/livez', headers })).statusCode, read, `GET from ${name}`)
    for (const method of changes) {
      const answer = await app.inject({ method, url: '/change', headers })
      t.equal(answer.statusCode, change, `${method} from ${name}`)
      if (change === 403) t.equal(answer.json().code, 'origin_refused', `${method} from ${name}`)
    }
  }
})

t.test("behind a proxy that ends TLS, the service's own pages are those of https", async (t) => {
  const app = await createApp({ title: 't', description: 't', config: plainConfig({ KOPS_BEHIND_TLS_PROXY: true }) })
  t.teardown(() => app.close())
  for (const [origin, status] of [
    ['https://localhost:8081', 200],
    ['http://localhost:8081', 403]
  ] as const) {
    t.equal((await app.inject({ url: '/livez', headers: page(origin) })).statusCode, status, origin)
  }
})

t.test('no page may frame what a service answers', async (t) => {
  const app = await createApp({ title: 't', description: 't', config: plainConfig() })
  t.teardown(() => app.close())
  for (const url of ['/docs', '/livez', '/nothing']) {
    t.match((await app.inject({ url, headers: at8081 })).headers, { 'x-frame-options': 'DENY' }, url)
  }
})

t.test('a Host header is read strictly', async (t) => {
  for (const header of [undefined, '', 'a:b:c', 'user@localhost', '[::1', '[xyz]:1', 'localhost:999999']) {
    t.equal(hostName(header), undefined, String(header))
  }
})

const nobody = plainConfig()
t.test(
  'a service opens to other machines with authentication and TLS only, unless the network is trusted',
  async (t) => {
    t.doesNotThrow(() => assertBindable({ KOPS_HOST: '127.0.0.1', ...nobody }))
    t.throws(() => assertBindable({ KOPS_HOST: '0.0.0.0', ...nobody }), /KOPS_HOST=0\.0\.0\.0/)
    t.doesNotThrow(() => assertBindable({ ...nobody, KOPS_HOST: '0.0.0.0', KOPS_TRUST_NETWORK: 'true' }))
    const open = { ...nobody, KOPS_HOST: '0.0.0.0', KOPS_JWT_SECRET: 'x'.repeat(32) }
    t.throws(() => assertBindable(open), /KOPS_HOST=0\.0\.0\.0 .* plain text.*KOPS_TLS_CERT/)
    t.doesNotThrow(() => assertBindable({ ...open, KOPS_BEHIND_TLS_PROXY: true }))
    t.throws(() => assertBindable({ ...open, KOPS_TLS_CERT: '/nowhere', KOPS_TLS_KEY: '/nowhere' }), /KOPS_TLS_CERT/)
  }
)

t.test('settings that authenticate nobody never open the service to other machines', async (t) => {
  const open = { KOPS_HOST: '0.0.0.0' }
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
