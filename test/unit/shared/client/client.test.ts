import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createClient } from '#shared/client/client.ts'
import { urlOf } from '#shared/client/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'

async function serve(t: Test, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createClient({ urls: { admin: url, health: url, loadTest: url }, token: 'secret' })
}

const plan = {
  action: 'create',
  topic: { name: 'a', partitions: 1, replicationFactor: 1 },
  dryRun: true,
  applied: false,
  warnings: []
}

t.test('a call fills path and query, sends body and token, and resolves to the answer', async (t) => {
  const seen: (string | undefined)[] = []
  const client = await serve(t, (request, response) => {
    seen.push(request.method, request.url, request.headers.authorization, request.headers['content-type'])
    response.end(JSON.stringify(plan))
  })
  const answer = await client.call(endpoints.createTopic, {
    query: { dryRun: true },
    body: { name: 'a', partitions: 1, replicationFactor: 1 }
  })
  t.same(answer, plan)
  t.same(seen, ['POST', '/api/topics?dryRun=true', 'Bearer secret', 'application/json'])
})

t.test("a problem becomes the service's own error", async (t) => {
  const client = await serve(t, (_request, response) => {
    response.statusCode = 404
    const problem = { type: 'urn:kops:error:topic_not_found', title: 't', status: 404, detail: 'no a', instance: '/' }
    response.end(JSON.stringify({ ...problem, code: 'topic_not_found', retriable: false, requestId: 'r' }))
  })
  await t.rejects(client.call(endpoints.describeTopic, { params: { topicName: 'a' } }), {
    code: 'topic_not_found',
    message: 'no a'
  })
})

t.test('an answer that does not match the contract is an error, not a value', async (t) => {
  const client = await serve(t, (_request, response) => response.end('{"topics":"none"}'))
  await t.rejects(client.call(endpoints.listTopics, {}), { code: 'internal' })
})

t.test('a service that does not answer is named by its address', async (t) => {
  const url = 'http://127.0.0.1:1'
  const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
  await t.rejects(client.call(endpoints.health, {}), {
    code: 'service_unreachable',
    message: /127\.0\.0\.1:1 does not/
  })
})

t.test('path parameters are escaped, and a missing one is reported', async (t) => {
  t.equal(
    urlOf('/api/topics/{name}/x', { name: 'a/b c' }, { from: '2026', tag: ['1', '2'], none: undefined }),
    '/api/topics/a%2Fb%20c/x?from=2026&tag=1&tag=2'
  )
  t.throws(() => urlOf('/api/topics/{name}'), /needs name/)
})
