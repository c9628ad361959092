import { SignJWT } from 'jose'
import t from 'tap'
import { createJwtVerifier } from '#shared/http/auth/jwt.ts'
import { createApp } from '#shared/http/create-app.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { plainConfig } from '../plain-config.ts'

const secret = 'a secret of at least thirty-two bytes'
const sign = (claims: Record<string, unknown>) =>
  new SignJWT({ sub: 'alice', role: 'operator', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1m')
    .sign(Buffer.from(secret))
const verify = async (claims: Record<string, unknown>, topicsClaim?: string) =>
  createJwtVerifier({ secret, roleClaim: 'role', topicsClaim })?.(await sign(claims))

const limits: [value: unknown, topics: string[]][] = [
  ['orders-*', ['orders-*']],
  ['orders-*|billing', ['orders-*', 'billing']],
  [
    ['orders-*', 'billing'],
    ['orders-*', 'billing']
  ],
  [
    ['orders-*|billing', 'a?'],
    ['orders-*', 'billing', 'a?']
  ],
  ['*', ['*']]
]
for (const [topics, expected] of limits) {
  t.test(`a JWT with the topics ${JSON.stringify(topics)} is limited to them`, async (t) => {
    t.match(await verify({ topics }, 'topics'), { name: 'alice', topics: expected })
    const named = 'https://example.com/topics'
    t.match(await verify({ [named]: topics }, named), { topics: expected })
  })
}

const malformed = [
  null,
  '',
  [],
  {},
  0,
  false,
  true,
  [''],
  ['orders-*', ''],
  ['orders-*', 1],
  ['orders-*', null],
  [['orders-*']],
  'a b',
  'a,b',
  '|',
  'orders-*|',
  'orders/*',
  'é',
  { topics: ['orders-*'] }
]
for (const topics of malformed) {
  t.test(`a JWT with the topics ${JSON.stringify(topics)} is refused, and never unlimited`, async (t) => {
    await t.rejects(verify({ topics }, 'topics'), { code: 'unauthenticated', status: 401, message: /claim topics/ })
  })
}

t.test('a JWT without the claim, or with one that no setting names, is not limited', async (t) => {
  for (const jwt of [
    await verify({}, 'topics'),
    await verify({ topics: [] }),
    await verify({ topics: 'a' }, 'other')
  ]) {
    t.match(jwt, { name: 'alice' })
    t.notOk(jwt && 'topics' in jwt)
  }
  await t.rejects(verify({}, 'exp'), { code: 'unauthenticated' }, 'a claim that is no text')
})

t.test('a limited JWT is refused what is not for topics, and other topics', async (t) => {
  const config = plainConfig({ KOPS_JWT_SECRET: secret, KOPS_JWT_TOPICS_CLAIM: 'topics' })
  const app = await createApp({ title: 'test', description: 'test', config })
  t.teardown(() => app.close())
  app.get('/everything', { schema: { 'x-role': 'viewer' } }, async () => 'all')
  const ask = async (topics: unknown) =>
    app.inject({ url: '/everything', headers: { authorization: `Bearer ${await sign({ topics })}` } })
  t.match((await ask(['orders-*'])).json(), { status: 403, detail: /alice is limited to the topics orders-\*/ })
  const answer = await ask([])
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], 'Bearer')
  t.equal((await ask(undefined)).statusCode, 200)
})

for (const [given, message] of [
  [{ KOPS_JWT_TOPICS_CLAIM: 'topics' }, /KOPS_JWT_TOPICS_CLAIM limits nobody by itself/],
  [{ KOPS_JWT_TOPICS_CLAIM: ' ', KOPS_JWT_SECRET: secret }, /KOPS_JWT_TOPICS_CLAIM is blank/]
] as const) {
  t.test(`the settings ${JSON.stringify(given)} are refused`, async (t) => {
    const config = plainConfig(given)
    await t.rejects(createApp({ title: 'test', description: 'test', config }), message)
    t.throws(() => assertBindable({ ...config, KOPS_HOST: '127.0.0.1' }), message)
  })
}
