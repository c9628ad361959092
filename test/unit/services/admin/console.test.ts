import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { consolePages } from '#shared/console-pages.ts'
import { buildNowhere } from '../../services-without-cluster.ts'

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';" +
  "base-uri 'none';form-action 'self';frame-ancestors 'none'"
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

async function build(t: Test, built = true) {
  // Making the service's own folder removes what is in the test's.
  const folder = join(t.testdir(), 'console')
  const app = await buildNowhere(t, 'admin', { KOPS_CONSOLE_DIR: folder })
  if (built) {
    await mkdir(join(folder, 'assets'), { recursive: true })
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>kops</title>')
    await writeFile(join(folder, 'assets/licenses.txt'), 'MIT')
    await writeFile(join(folder, 'assets/main-0123ABCD.js'), 'plain()')
    await writeFile(join(folder, 'assets/main-0123ABCD.js.br'), brotliCompressSync('plain()'))
  }
  return app
}

t.test('browsers get the console at each of its addresses, with its headers', async (t) => {
  const app = await build(t)
  const urls = [...consolePages.map((name) => `/${name}`), '/topics/orders/messages?p=1', '/groups/a%2Fb']
  for (const url of urls) {
    const { statusCode, headers, body } = await app.inject({ url, headers: browser })
    t.equal(statusCode, 200, url)
    t.match(body, /<title>kops/)
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      vary: /accept/,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': /camera=\(\)/
    })
  }
})

t.test('programs get the API, and no page', async (t) => {
  const app = await build(t)
  for (const accept of ['application/json', '*/*', undefined]) {
    const response = await app.inject({ url: '/topics', headers: accept ? { accept } : {} })
    t.match(response.headers['content-type'], /json/, String(accept))
    t.equal(response.statusCode, 404, String(accept))
  }
  t.match((await app.inject({ url: '/api/topics', headers: browser })).headers['content-type'], /json/)
  t.equal((await app.inject({ url: '/nonsense', headers: browser })).statusCode, 404)
})

t.test('its files are compressed before, and kept by browsers for ever; nothing else is served', async (t) => {
  const app = await build(t)
  const url = '/assets/main-0123ABCD.js'
  const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
  t.match(headers, {
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': /javascript/,
    'content-security-policy': policy
  })
  t.same(rawPayload, brotliCompressSync('plain()'))
  t.equal((await app.inject(url)).body, 'plain()')
  t.match((await app.inject('/assets/licenses.txt')).headers, { 'cache-control': 'public, max-age=0' })
  for (const other of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/none.js', '/assets/']) {
    t.equal((await app.inject(other)).statusCode, 404, other)
  }
})

t.test('without a build, browsers get a page that says how to make one, and the API works', async (t) => {
  const app = await build(t, false)
  const { statusCode, body, headers } = await app.inject({ url: '/', headers: browser })
  t.equal(statusCode, 503)
  t.match(body, /npm run console:build/)
  t.equal(headers['content-security-policy'], policy)
  t.equal((await app.inject('/livez')).statusCode, 200)
})

t.test('pages are public where callers need a token: they hold nothing of the cluster', async (t) => {
  const app = await buildNowhere(t, 'admin', {
    KOPS_TOKENS: `alice:viewer:sha256:${'0'.repeat(64)}`,
    KOPS_CONSOLE_DIR: join(t.testdir(), 'none')
  })
  t.equal((await app.inject({ url: '/', headers: browser })).statusCode, 503)
  t.equal((await app.inject('/api/caller')).statusCode, 401)
})
