import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { secondPortPlugin } from '#shared/http/second-port.ts'
import { plainConfig } from './plain-config.ts'

/** A service with a request that takes as long as the test likes, and with streams of events: its own, and one that it passes on. */
async function build(t: Test, { consolePort = 0 } = {}) {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig() })
  const finished = Promise.withResolvers<void>()
  const schema = { 'x-role': 'viewer' } as const
  await app.register(secondPortPlugin, { host: '127.0.0.1', port: consolePort, config: {} })
  app.get('/slow', { schema }, async () => {
    app.server.emit('arrived')
    await finished.promise
    return { done: true }
  })
  app.get('/half', { schema }, async (_request, reply) => {
    const body = new PassThrough()
    body.write('half ')
    void finished.promise.then(() => body.end('whole'))
    return reply.send(body)
  })
  app.get('/stream', { schema }, async (_request, reply) => {
    openEventStream(reply).send('hello', {})
    return reply
  })
  app.get('/passed-on', { schema }, async (_request, reply) => {
    const body = new PassThrough()
    body.write('event: hello\n\n')
    return reply.type('text/event-stream').send(body)
  })
  t.teardown(() => {
    finished.resolve()
    return app.close()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const ask = async (path: string, base = url): Promise<IncomingMessage> => {
    const [answer] = await once(get(`${base}${path}`, { agent }), 'response')
    return answer
  }
  return { app, url, ask, finish: () => finished.resolve() }
}

t.test('a request in flight is answered, and its connection closed behind it', async (t) => {
  const { app, url, ask, finish } = await build(t)
  const answer = ask('/slow')
  await once(app.server, 'arrived')
  const closed = app.close()
  if (!app.closing.aborted) await once(app.closing, 'abort')
  finish()
  const { statusCode, headers } = await answer
  t.equal(statusCode, 200)
  t.equal(headers.connection, 'close')
  t.same(JSON.parse(await text(await answer)), { done: true })
  await closed
  await t.rejects(fetch(`${url}/livez`))
})

t.test('an answer that has begun is sent to its end', async (t) => {
  const { app, ask, finish } = await build(t)
  const answer = await ask('/half')
  const closed = app.close()
  finish()
  t.equal(await text(answer), 'half whole')
  await closed
})

t.test('a request at the second port is answered, too', async (t) => {
  const taken = await build(t)
  const { port } = taken.app.server.address() as AddressInfo
  await taken.app.close()
  const { app, ask, finish } = await build(t, { consolePort: port })
  const answer = ask('/slow', `http://127.0.0.1:${port}`)
  await once(app.server, 'arrived')
  const closed = app.close()
  finish()
  t.equal((await answer).statusCode, 200)
  await closed
})

for (const path of ['/stream', '/passed-on']) {
  t.test(`a stream of events ends at once: ${path}`, async (t) => {
    const { app, ask } = await build(t)
    const stream = await ask(path)
    const ended = text(stream).catch((error: NodeJS.ErrnoException) => error.code ?? 'failed')
    const before = performance.now()
    await app.close()
    t.ok(performance.now() - before < 2000, 'before requests are cut')
    t.match(await ended, path === '/stream' ? /event: hello/ : /^ECONNRESET$|event: hello/)
  })
}

t.test('a connection without a request ends at once', async (t) => {
  const { app } = await build(t)
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost:8081\r\n\r\n')
  await once(socket, 'data')
  const gone = once(socket.resume(), 'close')
  const before = performance.now()
  await app.close()
  await gone
  t.ok(performance.now() - before < 2000, 'before requests are cut')
})
