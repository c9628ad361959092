import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createPrometheusReader } from '#shared/prometheus/http-reader.ts'

const query = { query: 'up{a="b"}', from: new Date(1000_000), to: new Date(1060_000), stepSeconds: 15 }

async function build(t: Test, answer: RequestListener, { credentials = '', path = '', passwordFile = '' } = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const reader = createPrometheusReader(`http://${credentials}127.0.0.1:${address.port}${path}`, passwordFile)
  t.teardown(async () => {
    await reader.close()
    server.closeAllConnections()
    server.close()
  })
  return reader
}

t.test('a range is queried in Prometheus’ format, and its answer returned as numbers', async (t) => {
  const seen: { url: string | undefined; body: string; authorization: string | undefined }[] = []
  const reader = await build(
    t,
    async (request, response) => {
      seen.push({ url: request.url, body: await text(request), authorization: request.headers.authorization })
      response.end(
        JSON.stringify({
          status: 'success',
          warnings: ['slow'],
          data: {
            resultType: 'matrix',
            result: [
              {
                metric: { broker: 'kafka-1' },
                values: [
                  [1000, '1'],
                  [1015.5, 'NaN'],
                  [1030, '+Inf'],
                  [1045, '-Inf']
                ]
              }
            ]
          }
        })
      )
    },
    { credentials: 'me:p%40ss@', path: '/prom/' }
  )
  t.same(await reader.range(query, { deadlineMs: 20_000 }), {
    warnings: ['slow'],
    series: [
      {
        labels: { broker: 'kafka-1' },
        points: [
          [1000, 1],
          [1015.5, Number.NaN],
          [1030, Number.POSITIVE_INFINITY],
          [1045, Number.NEGATIVE_INFINITY]
        ]
      }
    ]
  })
  t.match(seen, [{ url: '/prom/api/v1/query_range', authorization: `Basic ${btoa('me:p@ss')}` }])
  t.same(Object.fromEntries(new URLSearchParams(seen[0]?.body)), {
    query: 'up{a="b"}',
    start: '1000',
    end: '1060',
    step: '15',
    timeout: '20000ms'
  })
})

const refusals: [what: string, answer: RequestListener, message: RegExp, deadlineMs: number][] = [
  [
    'a query that it refuses',
    (_, response) =>
      response
        .writeHead(422)
        .end(JSON.stringify({ status: 'error', errorType: 'execution', error: 'too many samples' })),
    /execution: too many samples/,
    20_000
  ],
  ['another server', (_, response) => response.writeHead(404).end('<html>'), /answered 404/, 20_000],
  ['a page', (_, response) => response.end('<html>'), /not a matrix/, 20_000],
  ['silence', () => {}, /no answer within 100 ms/, 100]
]
for (const [what, answer, message, deadlineMs] of refusals) {
  t.test(`${what} is a Prometheus that cannot be queried`, async (t) => {
    const reader = await build(t, answer, { credentials: 'me:secret@' })
    const error = await reader.range(query, { deadlineMs }).catch((error: unknown) => error)
    t.match(error, { code: 'prometheus_unreachable', status: 503, message })
    t.notMatch(String(error), /secret/)
  })
}

t.test('a refused connection is a Prometheus that cannot be queried', async (t) => {
  const reader = createPrometheusReader('http://127.0.0.1:1')
  t.teardown(() => reader.close())
  await t.rejects(reader.range(query, { deadlineMs: 20_000 }), {
    code: 'prometheus_unreachable',
    message: /ECONNREFUSED/
  })
})

t.test('a password in a file is read for each request, and can be replaced', async (t) => {
  const seen: (string | undefined)[] = []
  const passwordFile = join(t.testdir({ password: 'first\n' }), 'password')
  const reader = await build(
    t,
    ({ headers }, response) => {
      seen.push(headers.authorization)
      response.writeHead(503).end()
    },
    { credentials: 'kops@', passwordFile }
  )
  const ask = () => reader.range(query, { deadlineMs: 20_000 })
  await t.rejects(ask(), { message: /answered 503/ })
  await writeFile(passwordFile, 'second\n')
  await t.rejects(ask(), { message: /answered 503/ })
  t.same(seen, [`Basic ${btoa('kops:first')}`, `Basic ${btoa('kops:second')}`])
  await rm(passwordFile)
  await t.rejects(ask(), {
    code: 'prometheus_unreachable',
    message: /KOPS_PROMETHEUS_PASSWORD_FILE: .* cannot be read/
  })
})

t.test('a password file that cannot be used is refused at once', async (t) => {
  const dir = t.testdir({ password: 'secret', empty: '\n' })
  const cases: [url: string, file: string, message: RegExp][] = [
    ['http://kops@host', 'none', /^KOPS_PROMETHEUS_PASSWORD_FILE: .* cannot be read/],
    ['http://kops@host', 'empty', /^KOPS_PROMETHEUS_PASSWORD_FILE: .* is empty$/],
    [
      'http://host',
      'password',
      /^KOPS_PROMETHEUS_PASSWORD_FILE needs a user, and no password, in KOPS_PROMETHEUS_URL$/
    ],
    ['http://me:other@host', 'password', /^KOPS_PROMETHEUS_PASSWORD_FILE needs a user, and no password/]
  ]
  for (const [url, file, message] of cases)
    t.throws(() => createPrometheusReader(url, join(dir, file)), { message }, url)
})

t.test('an invalid address is refused at once, without revealing it', async (t) => {
  for (const url of ['nonsense', 'file:///etc/passwd', 'me:secret@host']) {
    t.throws(() => createPrometheusReader(url), /^KOPS_PROMETHEUS_URL is not an http or https URL$/)
  }
})
