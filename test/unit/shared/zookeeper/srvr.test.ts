import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import t from 'tap'
import { createZookeeperReader } from '#shared/zookeeper/srvr.ts'
import { certificateFiles } from '../certificates.ts'
import { listen } from '../listener.ts'

const answer = (mode: string) =>
  `Zookeeper version: 3.8.4\nLatency min/avg/max: 0/0.5/35\nMode: ${mode}\nNode count: 85\n`

t.test('every node is asked at once; a dead, silent or foreign one costs at most the deadline', async (t) => {
  const questions: string[] = []
  const endpoints = [
    await listen(t, (socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        questions.push(text)
        socket.end(answer('leader'))
      })
    }),
    await listen(t, (socket) => socket.resume()),
    await listen(t, (socket) => socket.destroy()),
    await listen(t, (socket) => socket.write('x'.repeat(20_000))),
    { host: '127.0.0.1', port: 1 }
  ]
  const startedAt = performance.now()
  const views = await createZookeeperReader(endpoints).views({ deadlineMs: 1000 })
  t.ok(performance.now() - startedAt < 2000)
  t.same(questions.toSorted(), ['mntr', 'srvr'])
  t.match(views, [
    { reachable: true, mode: 'leader' },
    { reachable: false, error: { code: 'zookeeper_unreachable', message: /no answer within 1000 ms/ } },
    { reachable: false, error: { code: 'zookeeper_unreachable' } },
    { reachable: false, error: { message: /not from ZooKeeper/ } },
    { reachable: false, error: { message: /ECONNREFUSED/ } }
  ])
})

t.test('giving up rejects', async (t) => {
  const endpoint = await listen(t, (socket) => socket.resume())
  const controller = new AbortController()
  const asked = createZookeeperReader([endpoint]).views({ deadlineMs: 5000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(asked, { message: 'enough' })
})

t.test('a node whose whitelist lacks mntr is read with srvr only, and not asked for mntr again', async (t) => {
  const questions: string[] = []
  const endpoint = await listen(t, (socket) => {
    socket.setEncoding('utf8').on('data', (word: string) => {
      questions.push(word)
      socket.end(word === 'srvr' ? answer('follower') : 'mntr is not executed because it is not in the whitelist.\n')
    })
  })
  const reader = createZookeeperReader([endpoint])
  for (const _ of [1, 2]) {
    const [view] = await reader.views({ deadlineMs: 5000 })
    t.match(view, { reachable: true, mode: 'follower', latencyMs: { min: 0, avg: 0.5, max: 35 }, nodeCount: 85 })
  }
  t.same(questions.toSorted(), ['mntr', 'srvr', 'srvr'])
})

t.test('mntr refines srvr, and its silence costs no more than the deadline', async (t) => {
  const mntr = 'zk_min_latency\t0\nzk_avg_latency\t0.125\nzk_max_latency\t36\nzk_outstanding_requests\t4\n'
  const nodes = [
    await listen(t, (socket) => {
      socket.setEncoding('utf8').on('data', (word: string) => socket.end(word === 'srvr' ? answer('leader') : mntr))
    }),
    await listen(t, (socket) => {
      socket.setEncoding('utf8').on('data', (word: string) => word === 'srvr' && socket.end(answer('follower')))
    })
  ]
  const [refined, plain] = await createZookeeperReader(nodes).views({ deadlineMs: 1000 })
  t.match(refined, { mode: 'leader', latencyMs: { avg: 0.125, max: 36 }, outstandingRequests: 4 })
  t.match(plain, { reachable: true, mode: 'follower', latencyMs: { avg: 0.5 } })
})

t.test('a node behind TLS is read with its authority and, if it requires one, a certificate', async (t) => {
  const files = await certificateFiles(t)
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map((path) => readFile(path)))
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer('follower')))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const endpoint = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const ask = (tls?: Parameters<typeof createZookeeperReader>[1]) =>
    createZookeeperReader([endpoint], tls).views({ deadlineMs: 5000, brief: true })
  const { replace: _, ...own } = files
  t.match(await ask(own), [{ reachable: true, mode: 'follower' }])
  t.match(await ask({ ca: files.ca }), [{ reachable: false, error: { code: 'zookeeper_unreachable' } }])
  t.match(await ask(), [{ reachable: false, error: { code: 'zookeeper_unreachable' } }])
})
