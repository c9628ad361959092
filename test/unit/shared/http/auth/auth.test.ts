import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { type Role, roles } from '#shared/contracts/endpoint.ts'
import { hashToken, parseTokens } from '#shared/http/auth/tokens.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { plainConfig } from '../plain-config.ts'

const tokens = {
  viewer: token(),
  reader: token(),
  operator: token(),
  admin: token(),
  metrics: token(),
  webhook: token()
}
const configured = roles.map((role) => `${role}-1:${role}:sha256:${hashToken(tokens[role]).toString('hex')}`).join(',')

function token(): string {
  return randomBytes(32).toString('base64url')
}

async function build(t: Test, config: Parameters<typeof plainConfig>[0]): Promise<App> {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig(config) })
  t.teardown(() => app.close())
  for (const role of [...roles, 'public'] as const) {
    app.get(`/for/${role}`, { schema: { 'x-role': role } }, async ({ principal }) => principal)
  }
  return app
}

const matrix: [caller: Role | 'nobody', route: string, status: number][] = [
  ['nobody', 'public', 200],
  ['nobody', 'viewer', 401],
  ['viewer', 'viewer', 200],
  ['viewer', 'reader', 403],
  ['viewer', 'operator', 403],
  ['viewer', 'admin', 403],
  ['reader', 'viewer', 200],
  ['reader', 'reader', 200],
  ['reader', 'operator', 403],
  ['operator', 'viewer', 200],
  ['operator', 'reader', 200],
  ['operator', 'operator', 200],
  ['operator', 'admin', 403],
  ['operator', 'webhook', 200],
  ['admin', 'webhook', 200],
  ['reader', 'webhook', 403],
  ['webhook', 'webhook', 200],
  ['webhook', 'viewer', 403],
  ['webhook', 'operator', 403],
  ['webhook', 'admin', 403],
  ['viewer', 'metrics', 200],
  ['operator', 'metrics', 200],
  ['webhook', 'metrics', 403],
  ['metrics', 'metrics', 200],
  ['metrics', 'viewer', 403],
  ['metrics', 'webhook', 403],
  ['admin', 'admin', 200],
  ['admin', 'viewer', 200]
]
for (const [caller, route, status] of matrix) {
  t.test(`${caller} calling a route for ${route} gets ${status}`, async (t) => {
    const app = await build(t, { KOPS_TOKENS: configured })
    const headers = caller === 'nobody' ? {} : { authorization: `Bearer ${tokens[caller]}` }
    const response = await app.inject({ url: `/for/${route}`, headers })
    t.equal(response.statusCode, status, response.body)
    if (status === 401) t.equal(response.headers['www-authenticate'], 'Bearer')
    if (status === 403) t.match(response.json(), { code: 'forbidden', detail: /requires the role/ })
    if (status === 200 && caller !== 'nobody') t.match(response.json(), { name: `${caller}-1`, how: 'token' })
  })
}

t.test('where nothing is configured the machine is trusted', async (t) => {
  const app = await build(t, {})
  t.match((await app.inject('/for/admin')).json(), { name: 'anonymous', role: 'admin' })
})

t.test('a token that is not known, and one that is not a token, are refused without being repeated', async (t) => {
  const app = await build(t, { KOPS_TOKENS: configured })
  const wrong = token()
  for (const authorization of [
    `Bearer ${wrong}`,
    'Bearer',
    `Basic ${wrong}`,
    `Bearer ${tokens.viewer}x`,
    'Bearer a b'
  ]) {
    const response = await app.inject({ url: '/for/viewer', headers: { authorization } })
    t.equal(response.statusCode, 401, authorization)
    t.notMatch(response.body, wrong)
  }
})

t.test('a route that declares no role cannot be registered', async (t) => {
  const app = await build(t, {})
  t.throws(() => app.get('/forgotten', async () => 'open'), /GET \/forgotten declares no x-role/)
})

t.test('roles are in the OpenAPI document', async (t) => {
  const app = await build(t, {})
  t.equal((await app.inject('/docs/json')).json().paths['/for/operator'].get['x-role'], 'operator')
})

t.test('an address that sends too many requests must wait, where authentication is configured', async (t) => {
  const app = await build(t, { KOPS_TOKENS: configured, KOPS_RATE_LIMIT_PER_MINUTE: 3 })
  for (const status of [401, 401, 401, 429]) t.equal((await app.inject('/for/viewer')).statusCode, status)
  t.match((await app.inject('/for/viewer')).json(), { code: 'rate_limited', retriable: true })
})

const badTokens: [string, RegExp][] = [
  ['alice', /entry 1 is not name:role/],
  [',', /KOPS_TOKENS has no entry/],
  [`alice:root:sha256:${'0'.repeat(64)}`, /role root/],
  [`alice:admin:sha256:${'0'.repeat(63)}`, /entry 1 is not/],
  [`a:admin:sha256:${'0'.repeat(64)},a:viewer:sha256:${'1'.repeat(64)}`, /entry 2: the name a is taken/]
]
for (const [text, expected] of badTokens) {
  t.test(`the setting ${text.slice(0, 20)}… is refused`, async (t) => {
    t.throws(() => parseTokens(text), expected)
  })
}

const secret = 'a secret of at least thirty-two bytes'
const sign = (claims: Record<string, unknown>, key = secret, expires = '1m') =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(expires).sign(Buffer.from(key))

