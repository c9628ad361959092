import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { createSessions } from '#shared/http/session/sessions.ts'
import { plainConfig } from '../plain-config.ts'

const token = randomBytes(32).toString('base64url')
const configured = { KOPS_TOKENS: `alice:operator:sha256:${hashToken(token).toString('hex')}` }
const hour = 3_600_000

async function build(t: Test, config: Parameters<typeof plainConfig>[0] = configured) {
  let at = new Date('2026-01-31T12:00:00Z')
  const sessions = createSessions({ now: () => at, lifetimeMs: 12 * hour })
  const app = await createApp({
    ...{ title: 'test', description: 'test', config: plainConfig(config) },
    session: { sessions, cookieName: 'kops-session-8081' }
  })
  t.teardown(() => app.close())
  for (const role of ['public', 'viewer', 'admin'] as const) {
    for (const method of ['GET', 'POST'] as const) {
      app.route({
        ...{ method, url: `/${role}`, schema: { 'x-role': role } },
        handler: async ({ principal, headers }) => ({ name: principal?.name ?? null, cookie: headers.cookie ?? null })
      })
    }
  }
  return { app, wait: (ms: number) => (at = new Date(at.getTime() + ms)) }
}

const host = 'localhost:8081'
const ownPage = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }

async function logIn(app: App) {
  const response = await app.inject({
    ...{ method: 'POST', url: '/session' },
    headers: { ...ownPage, authorization: `Bearer ${token}` }
  })
  const [cookie] = response.cookies
  return { response, cookie, headers: { ...ownPage, cookie: `${cookie?.name}=${cookie?.value}` } }
}

t.test(
  'a token opens a session whose cookie is opaque, for this site alone, and out of reach of scripts',
  async (t) => {
    const { app } = await build(t)
    const { response, cookie } = await logIn(app)
    t.equal(response.statusCode, 204)
    t.match(cookie, { name: 'kops-session-8081', httpOnly: true, sameSite: 'Strict', path: '/' })
    t.equal(cookie?.secure, undefined)
    t.match(cookie?.value, /^[\w-]{43}$/)
    t.notMatch(JSON.stringify(response.headers), token)
  }
)

t.test('over TLS, also where a proxy ends it, the cookie is for TLS only', async (t) => {
  const { app } = await build(t, { ...configured, KOPS_BEHIND_TLS_PROXY: true })
  const response = await app.inject({
    ...{ method: 'POST', url: '/session' },
    headers: { ...ownPage, origin: `https://${host}`, authorization: `Bearer ${token}` }
  })
  t.equal(response.cookies[0]?.secure, true, response.body)
})

t.test('a session calls as the token does, and no further', async (t) => {
  const { app } = await build(t)
  const { headers } = await logIn(app)
  t.match((await app.inject({ url: '/viewer', headers })).json(), { name: 'alice', cookie: null })
  t.equal((await app.inject({ url: '/admin', headers })).statusCode, 403)
})

