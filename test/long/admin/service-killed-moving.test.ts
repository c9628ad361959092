// Runs alone: it waits until the cluster moves nothing.
import t, { type Test } from 'tap'
import { createOn, fill, moveTo, progress, throttlesOf } from '../../integration/admin/replicas.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { startServiceProcess } from '../../integration/support/service-process.ts'

t.setTimeout(120_000)

const slow = 100_000
const startService = (t: Test, dataDir: string) =>
  startServiceProcess(t, 'admin', { dataDir, ready: '/api/reassignments' })

t.test('a service killed in the middle of a throttled move removes the throttle when it is back', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'killed-service', [
    [1, 2],
    [1, 2]
  ])
  await fill(t, topic, { partitions: 2, megabytes: 16 })
  const dataDir = t.testdir({})
  const first = await startService(t, dataDir)
  const move = { ...moveTo(topic, [1, 3]), throttleBytesPerSec: slow }
  t.match(await first.ask('POST', '/api/reassignments', move), { status: 202, body: { refused: [] } })
  await first.kill()
  t.match(await throttlesOf(kafka, topic), 'follower.replication.throttled.rate=100000')

  // While the move is under way, the throttle stays.
  const second = await startService(t, dataDir)
  const known = await second.ask('GET', '/api/reassignments')
  t.match(known.body['throttle'], { bytesPerSec: slow, topics: [topic] })
  await second.kill()

  // The move ends while the service that set the throttle is not running.
  t.match(await ask('DELETE', `/api/reassignments?topic=${topic}`), { status: 200 })
  await eventually(
    'nothing is under way',
    progress,
    ({ partitions, warnings }) => partitions === 0 && warnings.length === 0
  )
  t.match(await throttlesOf(kafka, topic), 'follower.replication.throttled.rate=100000')
  await startService(t, dataDir)
  await eventually(
    'the throttle is gone',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === '',
    40_000
  )
})
