import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createJmxReader } from '#shared/jmx/exporter.ts'
import { certificateFiles } from '../certificates.ts'

async function listen(t: Test, answer: RequestListener): Promise<{ host: string; port: number }> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { host: '127.0.0.1', port: address.port }
}

t.test(
  'every exporter is read at once; a dead, silent, broken or endless one costs at most the deadline',
  async (t) => {
    const endpoints = [
      await listen(t, (request, response) => {
        t.match(request.url, /^\/metrics\?name\[\]=kafka_network_requestchannel_requestqueuesize&/)
        response.end('kafka_network_requestchannel_requestqueuesize 3.0\n')
      }),
      await listen(t, () => {}),
      await listen(t, (_, response) => response.writeHead(500).end('x'.repeat(1000))),
      await listen(t, (_, response) => {
        const write = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        }
        response.on('drain', write)
        write()
      }),
      { host: '127.0.0.1', port: 1 }
    ]
    const reader = createJmxReader(endpoints)
    t.teardown(() => reader.close())
    t.equal(reader.size, 5)
    const views = await reader.views({ deadlineMs: 3000 })
    t.match(views, [
      { reachable: true, reading: { requestQueueSize: 3, handlerIdleRatio: null } },
      { reachable: false, error: { code: 'exporter_unreachable', message: /no answer within 3000 ms/ } },
      { reachable: false, error: { message: /answered 500/ } },
      { reachable: false, error: { message: /more than \d+ bytes|no answer within/ } },
      { reachable: false, error: { message: /ECONNREFUSED/ } }
    ])
  }
)

t.test('a deadline need not be whole milliseconds', async (t) => {
  const reader = createJmxReader([await listen(t, (_, response) => response.end('x 1\n'))])
  t.teardown(() => reader.close())
  t.match(await reader.views({ deadlineMs: 4000.25 }), [{ reachable: true }])
})

t.test('giving up rejects', async (t) => {
  const reader = createJmxReader([await listen(t, () => {})])
  t.teardown(() => reader.close())
  const controller = new AbortController()
  const asked = reader.views({ deadlineMs: 5000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(asked, { message: 'enough' })
})

t.test('an exporter that is slow three times in a row is skipped for a while; its reading is repeated', async (t) => {
  let asked = 0
  const slow = await listen(t, (_, response) => {
    asked += 1
    setTimeout(() => {
      response.end('kafka_network_requestchannel_requestqueuesize 3\nkafka_server_replicamanager_leadercount 7\n')
    }, 120)
  })
  const reader = createJmxReader([slow])
  t.teardown(() => reader.close())
  const ask = async () => (await reader.views({ deadlineMs: 3000 }))[0]
  for (let time = 0; time < 3; time++) {
    t.match(await ask(), { reading: { counts: new Map([['kafka_server_replicamanager_leadercount', 7]]) } })
  }
  const repeated = await ask()
  t.equal(asked, 3)
  t.ok(repeated?.reachable)
  if (repeated?.reachable) t.same([repeated.reading.requestQueueSize, repeated.reading.counts.size], [3, 0])
})

t.test('skipped exporters are not read, and count as silent', async (t) => {
  let asked = 0
  const exporter = await listen(t, (_, response) => {
    asked += 1
    response.end('kafka_network_requestchannel_requestqueuesize 3\n')
  })
  const reader = createJmxReader([exporter])
  t.teardown(() => reader.close())
  t.match(await reader.views({ deadlineMs: 3000, skip: new Set([0]) }), [{ reachable: false }])
  t.equal(asked, 0)
})

t.test('an exporter behind TLS and a password is read with both', async (t) => {
  const { ca, cert, key } = await certificateFiles(t)
  const server = createTlsServer({ cert: await readFile(cert), key: await readFile(key) }, (request, response) => {
    const isKops = request.headers.authorization === `Basic ${Buffer.from('kops:secret').toString('base64')}`
    response.writeHead(isKops ? 200 : 401).end('kafka_network_requestchannel_requestqueuesize 7\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const endpoint = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const ask = async (access: Parameters<typeof createJmxReader>[1]) => {
    const reader = createJmxReader([endpoint], access)
    const [view] = await reader.views({ deadlineMs: 5000 })
    await reader.close()
    return view
  }
  const login = { username: 'kops', password: () => 'secret' }
  t.match(await ask({ tls: { ca }, login }), { reachable: true, reading: { requestQueueSize: 7 } })
  t.match(await ask({ tls: { ca } }), { reachable: false, error: { message: /answered 401/ } })
  t.match(await ask({ tls: {}, login }), { reachable: false, error: { code: 'exporter_unreachable' } })
  t.match(await ask({}), { reachable: false })
})
