import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { ProbeChannel } from '#shared/kafka/probe/port.ts'
import { createProbeChannel } from '#shared/kafka/probe/probe-channel.ts'
import { listen } from '../../listener.ts'

/** A broker that accepts connections and answers nothing, as a paused one does. */
async function silentBroker(t: Test) {
  const { port, server, sockets } = await listen(t)
  return { endpoint: `127.0.0.1:${port}`, server, sockets }
}

function channelTo(t: Test, endpoint: string): ProbeChannel {
  const channel = createProbeChannel({ bootstrapServers: [endpoint], clientId: 'kops-test', topic: 'kops-probe' })
  t.teardown(() => channel.close())
  return channel
}

t.test('looking at a cluster that does not answer ends with its deadline', async (t) => {
  const { endpoint } = await silentBroker(t)
  await t.rejects(channelTo(t, endpoint).look({ deadlineMs: 50 }), { code: 'cluster_unreachable' })
})

t.test('closing ends waiting calls, and leaves no connection behind', async (t) => {
  const { endpoint, server, sockets } = await silentBroker(t)
  const channel = channelTo(t, endpoint)
  const looking = channel.look({ deadlineMs: 60_000 })
  // One connection reads, one writes.
  while (sockets.size < 2) await once(server, 'connection')
  const ended = Promise.all(Array.from(sockets, (socket) => once(socket.resume(), 'close')))
  await channel.close()
  await t.rejects(looking, { code: 'cluster_unreachable', message: 'The probe is closed' })
  await ended
  t.equal(sockets.size, 0)
  await channel.close()
})

t.test('a record for an unknown broker was not sent', async (t) => {
  const { endpoint } = await silentBroker(t)
  const written = channelTo(t, endpoint).write({ partition: 0, leader: 7, id: 'id', at: new Date(0) })
  await t.rejects(written, { code: 'broker_unreachable', message: 'Broker 7 is not in the metadata' })
})