const jwts: { name: string; make: () => Promise<string>; status: number; code?: string }[] = [
  { name: 'of the issuer', make: () => sign({ sub: 'alice', role: 'operator', iss: 'corp' }), status: 200 },
  { name: 'of a reader', make: () => sign({ sub: 'alice', role: 'reader', iss: 'corp' }), status: 403 },
  { name: 'of another secret', make: () => sign({ sub: 'a', role: 'admin', iss: 'corp' }, `${secret}x`), status: 401 },
  { name: 'that has expired', make: () => sign({ sub: 'a', role: 'admin', iss: 'corp' }, secret, '-1m'), status: 401 },
  { name: 'of another issuer', make: () => sign({ sub: 'a', role: 'admin', iss: 'other' }), status: 401 },
  { name: 'with a number as subject', make: () => sign({ sub: 1, role: 'operator', iss: 'corp' }), status: 401 },
  { name: 'with a list as subject', make: () => sign({ sub: ['a'], role: 'operator', iss: 'corp' }), status: 401 },
  ...['', 'a'.repeat(201), 'a\u001b[31m', 'a\nb', 'a\u202eb', 'anonymous', 'unauthenticated'].map((sub) => ({
    name: `with the subject ${JSON.stringify(sub).slice(0, 20)}`,
    make: () => sign({ sub, role: 'operator', iss: 'corp' }),
    status: 403
  })),
  { name: 'without a subject', make: () => sign({ role: 'admin', iss: 'corp' }), status: 401 },
  { name: 'without a role', make: () => sign({ sub: 'a', iss: 'corp' }), status: 403 },
  { name: 'of an unknown role', make: () => sign({ sub: 'a', role: 'root', iss: 'corp' }), status: 403 },
  {
    name: 'without a signature',
    make: async () =>
      `${[{ alg: 'none' }, { sub: 'a', role: 'admin', iss: 'corp', exp: 4e9 }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`,
    status: 401
  }
]
for (const { name, make, status } of jwts) {
  t.test(`a JWT ${name} is answered ${status}`, async (t) => {
    const app = await build(t, { KOPS_JWT_SECRET: secret, KOPS_JWT_ISSUER: 'corp' })
    const response = await app.inject({ url: '/for/operator', headers: { authorization: `Bearer ${await make()}` } })
    t.equal(response.statusCode, status, response.body)
    if (status === 200) t.match(response.json(), { name: 'alice', role: 'operator', how: 'jwt' })
  })
}

const keys = { KOPS_JWT_ISSUER: 'corp', KOPS_JWT_AUDIENCE: 'kops' }
const badKeys: [Parameters<typeof plainConfig>[0], RegExp][] = [
  [{ KOPS_JWT_AUDIENCE: 'kops' }, /KOPS_JWT_JWKS_URL needs KOPS_JWT_ISSUER/],
  [{ KOPS_JWT_ISSUER: 'corp' }, /KOPS_JWT_JWKS_URL needs KOPS_JWT_AUDIENCE/],
  [{ ...keys, KOPS_JWT_AUDIENCE: ' ' }, /KOPS_JWT_JWKS_URL needs KOPS_JWT_AUDIENCE/],
  [{ ...keys, KOPS_JWT_ROLE_CLAIM: '' }, /KOPS_JWT_ROLE_CLAIM/],
  [{ ...keys, KOPS_JWT_JWKS_URL: 'file:///etc/keys' }, /KOPS_JWT_JWKS_URL/],
  [{ ...keys, KOPS_JWT_SECRET: 'x'.repeat(32) }, /KOPS_JWT_JWKS_URL and KOPS_JWT_SECRET/]
]
for (const [given, message] of badKeys) {
  t.test(`the keys of an issuer with ${JSON.stringify(given)} are refused`, async (t) => {
    const config = plainConfig({ KOPS_JWT_JWKS_URL: 'http://127.0.0.1:1/jwks', ...given })
    await t.rejects(createApp({ title: 'test', description: 'test', config }), message)
    t.throws(() => assertBindable({ ...config, KOPS_HOST: '127.0.0.1' }), message)
  })
}

t.test(
  'a JWT signed by a key that the issuer publishes is known; one signed with that public key as secret is not',
  async (t) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
    t.teardown(() => server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const app = await build(t, { ...keys, KOPS_JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks` })

    const claims = { sub: 'bob', role: 'viewer', iss: 'corp', aud: 'kops' }
    const issued = (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).setExpirationTime('1m').sign(privateKey)
    const good = await issued(claims)
    t.match((await app.inject({ url: '/for/viewer', headers: { authorization: `Bearer ${good}` } })).json(), {
      name: 'bob'
    })
    for (const others of [{ aud: 'wiki' }, { aud: undefined }, { iss: 'other' }, { iss: undefined }]) {
      const other = await issued({ ...claims, ...others })
      const answer = await app.inject({ url: '/for/viewer', headers: { authorization: `Bearer ${other}` } })
      t.equal(answer.statusCode, 401, `${JSON.stringify(others)} is for another service`)
    }
    const confused = await sign({ ...claims, role: 'admin' }, JSON.stringify(jwk))
    t.equal(
      (await app.inject({ url: '/for/viewer', headers: { authorization: `Bearer ${confused}` } })).statusCode,
      401
    )
  }
)

t.test("unavailable keys of an issuer are not the token's fault", async (t) => {
  const app = await build(t, { ...keys, KOPS_JWT_JWKS_URL: 'http://127.0.0.1:1/jwks' })
  const { privateKey } = await generateKeyPair('ES256')
  const jwt = await new SignJWT({ sub: 'b', role: 'viewer' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setExpirationTime('1m')
    .sign(privateKey)
  t.match((await app.inject({ url: '/for/viewer', headers: { authorization: `Bearer ${jwt}` } })).json(), {
    status: 503,
    code: 'identity_unavailable'
  })
})
