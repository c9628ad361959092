import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t, { type Test } from 'tap'
import { testMode } from '../support/test-cluster.ts'
import { bootstrapServers } from '../support/under-test.ts'
import { serve } from './message-service.ts'
import { ownTopic } from './service.ts'

/** Counts the connections that this process opens while it does something: Node.js reports each. */
async function connectionsOf(something: () => Promise<unknown>): Promise<number> {
  let opened = 0
  const count = () => {
    opened += 1
  }
  subscribe('net.client.socket', count)
  await something()
  unsubscribe('net.client.socket', count)
  return opened
}

async function createTopic({ app }: Awaited<ReturnType<typeof serve>>, t: Test, stem: string): Promise<void> {
  const query = `topicName=${ownTopic(t, stem)}&partitions=3&replicationFactor=3`
  t.equal((await app.inject({ method: 'POST', url: `/api/topics?${query}` })).statusCode, 201)
}

t.test('a service that has made a topic before opens no connection for the next ones', async (t) => {
  const service = await serve(t)
  const first = await connectionsOf(() => createTopic(service, t, 'first'))
  const next = await connectionsOf(async () => {
    for (const stem of ['second', 'third', 'fourth', 'fifth']) await createTopic(service, t, stem)
  })
  t.comment(`${first} connections for the first change, ${next} for four more`)
  t.ok(first > 0, 'connections are counted')
  // With KRaft each answer may name another broker as the controller: it passes changes on.
  t.ok(next <= (testMode === 'kraft' ? bootstrapServers.length : 0))
})
