// Runs alone: it stops a broker.
import t from 'tap'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { createOn, fill, moveTo, progress, throttlesOf } from '../../integration/admin/replicas.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'

t.setTimeout(200_000)

const slow = 100_000

t.test('a broker that stops in the middle is named, and the throttle goes when it is back', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'stop', [[1], [1]])
  await fill(t, topic, { partitions: 2, megabytes: 10 })
  const agent = await agentOf(t, 'kafka-3')
  const started = await ask('POST', '/api/reassignments', { ...moveTo(topic, [3]), throttleBytesPerSec: slow })
  t.equal(started.status, 202)
  await agent.node('kafka-3', 'stop')
  const stalled = await eventually(
    'it is seen that it waits',
    progress,
    ({ reassignments }) => reassignments.length === 2 && reassignments.every(({ waitsFor }) => waitsFor.includes(3))
  )
  t.match(stalled.reassignments, [{ copiedBytes: null, inSync: [] }, { copiedBytes: null }])
  t.match(
    stalled.warnings.find(({ message }) => message.includes('partitions wait')),
    { code: 'broker_unreachable', message: /2 partitions wait for broker 3/ }
  )
  t.match(await ask('GET', '/api/brokers'), {
    status: 200,
    body: {
      brokers: [{ id: 1, reachable: true }, { id: 2 }, { id: 3, reachable: false, logDirs: null, sizeBytes: null }]
    }
  })
  t.match(await ask('POST', '/api/reassignments', moveTo(topic, [1, 3])), {
    status: 400,
    body: { code: 'reassignment_invalid' }
  })

  const cancelled = await ask('DELETE', `/api/reassignments?topic=${topic}`)
  t.match(cancelled.body, { cancelled: [{ backTo: [1] }, { backTo: [1] }], refused: [] })
  const waiting = await eventually(
    'only broker 3 is left to set',
    progress,
    ({ throttle }) => throttle?.brokers.length === 1
  )
  t.match(waiting.throttle, { brokers: [3], topics: [] })
  await agent.node('kafka-3', 'start')
  await eventually('the throttle is gone', progress, ({ throttle }) => throttle === null, 40_000)
  // Brokers learn of changes a moment later.
  await eventually(
    'no broker counts with it',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === ''
  )
})