const foreign: [what: string, method: 'GET' | 'POST', changed: Record<string, string | undefined>][] = [
  ['a page on another port of this host', 'GET', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
  ['a page of another port without Origin', 'GET', { origin: undefined, 'sec-fetch-site': 'same-site' }],
  ['a page of another site', 'POST', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['an address that was typed', 'GET', { origin: undefined, 'sec-fetch-site': 'none' }],
  [
    'a link from another port',
    'GET',
    { origin: undefined, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  ],
  ['a client that marks nothing', 'GET', { origin: undefined, 'sec-fetch-site': undefined }],
  ['a change without its origin', 'POST', { origin: undefined }],
  ['a change of another origin that is marked as this one', 'POST', { origin: 'http://localhost:8080' }]
]
for (const [what, method, changed] of foreign) {
  t.test(`the cookie is refused from ${what}`, async (t) => {
    const { app } = await build(t)
    const { headers } = await logIn(app)
    const sent = Object.fromEntries(
      Object.entries({ ...headers, ...changed }).filter(([, value]) => value !== undefined)
    )
    const response = await app.inject({ method, url: '/viewer', headers: sent })
    t.equal(response.statusCode, 403, response.body)
    t.equal(response.json().code, 'origin_refused')
  })
}

t.test('a reading of the own page, which has no Origin, is accepted', async (t) => {
  const { app } = await build(t)
  const { headers } = await logIn(app)
  const { origin: _, ...sent } = headers
  t.equal((await app.inject({ url: '/viewer', headers: sent })).statusCode, 200)
})

t.test('what is public knows no session, and nothing behind the check gets a cookie', async (t) => {
  const { app } = await build(t)
  const { headers } = await logIn(app)
  const { origin: _, ...typed } = headers
  t.same((await app.inject({ url: '/public', headers: { ...typed, 'sec-fetch-site': 'none' } })).json(), {
    name: null,
    cookie: null
  })
})

t.test('a token in the request goes before a cookie', async (t) => {
  const { app } = await build(t)
  const { headers } = await logIn(app)
  const response = await app.inject({ url: '/viewer', headers: { ...headers, authorization: 'Bearer wrong' } })
  t.equal(response.statusCode, 401)
})

t.test('a session ends with log-out, with its time, and with its token', async (t) => {
  const { app, wait } = await build(t)
  const first = await logIn(app)
  const out = await app.inject({ method: 'DELETE', url: '/session', headers: first.headers })
  t.equal(out.statusCode, 204)
  t.match(out.cookies[0], { name: 'kops-session-8081', value: '' })
  t.equal((await app.inject({ url: '/viewer', headers: first.headers })).statusCode, 401)

  const second = await logIn(app)
  wait(12 * hour - 1)
  t.equal((await app.inject({ url: '/viewer', headers: second.headers })).statusCode, 200)
  wait(1)
  t.equal((await app.inject({ url: '/viewer', headers: second.headers })).statusCode, 401)
})

t.test('a stream ends with the log-out of its session', async (t) => {
  const { app } = await build(t)
  app.get('/stream', { schema: { 'x-role': 'viewer' } }, (_request, reply) => {
    openEventStream(reply).send('begun', {})
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const own = { origin: url, 'sec-fetch-site': 'same-origin' }
  const login = await fetch(`${url}/session`, { method: 'POST', headers: { ...own, authorization: `Bearer ${token}` } })
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const stream = (await fetch(`${url}/stream`, { headers: { ...own, cookie } })).body?.getReader()
  t.match(Buffer.from((await stream?.read())?.value ?? []).toString(), /^event: begun/)
  let isOpen = true
  const ended = stream?.read().then(
    () => {
      isOpen = false
    },
    () => {
      isOpen = false
    }
  )
  t.equal((await fetch(`${url}/viewer`, { headers: { ...own, cookie } })).status, 200)
  t.equal(isOpen, true)
  t.equal((await fetch(`${url}/session`, { method: 'DELETE', headers: { ...own, cookie } })).status, 204)
  await ended
  t.equal(isOpen, false)
})

t.test('a session outlives no token: one that has expired opens nothing any more', async (t) => {
  const expires = new Date(Date.now() + 300).toISOString()
  const { app } = await build(t, { KOPS_TOKENS: `${configured.KOPS_TOKENS};expires=${expires}` })
  const { headers } = await logIn(app)
  t.equal((await app.inject({ url: '/viewer', headers })).statusCode, 200)
  let status = 200
  while (status === 200) status = (await app.inject({ url: '/viewer', headers })).statusCode
  t.equal(status, 401)
})

t.test('who logs in again has one session: the one before is closed', async (t) => {
  const { app } = await build(t)
  const first = await logIn(app)
  await app.inject({ method: 'POST', url: '/session', headers: { ...first.headers, authorization: `Bearer ${token}` } })
  t.equal((await app.inject({ url: '/viewer', headers: first.headers })).statusCode, 401)
})

t.test('a wrong token opens nothing, and another page can neither open nor end a session', async (t) => {
  const { app } = await build(t)
  const wrong = await app.inject({
    method: 'POST',
    url: '/session',
    headers: { ...ownPage, authorization: 'Bearer x' }
  })
  t.same([wrong.statusCode, wrong.cookies], [401, []])
  const { headers } = await logIn(app)
  for (const method of ['POST', 'DELETE'] as const) {
    const sent = { host, 'sec-fetch-site': 'same-site', cookie: headers.cookie, authorization: `Bearer ${token}` }
    t.equal((await app.inject({ method, url: '/session', headers: sent })).statusCode, 403, method)
  }
  t.equal((await app.inject({ url: '/viewer', headers })).statusCode, 200)
})

t.test('where callers need no token there is no session', async (t) => {
  const { app } = await build(t, {})
  const response = await app.inject({ method: 'POST', url: '/session', headers: ownPage })
  t.same([response.statusCode, response.cookies], [204, []])
})

t.test('sessions are limited in number: the oldest makes room', async (t) => {
  const sessions = createSessions({ now: () => new Date(0), lifetimeMs: hour, most: 2 })
  const ids = ['a', 'b', 'c'].map((each) => sessions.open(each).id)
  t.same(
    ids.map((id) => sessions.find(id)?.token),
    [undefined, 'b', 'c']
  )
})
