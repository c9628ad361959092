import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { followJobEvents } from '#cli/follow.ts'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { run } from './load/run.ts'

t.test('a job is followed through breaks, and given up when its service stays away', async (t) => {
  let connections = 0
  const server = createServer((_, response) => {
    connections += 1
    if (connections > 2) return void response.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: update\ndata: ${JSON.stringify(run())}\n\n`, () => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
  const lost: unknown[] = []
  let events = 0
  const follow = async () => {
    const options = { params: { id: run().id }, signal: AbortSignal.timeout(20_000) }
    const given = followJobEvents(client, endpoints.watchLoadTest, options, (why) => lost.push(why), 1)
    for await (const { event } of given) if (event === 'update') events += 1
  }
  await t.rejects(follow(), { code: 'service_unreachable' })
  t.equal(connections, 3)
  t.equal(events, 2)
  t.match(lost, [{ code: 'service_unreachable' }, { code: 'service_unreachable' }], 'said once for each break')
})
