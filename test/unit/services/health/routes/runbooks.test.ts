import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { renderRunbook } from '#services/health/domain/runbooks.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { absoluteRunbook, runbookUrl } from '#shared/runbooks/runbook-url.ts'
import { buildNowhere } from '../../../services-without-cluster.ts'

const folder = join(import.meta.dirname, '../../../../../docs/runbooks')
const tokens = `viewer:viewer:sha256:${hashToken('secret').toString('hex')}`

/** Tokens are configured: people who follow a link get the pages without one. */
const build = (t: Test) => buildNowhere(t, 'health', { KOPS_TOKENS: tokens })

t.test('every runbook is a page, and each link in it leads to a page', async (t) => {
  const app = await build(t)
  const names = (await readdir(folder)).map((file) => file.replace(/\.md$/, ''))
  const targets = new Set<string>()
  for (const name of names) {
    const path = name === 'README' ? '/runbooks' : `/runbooks/${name}`
    const { statusCode, headers, body } = await app.inject(path)
    t.equal(statusCode, 200, path)
    t.match(headers['content-type'], /^text\/html/)
    t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/)
    t.match(body, /<h1>\w+<\/h1>/)
    t.notMatch(body, /<script|<img|src=/)
    for (const [, target = ''] of body.matchAll(/href="(\/[^"#]*)/g)) targets.add(target)
  }
  t.ok(targets.size > 25, `${targets.size} links`)
  for (const target of targets) t.equal((await app.inject(target)).statusCode, 200, target)
})

t.test('an unknown runbook is not found, and no other file is read', async (t) => {
  const app = await build(t)
  for (const name of ['kafka-nothing', '..%2fdesign', '..%2F..%2Fpackage.json', 'README', 'a%00b', '%2e%2e']) {
    const { statusCode, body } = await app.inject(`/runbooks/${name}`)
    t.match(String(statusCode), /^(400|404)$/, name)
    t.notMatch(body, /dependencies|<h1>/)
  }
})

t.test('Markdown becomes text and links, never code of the page', async (t) => {
  const { title, html } = renderRunbook(
    '# A & <b>\n\n<script>alert(1)</script>\n\n![x](http://elsewhere/x.png) [away](javascript:alert(1)) [other](../design.md) [next](kafka-x.md#y)\n'
  )
  t.equal(title, 'A & <b>')
  t.match(html, '<title>A &amp; &lt;b&gt;</title>')
  t.notMatch(html, /<script|<img|javascript:|design\.md/)
  t.match(html, '<a href="/runbooks/kafka-x#y">next</a>')
})

t.test('links are absolute', async (t) => {
  const cases: [annotation: string, url: string][] = [
    ['docs/runbooks/kafka-broker-down.md', 'http://kops:8082/runbooks/kafka-broker-down'],
    ['https://wiki/kafka', 'https://wiki/kafka'],
    ['docs/runbooks/../x.md', 'docs/runbooks/../x.md']
  ]
  for (const [annotation, url] of cases) t.equal(absoluteRunbook('http://kops:8082/', annotation), url)
  t.equal(runbookUrl('https://kops/health', 'kafka-probe-down'), 'https://kops/health/runbooks/kafka-probe-down')
})
