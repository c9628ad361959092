import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run } from '#cli/run.ts'

/** A request that a fake service has received. */
export interface Received {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingMessage['headers']
  body: unknown
}

export interface SentEvent {
  event: string
  data: object
}

/** `events`: a stream of server-sent events in the place of a body, which stays open. */
export type Respond = (request: Received) => { status?: number; body?: unknown; events?: AsyncIterable<SentEvent> }

/** One server in the place of the three services. */
export async function fakeServices(t: Test, respond: Respond) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const sent = await text(request)
    const one: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: sent === '' ? undefined : JSON.parse(sent)
    }
    received.push(one)
    const { status = 200, body, events } = respond(one)
    if (events) {
      response.writeHead(status, { 'content-type': 'text/event-stream' })
      for await (const { event, data } of events) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      return
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, received, options: ['--admin-url', url, '--health-url', url, '--loadtest-url', url] }
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command line in this process to its end, as `kops` does. @param answers of a person at the terminal; none: a script */
export async function kops(args: readonly string[], answers?: readonly string[]): Promise<Ran> {
  const printed: string[] = []
  const said: string[] = []
  const left = [...(answers ?? [])]
  const before = process.exitCode
  process.exitCode = undefined
  try {
    const person = {
      present: answers !== undefined,
      ask: async (question: string) => {
        said.push(question)
        return left.shift()
      }
    }
    await run({ output: { print: (line) => printed.push(line), error: (line) => said.push(line) }, person }, args)
    return { code: Number(process.exitCode ?? 0), stdout: printed.join('\n'), stderr: said.join('\n') }
  } finally {
    process.exitCode = before
  }
}
