import { randomBytes } from 'node:crypto'
import { METHODS } from 'node:http'
import fc from 'fast-check'
import t from 'tap'
import { Compile } from 'typebox/compile'
import { ProblemSchema } from '#shared/contracts/common.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { operationsOf } from './documents.ts'
import { requestsOf } from './hostile-requests.ts'
import { buildNowhere, serviceNames } from './services-without-cluster.ts'

/** The same inputs each time, so that a failure is of the change at hand; another seed looks elsewhere. */
const seed = Number(process.env['KOPS_TEST_SEED'] ?? 1)
const problems = Compile(ProblemSchema)

const secret = randomBytes(32).toString('base64url')
const authorization = `Bearer ${secret}`
const json = { 'content-type': 'application/json' }

/** Codes that may occur without a cluster; `internal` never may. */
const unavailable = new Set([
  'cluster_unreachable',
  'broker_unreachable',
  'zookeeper_unreachable',
  'agent_unreachable',
  'coordinator_unavailable',
  'kafka_timeout'
])

interface Request {
  method: string
  url: string
  headers?: Record<string, string>
  body?: string | Buffer
}

const malformed = { status: 400, code: 'malformed_json' }
const badBodies: {
  what: string
  request: Pick<Request, 'headers' | 'body'>
  code: { status: number; code: string }
}[] = [
  ...['{"name": ', '{name: 1}', '[1,]', "{'a':1}", 'NaN', '\u0000', '{"a":1}{"b":2}', '{"__proto__":{"a":1}}'].map(
    (body) => ({ what: `broken JSON ${body}`, request: { headers: json, body }, code: malformed })
  ),
  {
    what: 'bytes that are no UTF-8 and no JSON',
    request: { headers: json, body: Buffer.from([0xff, 0xfe, 0x00]) },
    code: malformed
  },
  ...['application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data', 'nonsense', 'text/html'].map(
    (type) => ({
      what: `a body of ${type}`,
      request: { headers: { 'content-type': type }, body: 'a=b' },
      code: { status: 415, code: 'unsupported_media_type' }
    })
  ),
  {
    what: 'a body past every limit',
    request: { headers: json, body: JSON.stringify({ name: 'y'.repeat(17_000_000) }) },
    code: { status: 413, code: 'payload_too_large' }
  },
  {
    what: 'lists in lists, a hundred thousand deep',
    request: { headers: json, body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
    code: { status: 400, code: 'validation_failed' }
  },
  {
    what: 'objects in objects, ten thousand deep',
    request: { headers: json, body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}` },
    code: { status: 400, code: 'validation_failed' }
  }
]

/**
 * Sends each operation of the three services whatever may break it.
 * @param numRuns generated requests for each operation
 * @param oneMethodIn each path gets one of so many of the methods that Node knows, other paths others
 */
export function testHostileInput({ numRuns, oneMethodIn }: { numRuns: number; oneMethodIn: number }): void {
  for (const name of serviceNames) {
    t.test(`${name} and hostile input`, async (t) => {
      const app = await buildNowhere(t, name, {
        KOPS_TOKENS: `tester:admin:sha256:${hashToken(secret).toString('hex')}`,
        KOPS_RATE_LIMIT_PER_MINUTE: '0',
        // An open stream does not end: with none allowed, even valid requests are refused.
        KOPS_HEALTH_STREAMS_MAX: '0'
      })
      const document: unknown = JSON.parse(JSON.stringify(app.swagger()))

      /** Sends it, checks the guarantees for every answer, and returns its status and code. */
      const ask = async ({ headers, ...request }: Request): Promise<{ status: number; code: string | undefined }> => {
        // light-my-request types fewer methods than Node parses.
        const method = request.method as 'GET' | 'HEAD'
        const response = await app.inject({ ...request, method, headers: { authorization, ...headers } })
        const refuse = (why: string): never => {
          throw new Error(`${why}: ${request.method} ${request.url} ${response.statusCode} ${response.body}`)
        }
        if (response.body.includes(secret)) refuse('the token is repeated')
        if (response.statusCode < 400) return { status: response.statusCode, code: undefined }
        if (response.headers['content-type'] !== 'application/problem+json') refuse('not a problem')
        if (method === 'HEAD') return { status: response.statusCode, code: undefined }
        const problem: unknown = response.json()
        if (!problems.Check(problem)) return refuse('not a problem as it is described')
        const { status, code, requestId, errors } = problem
        if (status !== response.statusCode) refuse('another status')
        if (requestId !== response.headers['x-request-id']) refuse('another request id')
        if (status >= 500 && !unavailable.has(code)) refuse('broken by input')
        if (status === 400 && (!errors?.length || errors.some(({ field }) => field === ''))) refuse('no field')
        if (/^\s+at |node_modules|\.ts:\d/m.test(response.body)) refuse('a stack trace')
        return { status, code }
      }

      for (const { method, path, operation } of operationsOf(app)) {
        await t.test(`${method} ${path} never breaks, and a refusal names its field`, async (t) => {
          await fc.assert(
            fc.asyncProperty(requestsOf(operation, path, document), async (request) => {
              await ask({ method, ...request })
            }),
            { numRuns, seed, endOnFailure: true }
          )

          const url = path.replace(/\{\w+\}/g, 'x1')
          for (const parameter of operation.parameters ?? []) {
            if (parameter.in !== 'query') continue
            const twice = await ask({ method, url: `${url}?${parameter.name}=1&${parameter.name}=2` })
            t.ok(twice.status >= 400, `${parameter.name} twice is refused`)
          }
          if (!operation.requestBody) return
          for (const { what, request, code } of badBodies) {
            t.same(await ask({ method, url, ...request }), code, what)
          }
        })
      }

      await t.test(`unknown paths are refused as problems`, async (t) => {
        for (const url of [
          '/%zz',
          '/%00',
          '/%ED%A0%80',
          '/api/%2e%2e/x',
          `/${'a/'.repeat(2000)}`,
          '/api//topics',
          '/\u202e'
        ]) {
          for (const method of METHODS) {
            const { status } = await ask({ method, url })
            t.ok(status === 404 || status === 400, `${method} ${url.slice(0, 20)} ${status}`)
          }
        }
      })

      await t.test('every method that Node knows is answered: by a route, or as a problem', async (t) => {
        const operations = operationsOf(app)
        const used = new Set<string>(['GET', 'HEAD', ...operations.map(({ method }) => method)])
        const paths = new Set([...operations.map(({ path }) => path), '/livez', '/readyz', '/metrics', '/nowhere'])
        for (const [nth, path] of [...paths].entries()) {
          const url = path.replace(/\{\w+\}/g, 'x1')
          for (const method of METHODS.filter((_, index) => (index + nth) % oneMethodIn === 0)) {
            for (const request of [
              {},
              { headers: json, body: '{}' },
              { headers: { 'content-type': 'a/b' }, body: '{' }
            ]) {
              const answer = await ask({ method, url, ...request })
              if (!used.has(method)) t.same(answer, { status: 404, code: 'not_found' }, `${method} ${path}`)
            }
          }
        }
      })
    })
  }
}
