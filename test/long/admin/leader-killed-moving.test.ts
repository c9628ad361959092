// Runs alone: it kills brokers.
import t from 'tap'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { createOn, fill, moveTo, progress, settled } from '../../integration/admin/replicas.ts'
import { ask } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { hurry, megabytes, pairs, replicasIn, slow, unthrottled, watch } from '../support/throttled-moves.ts'

t.setTimeout(200_000)

t.test('the leader is killed in the middle of a throttled move: the others complete it', async (t) => {
  const topic = await createOn(t, 'kill-leader', pairs)
  await fill(t, topic, { partitions: 2, megabytes })
  const agent = await agentOf(t, 'kafka-1')
  const stop = watch(t)
  const started = await ask('POST', '/api/reassignments', { ...moveTo(topic, [3, 2]), throttleBytesPerSec: slow })
  t.match(started, { status: 202, body: { refused: [] } })
  await agent.node('kafka-1', 'kill')
  await hurry(topic, [3, 2])
  const left = await eventually(
    'all is moved, and only the dead broker is left to set',
    progress,
    ({ partitions, throttle, warnings }) =>
      partitions === 0 &&
      throttle?.brokers.join() === '1' &&
      warnings.every(({ target }) => target !== 'reassignments'),
    60_000
  )
  t.match(left.throttle, { brokers: [1], topics: [] })
  await eventually(
    'the brokers have heard of it',
    () => replicasIn(topic),
    (told) => told === '3,2/2,3 3,2/2,3'
  )
  await agent.node('kafka-1', 'start')
  await settled(60_000)
  await unthrottled(t, topic)
  const { failures } = await stop()
  t.same(failures, [])
})
