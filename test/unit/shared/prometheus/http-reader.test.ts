import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createPrometheusReader } from '#shared/prometheus/http-reader.ts'

const query = { query: 'up{a="b"}', from: new Date(1000_000), to: new Date(1060_000), stepSeconds: 15 }

async function build(t: Test, answer: RequestListener, { credentials = '', path = '' } = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const reader = createPrometheusReader(`http://${credentials}127.0.0.1:${address.port}${path}`)
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

t.test('an invalid address is refused at once, without revealing it', async (t) => {
  for (const url of ['nonsense', 'file:///etc/passwd', 'me:secret@host']) {
    t.throws(() => createPrometheusReader(url), /^KOPS_PROMETHEUS_URL is not an http or https URL$/)
  }
})
