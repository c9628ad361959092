// Runs alone: it kills brokers.
import t from 'tap'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { createOn, fill, kafkaTool, moveTo, progress, settled } from '../../integration/admin/replicas.ts'
import { ask } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { hurry, megabytes, pairs, replicasIn, slow, unthrottled, watch } from '../support/throttled-moves.ts'

t.setTimeout(200_000)

t.test('the receiver is killed in the middle of a throttled move: the move continues when it is back', async (t) => {
  const topic = await createOn(t, 'kill', pairs)
  await fill(t, topic, { partitions: 2, megabytes })
  const agent = await agentOf(t, 'kafka-3')
  const stop = watch(t)
  const started = await ask('POST', '/api/reassignments', { ...moveTo(topic, [1, 3]), throttleBytesPerSec: slow })
  t.match(started, { status: 202, body: { refused: [] } })
  await agent.node('kafka-3', 'kill')
  const stalled = await eventually(
    'it is seen that it waits',
    progress,
    ({ reassignments }) => reassignments.length === 2 && reassignments.every(({ waitsFor }) => waitsFor.includes(3))
  )
  t.match(stalled.reassignments, [
    { replicas: [1, 3], adding: [3], copiedBytes: null, bytesPerSec: null, etaReason: 'broker_unreachable' },
    { copiedBytes: null, bytesPerSec: null }
  ])
  t.ok(stalled.warnings.some(({ message }) => /2 partitions wait for broker 3/.test(message)))
  t.match(stalled.throttle, { bytesPerSec: slow, topics: [topic] })
  // Everything is still there.
  t.match((await ask('GET', `/api/topics/${topic}`)).body, { partitions: [{ leader: Number }, { leader: Number }] })

  await agent.node('kafka-3', 'start')
  await hurry(topic, [1, 3])
  await settled(60_000)
  await eventually(
    'the brokers have heard of it',
    () => replicasIn(topic),
    (told) => told === '1,3/1,3 1,3/1,3'
  )
  await unthrottled(t, topic)
  t.match(
    await kafkaTool('get-offsets', '--topic', topic),
    new RegExp(`${topic}:0:${megabytes * 10}\\n${topic}:1:${megabytes * 10}`)
  )
  const { failures, seen } = await stop()
  t.same(failures, [])
  t.ok(seen.length > 0)
})
