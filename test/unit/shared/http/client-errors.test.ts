import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '#shared/contracts/common.ts'
import { createApp } from '#shared/http/create-app.ts'
import { plainConfig } from './plain-config.ts'

const requests: { what: string; request: string; status: number; code: string }[] = [
  {
    what: 'an address that is too long',
    request: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    status: 431,
    code: 'headers_too_large'
  },
  {
    what: 'headers that are too long',
    request: `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
    status: 431,
    code: 'headers_too_large'
  },
  { what: 'what is no HTTP', request: 'hello there\r\n\r\n', status: 400, code: 'validation_failed' },
  {
    what: 'a header with a control character',
    request: 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Odd: \u0000\r\n\r\n',
    status: 400,
    code: 'validation_failed'
  }
]
for (const { what, request, status, code } of requests) {
  t.test(`${what} is refused with a problem`, async (t) => {
    const app = await createApp({ title: 'test', description: 'test', config: plainConfig({}) })
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(request)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} .*content-type: application/problem\\+json`, 's'))
    const problem: unknown = JSON.parse(body)
    t.ok(Value.Check(ProblemSchema, problem), body)
    t.match(problem, { status, code })
    t.match(head, `x-request-id: ${Object(problem).requestId}`)
  })
}
