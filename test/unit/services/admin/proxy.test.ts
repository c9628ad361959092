import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { buildNowhere } from '../../services-without-cluster.ts'

const token = randomBytes(32).toString('base64url')
const KOPS_TOKENS = `alice:operator:sha256:${hashToken(token).toString('hex')}`

interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

/** Something that listens in the place of health-service. */
async function upstream(t: Test, answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    received.push({ method, url, headers, body: await text(request) })
    answer(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server }
}

const json = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'of-the-other' })
  response.end('{"ok":true}')
}

t.test('endpoints of the other services are offered here, with the token and without cookie and page', async (t) => {
  const { url, received } = await upstream(t, json)
  const app = await buildNowhere(t, 'admin', { KOPS_TOKENS, KOPS_LOADTEST_URL: url })
  const own = { host: 'localhost:8081', origin: 'http://localhost:8081', 'sec-fetch-site': 'same-origin' }
  const login = await app.inject({
    method: 'POST',
    url: '/session',
    headers: { ...own, authorization: `Bearer ${token}` }
  })
  const cookie = login.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const response = await app.inject({
    ...{ method: 'POST', url: '/api/loadtest/runs?wait=false' },
    headers: {
      ...own,
      cookie: `${cookie}; other=1`,
      referer: 'http://localhost:8081/load',
      'content-type': 'application/json'
    },
    body: '{"a":  1}'
  })
  t.equal(response.statusCode, 200, response.body)
  t.same(response.json(), { ok: true })
  t.equal(response.headers['x-request-id'], 'of-the-other')
  t.match(received, [{ method: 'POST', url: '/api/loadtest/runs?wait=false', body: '{"a":  1}' }])
  const { authorization, cookie: sent, origin, referer, 'sec-fetch-site': site } = received[0]?.headers ?? {}
  t.same([authorization, sent, origin, referer, site], [`Bearer ${token}`, undefined, undefined, undefined, undefined])
})

t.test('callers who may not are refused here; only the endpoints and pages of the service are passed on', async (t) => {
  const { url, received } = await upstream(t, json)
  const app = await buildNowhere(t, 'admin', { KOPS_TOKENS, KOPS_HEALTH_URL: url })
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await app.inject('/api/health')).statusCode, 401)
  for (const path of ['/metrics/x', '/api/health/nonsense', '/api/health/%2e%2e/x', '/livez/x', '/api/loadtest/runs']) {
    t.equal((await app.inject({ url: path, headers })).statusCode, 404, path)
  }
  t.equal(received.length, 0)
  t.equal((await app.inject({ url: '/api/health/groups/a%2Fb%20c?x=%20', headers })).statusCode, 200)
  t.equal((await app.inject('/runbooks/kafka-brokers-unhealthy')).statusCode, 200)
  t.same(
    received.map((each) => each.url),
    ['/api/health/groups/a%2Fb%20c?x=%20', '/runbooks/kafka-brokers-unhealthy']
  )
})

t.test('callers who need no token here call there with that of admin-service, and nobody else does', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kops-proxy-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'token')
  writeFileSync(file, 'of-the-service\n')
  const { url, received } = await upstream(t, json)
  const env = { KOPS_HEALTH_URL: url, KOPS_UPSTREAM_TOKEN_FILE: file }
  await (await buildNowhere(t, 'admin', env)).inject('/api/health')
  const headers = { authorization: `Bearer ${token}` }
  await (await buildNowhere(t, 'admin', { ...env, KOPS_TOKENS })).inject({ url: '/api/health', headers })
  t.same(
    received.map((each) => each.headers.authorization),
    ['Bearer of-the-service', `Bearer ${token}`]
  )
  await t.rejects(buildNowhere(t, 'admin', { KOPS_UPSTREAM_TOKEN_FILE: '/nonexistent' }), /KOPS_UPSTREAM_TOKEN_FILE/)
})

t.test('a refusal of the service is passed on once, as it is', async (t) => {
  const { url, received } = await upstream(t, (response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' })
    response.end('{"code":"prometheus_unreachable"}')
  })
  const app = await buildNowhere(t, 'admin', { KOPS_HEALTH_URL: url })
  const response = await app.inject('/api/health/history?metric=score')
  t.match(
    [response.statusCode, response.json(), response.headers['retry-after']],
    [503, { code: 'prometheus_unreachable' }, '1']
  )
  t.equal(received.length, 1)
})

t.test('a service that is down is named, with its last answer, and the rest works', async (t) => {
  const { url, server } = await upstream(t, json)
  const app = await buildNowhere(t, 'admin', { KOPS_HEALTH_URL: url })
  const answeredAfter = new Date().toISOString()
  t.equal((await app.inject('/api/health')).statusCode, 200)
  server.closeAllConnections()
  await promisify(server.close.bind(server))()
  const down = { code: 'service_unreachable', detail: 'health-service does not answer', retriable: true }
  const response = await app.inject('/api/health')
  t.match([response.statusCode, response.json()], [503, down])
  t.ok(response.json().lastAnswerAt >= answeredAfter)
  const never = await buildNowhere(t, 'admin', { KOPS_HEALTH_URL: url })
  t.notOk((await never.inject('/api/health')).json().lastAnswerAt)
  t.equal((await app.inject('/livez')).statusCode, 200)
})

t.test('a stream arrives as it is sent, and ends at its service when the caller leaves', async (t) => {
  const left = Promise.withResolvers<void>()
  const { url } = await upstream(t, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: ping\ndata: {}\n\n')
    response.once('close', () => left.resolve())
  })
  const app = await buildNowhere(t, 'admin', { KOPS_HEALTH_URL: url })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const leaving = new AbortController()
  const response = await fetch(`${address}/api/health/stream`, { signal: leaving.signal })
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  const chunk = await response.body?.getReader().read()
  t.equal(Buffer.from(chunk?.value ?? []).toString(), 'event: ping\ndata: {}\n\n')
  leaving.abort()
  await left.promise
  await app.close()
})

t.test('where no address is configured the other services are where they were', async (t) => {
  const app = await buildNowhere(t, 'admin')
  const response = await app.inject('/api/health')
  t.match([response.statusCode, response.json()], [404, { detail: /health-service has it/ }])
})
