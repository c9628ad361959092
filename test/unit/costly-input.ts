import t from 'tap'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { App } from '#shared/http/create-app.ts'
import { type CostlyBodies, costlyBodies } from './costly-requests.ts'
import { buildNowhere, serviceNames } from './services-without-cluster.ts'

export const mebibyte = 1_048_576
const longestAnswer = 65_536
const longestLine = 16_384
const longestEvent = 65_536
/** What an event holds of the request. */
const longestRecorded = 32_768

/** The lines that a service logs from now on; nothing is written. */
function linesOf(app: App): string[] {
  const lines: string[] = []
  // The logger writes to a file descriptor, which nothing in this process sees.
  const symbol = Object.getOwnPropertySymbols(app.log).find(({ description }) => description === 'pino.stream')
  if (symbol === undefined) throw new Error('pino keeps its stream elsewhere')
  const stream = (app.log as unknown as Record<symbol, { write: (line: string) => void }>)[symbol]
  if (stream === undefined) throw new Error('there is no stream')
  stream.write = (line) => void lines.push(line)
  return lines
}

/** In ms of this process, whatever else the machine does. */
async function cpuOf(act: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/**
 * Sends each endpoint of the three services the costliest requests that its schemas allow.
 * @param bodies nearly as much as a body may have is a mebibyte less 10,000
 * @param cpuMs what a request may take besides parsing its body: generous, because other tests may run at the same time
 */
export function testCostlyInput({ cpuMs, ...bodies }: CostlyBodies & { cpuMs: number }): void {
  for (const name of serviceNames) {
    t.test(`${name} and requests made to be costly`, async (t) => {
      const events: AuditEvent[] = []
      const app = await buildNowhere(
        t,
        name,
        { KOPS_LOG_LEVEL: 'info', KOPS_RATE_LIMIT_PER_MINUTE: '0', KOPS_HEALTH_STREAMS_MAX: '0' },
        { auditTrail: { record: async (event) => void events.push(event) } }
      )
      const lines = linesOf(app)

      /** Sends it, and returns what exceeds a bound. */
      async function send(request: { method: Endpoint['method']; url: string; body?: string }): Promise<string[]> {
        lines.length = 0
        events.length = 0
        const { body } = request
        let answer = { statusCode: 0, body: '' }
        const headers = body === undefined ? {} : { 'content-type': 'application/json' }
        const took = await cpuOf(async () => {
          answer = await app.inject({ ...request, headers })
        })
        const found: string[] = []
        if (took > cpuMs) {
          const parsing = body === undefined ? 0 : await cpuOf(() => JSON.parse(body))
          if (took > cpuMs + 3 * parsing) found.push(`${Math.round(took)} ms, ${Math.round(parsing)} ms to parse it`)
        }
        if (answer.statusCode === 500) found.push(`500 ${answer.body.slice(0, 200)}`)
        if (answer.body.length > longestAnswer) found.push(`an answer of ${answer.body.length} bytes`)
        const line = Math.max(0, ...lines.map((text) => Buffer.byteLength(text)))
        if (line > longestLine) found.push(`a log line of ${line} bytes`)
        const event = Math.max(0, ...events.map((audited) => JSON.stringify(audited).length))
        // It has the request, cut, and what it changes.
        if (event > longestRecorded + Math.max(longestEvent, 2 * (body?.length ?? 0)))
          found.push(`an audit event of ${event} bytes`)
        return found
      }

      const own = Object.entries<Endpoint>(endpoints).filter(([, { service }]) => service === name)
      for (const [endpointName, endpoint] of own) {
        await t.test(`${endpointName} answers each of them soon, and in few words`, async (t) => {
          const { method, path, body } = endpoint
          const url = path.replace(/\{\w+\}/g, 'x1')
          const exceeded: string[] = []
          const check = async (what: string, request: Parameters<typeof send>[0]) => {
            // The first of its kind also loads code: what is costly is so again.
            const found = (await send(request)).length === 0 ? [] : await send(request)
            exceeded.push(...found.map((each) => `${what}: ${each}`))
          }
          // As long as Node accepts.
          const keys = Array.from({ length: 2000 }, (_, index) => `k${index}=`)
          await check('many parameters', { method, url: `${url}?${keys.join('&')}` })
          await check('a long parameter', { method, url: `${url}?${'k'.repeat(15_000)}=1` })
          await check('escaped characters', { method, url: `${url}?${'%22'.repeat(5000)}=1` })
          await check('a long path', { method, url: path.replace(/\{\w+\}/g, '"'.repeat(15_000)) })
          if (body !== undefined) {
            for (const { what, body } of costlyBodies(endpoint, bodies)) {
              await check(what, { method, url: method === 'DELETE' ? url : `${url}?dryRun=true`, body })
              if (exceeded.length > 20) break
            }
          }
          if (endpoint === endpoints.produceMessages) {
            const records = Array(5 * bodies.bytes)
              .fill('{}')
              .join(',')
            await check('sixteen times as many empty records', { method, url, body: `{"records":[${records}]}` })
          }
          t.same(exceeded, [])
        })
      }
    })
  }
}
