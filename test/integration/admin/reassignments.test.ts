// Runs alone: it waits until the cluster moves nothing.
import t from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import type { ReplicationFactorPlan } from '#shared/contracts/topic-changes.ts'
import { createReassignments } from '#shared/kafka/moves/reassignments.ts'
import { eventually } from '../support/eventually.ts'
import { bootstrapServers, connection, kafkaSettings } from '../support/under-test.ts'
import { createOn, fill, kafkaTool, moveTo, progress, replicasOf, settled, throttlesOf } from './replicas.ts'
import { ask, independentAdmin } from './service.ts'

t.setTimeout(200_000)

const slow = 100_000

t.test('a throttled reassignment is listed, cancelled, and completed, as Kafka itself reports', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'move', [[1], [1]])
  // More than one fetch carries (replica.fetch.max.bytes): a throttle counts from the second one on.
  await fill(t, topic, { partitions: 2, megabytes: 40 })
  const body = { ...moveTo(topic, [2]), throttleBytesPerSec: slow }
  const dry = await ask('POST', '/api/reassignments?dryRun=true', body)
  t.match(dry, { status: 200, body: { applied: false, movement: { copies: 2, estimatedSeconds: Number } } })
  t.equal((await progress()).reassignments.length, 0)

  const started = await ask('POST', '/api/reassignments', body)
  t.match(started, { status: 202, body: { applied: true, refused: [] } })
  t.same(started.body['partitions'], dry.body['partitions'])
  const half = await eventually('some of it is copied', progress, ({ copiedBytes }) => (copiedBytes ?? 0) > 0)
  t.match(half.reassignments, [
    { topic, partition: 0, replicas: [2], adding: [2], removing: [1], inSync: [], waitsFor: [] },
    { topic, partition: 1 }
  ])
  t.ok((half.copiedBytes ?? 0) < (half.totalBytes ?? 0))
  t.match(half.throttle, { bytesPerSec: slow, brokers: [1, 2], topics: [topic] })
  t.match(await kafkaTool('reassign-partitions', '--list'), new RegExp(`${topic}-0.*adding: 2.*removing: 1`, 'i'))
  t.match(
    await throttlesOf(kafka, topic),
    /follower.replication.throttled.rate=100000[\s\S]*throttled.replicas=0:2,1:2/
  )

  t.match(await ask('POST', '/api/reassignments', moveTo(topic, [3])), {
    status: 409,
    body: { code: 'reassignment_conflict' }
  })
  const cancelled = await ask('DELETE', `/api/reassignments?topic=${topic}`)
  t.match(cancelled.body, {
    cancelled: [
      { partition: 0, backTo: [1] },
      { partition: 1, backTo: [1] }
    ],
    refused: []
  })
  await settled()
  await eventually(
    'the brokers have heard of it',
    () => replicasOf(kafka, topic),
    (sets) => sets.join() === '1,1'
  )
  await eventually(
    'no broker counts with it',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === ''
  )

  t.equal((await ask('POST', '/api/reassignments', { ...body, throttleBytesPerSec: 50_000_000 })).status, 202)
  await settled()
  await eventually(
    'the brokers have heard of it',
    () => replicasOf(kafka, topic),
    (sets) => sets.join() === '2,2'
  )
  await eventually(
    'no broker counts with it',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === ''
  )
  t.match(await kafkaTool('get-offsets', '--topic', topic), new RegExp(`${topic}:0:400\\n${topic}:1:400`))
})

t.test('a change of the replication factor is throttled; its rate and its end are reported', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'factor', [[1], [1]])
  await fill(t, topic, { partitions: 2, megabytes: 16 })
  const path = `/api/topics/${topic}/replication-factor?replicationFactor=2&throttleBytesPerSec=${slow}`
  const dry = await ask('PUT', `${path}&dryRun=true`)
  t.match(dry, { status: 200, body: { applied: false, throttleBytesPerSec: slow, estimatedSeconds: Number } })
  t.ok(
    Number(dry.body['estimatedSeconds']) > 150,
    `at least the bytes of one broker: ${dry.body['estimatedSeconds']} s`
  )
  t.equal(await throttlesOf(kafka, topic), '')
  const [answer, measured] = await Promise.all([
    ask('PUT', path),
    eventually('its rate is known', progress, ({ bytesPerSec }) => (bytesPerSec ?? 0) > 0, 60_000)
  ])
  t.match(answer, { status: 202, body: { applied: true, waitingFor: [String, String], throttleBytesPerSec: slow } })
  t.match(measured, { partitions: 2, throttle: { bytesPerSec: slow, topics: [topic] } })
  t.ok((measured.copiedBytes ?? 0) < (measured.totalBytes ?? 0))
  const ends = measured.reassignments.map(({ etaSeconds, etaReason }) => etaSeconds ?? etaReason)
  t.ok(
    ends.every((end) => typeof end === 'number' || end === 'stalled'),
    `when it ends: ${ends.join()}`
  )
  const first = await ask('GET', '/api/reassignments?limit=1')
  t.match(first.body, { reassignments: [{ topic, partition: 0 }], partitions: 2, nextCursor: String })
  const second = await ask('GET', `/api/reassignments?limit=1&cursor=${first.body['nextCursor']}`)
  t.match(second.body, { reassignments: [{ topic, partition: 1 }], nextCursor: undefined })

  const { partitions } = dry.body as ReplicationFactorPlan
  const moves = partitions.map(({ partition, after }) => ({ topic, partition, replicas: after }))
  const hurried = { partitions: moves, throttleBytesPerSec: 50_000_000 }
  t.match(await ask('POST', '/api/reassignments', hurried), { status: /200|202/ })
  await settled()
  await eventually(
    'each partition has two replicas',
    () => replicasOf(kafka, topic),
    (sets) => sets.every((replicas) => replicas.length === 2)
  )
  await eventually(
    'no broker counts with it',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === ''
  )
})

t.test('a throttle goes also when the service that set it has gone before the moves have ended', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await createOn(t, 'restart', [[1], [1]])
  await fill(t, topic, { partitions: 2, megabytes: 3 })
  const config = loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
    ...kafkaSettings,
    KOPS_DATA_DIR: t.testdir({})
  })
  const first = await buildApp(config)
  const payload = { ...moveTo(topic, [3]), throttleBytesPerSec: slow }
  const started = await first.inject({ method: 'POST', url: '/api/reassignments', payload })
  t.equal(started.statusCode, 202, started.body)
  await first.close()

  // The moves end while no kops service is watching.
  const kafkaItself = createReassignments(connection)
  const outcomes = await kafkaItself.alter(
    [0, 1].map((partition) => ({ topic, partition, replicas: null })),
    { timeoutMs: 10_000 }
  )
  await kafkaItself.close()
  t.same(
    outcomes.map(({ error }) => error),
    [null, null]
  )
  t.match(await throttlesOf(kafka, topic), 'follower.replication.throttled.rate=100000')

  const second = await buildApp(config)
  t.teardown(() => second.close())
  await second.ready()
  await eventually(
    'the throttle is gone',
    () => throttlesOf(kafka, topic),
    (throttles) => throttles === ''
  )
})
