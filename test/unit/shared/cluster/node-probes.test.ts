import { createServer, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import {
  answersApiVersions,
  apiVersionsRequest,
  isApiVersionsAnswer,
  zooKeeperMode
} from '#shared/cluster/node-probes.ts'
import { createAuthority, issue } from '#shared/cluster/security/certificates.ts'

/** A server with the given behaviour for each connection; resolves to its port. */
async function listen(t: Test, behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    behave(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** size 10, correlation id, error code, no versions */
const answer = (correlation: number, error: number) => {
  const bytes = Buffer.alloc(14)
  bytes.writeInt32BE(10, 0)
  bytes.writeInt32BE(correlation, 4)
  bytes.writeInt16BE(error, 8)
  return bytes
}
const correlation = apiVersionsRequest().readInt32BE(8)

t.test('the request is an ApiVersions v0 with its size in front', async (t) => {
  const request = apiVersionsRequest('me')
  t.equal(request.readInt32BE(0), request.length - 4)
  t.equal(request.readInt16BE(4), 18, 'api key')
  t.equal(request.readInt16BE(6), 0, 'version')
  t.equal(request.subarray(14).toString(), 'me')
})

t.test('an answer counts when it is to this request and without error', async (t) => {
  const cases = [
    { name: 'whole', bytes: answer(correlation, 0), expected: true },
    { name: 'an error', bytes: answer(correlation, 35), expected: false },
    { name: 'to another request', bytes: answer(1, 0), expected: false },
    { name: 'too little yet', bytes: answer(correlation, 0).subarray(0, 9), expected: undefined },
    { name: 'something else', bytes: Buffer.from('HTTP/1.1 400 Bad Request'), expected: false }
  ]
  for (const { name, bytes, expected } of cases) t.equal(isApiVersionsAnswer(bytes), expected, name)
})

t.test('a node that accepts and says nothing does not answer, within the deadline', async (t) => {
  const port = await listen(t, () => {})
  const before = performance.now()
  t.equal(await answersApiVersions({ host: '127.0.0.1', port, timeoutMs: 100 }), false)
  t.equal(await zooKeeperMode({ host: '127.0.0.1', port, timeoutMs: 100 }), undefined)
  t.ok(performance.now() - before < 1000)
})

t.test('an answer in pieces is put together', async (t) => {
  const port = await listen(t, (socket) =>
    socket.once('data', () => {
      socket.write(answer(correlation, 0).subarray(0, 5))
      setTimeout(() => socket.write(answer(correlation, 0).subarray(5)), 20)
    })
  )
  t.equal(await answersApiVersions({ host: '127.0.0.1', port, timeoutMs: 2000 }), true)
})

t.test("ZooKeeper's mode is read from srvr; outside a quorum there is none", async (t) => {
  const texts = [
    { text: 'Zookeeper version: 3.8.4\nMode: follower\nNode count: 5\n', mode: 'follower' },
    { text: 'This ZooKeeper instance is not currently serving requests\n', mode: undefined }
  ]
  for (const { text, mode } of texts) {
    const port = await listen(t, (socket) => socket.once('data', () => socket.end(text)))
    t.equal(await zooKeeperMode({ host: '127.0.0.1', port, timeoutMs: 2000 }), mode)
  }
})

t.test('a closed port is an answer: no', async (t) => {
  const port = await listen(t, () => {})
  t.equal(await answersApiVersions({ host: '127.0.0.2', port, timeoutMs: 1000 }), false)
})

t.test(
  'over TLS a broker answers if its certificate is from the authority and names its address or name',
  async (t) => {
    const now = new Date()
    const [authority, other] = await Promise.all([createAuthority('one', now), createAuthority('another', now)])
    const listenTls = async (ip: string) => {
      const addresses = { ips: [ip], names: ['kafka-1'] }
      const { certificate, key } = await issue(authority, { commonName: 'kafka-1', addresses }, now)
      const server = createTlsServer({ cert: certificate, key }, (socket) => {
        socket.on('error', () => {})
        socket.once('data', () => socket.write(answer(correlation, 0)))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      t.teardown(() => server.close())
      const address = server.address()
      return typeof address === 'object' && address ? address.port : 0
    }
    const cases = [
      { name: 'its own authority and address', ip: '127.0.0.1', ca: authority, expected: true },
      { name: 'another authority', ip: '127.0.0.1', ca: other, expected: false },
      { name: 'another address', ip: '127.0.0.9', ca: authority, expected: false },
      { name: 'another address and its name', ip: '127.0.0.9', ca: authority, serverName: 'kafka-1', expected: true },
      { name: 'another name', ip: '127.0.0.1', ca: authority, serverName: 'kafka-2', expected: false }
    ]
    for (const { name, ip, ca, expected, ...named } of cases) {
      const target = { host: '127.0.0.1', port: await listenTls(ip), timeoutMs: 2000, ...named }
      const tls = createSecureContext({ ca: ca.certificate })
      t.equal(await answersApiVersions({ ...target, tls }), expected, name)
    }
  }
)
