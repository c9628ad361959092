// Takes turns: load tests
import kafkajs from 'kafkajs'
import t from 'tap'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import { eventually } from '../support/eventually.ts'
import { kafkajsConnection } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic, runWorkload } from './service.ts'

const consumersOf = ({ result }: LoadTestRun) => result?.consumers ?? []

t.test('every group gets every record, with its latency, and temporary groups go with the run', async (t) => {
  const admin = await independentAdmin(t)
  const run = await runWorkload({
    rate: { kind: 'constant', perSecond: 1000 },
    durationSeconds: 5,
    producers: 2,
    verify: true,
    consumers: [{ members: 2 }, { members: 1 }],
    thresholds: ['lag = 0', 'unconsumed = 0', 'e2e.p50 < 5s']
  })
  t.match(
    run,
    { status: 'completed', result: { acknowledged: 5000, verification: { verdict: 'clean' } } },
    run.failure ?? run.id
  )
  t.equal(consumersOf(run).length, 2)
  const { serviceTimeMs } = run.result ?? {}
  for (const [nth, group] of consumersOf(run).entries()) {
    t.match(group, { group: `kops-load-${run.id}-${nth + 1}`, members: 2 - nth })
    t.match(group, { consumed: 5000, unconsumed: 0, foreign: 0, lag: 0 })
    t.ok(group.drainSeconds !== null && group.drainSeconds < 10, `drained after ${group.drainSeconds} s`)
    const [endToEnd, delivery] = [group.endToEndMs, group.deliveryMs]
    t.ok(
      endToEnd && delivery && endToEnd.p50 >= delivery.p50,
      'from when it was due is longer than from when it was sent'
    )
    t.ok(
      endToEnd && serviceTimeMs && endToEnd.p50 + 2 >= serviceTimeMs.p50,
      JSON.stringify({ endToEnd, serviceTimeMs })
    )
    t.ok(endToEnd && endToEnd.min !== undefined && endToEnd.min > 0, 'no record is there before it was due')
  }
  t.ok(
    run.result?.thresholds?.every(({ passed }) => passed),
    JSON.stringify(run.result?.thresholds)
  )
  const { body } = await ask<LoadTestReport>('GET', `${run.links.self}/report`)
  for (const { group } of consumersOf(run)) {
    const seconds = body.seconds.map(({ consumers = [] }) => consumers.find((each) => each.group === group))
    t.equal(
      seconds.reduce((sum, second) => sum + (second?.consumed ?? 0), 0),
      5000,
      'the seconds have all of them'
    )
  }
  const { groups } = await admin.listGroups()
  t.same(
    groups.filter(({ groupId }) => groupId.startsWith(`kops-load-${run.id}`)),
    []
  )
})

t.test('a group that begins late finds a backlog, which others see, and catches up', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'backlog', 3)
  const group = `${topic}-group`
  t.teardown(() => admin.deleteGroups([group]))
  const workload = {
    name: 'test',
    topic: { kind: 'existing', name: topic, confirm: topic },
    rate: { kind: 'constant', perSecond: 500 },
    durationSeconds: 7,
    consumers: [{ group, members: 2, startAfter: { seconds: 4 } }]
  }
  const started = await ask<LoadTestRun>('POST', '/api/loadtest/runs', workload)
  t.equal(started.status, 202, JSON.stringify(started.body))
  const read = async () => (await ask<LoadTestRun>('GET', started.body.links.self)).body
  const lagging = ({ progress }: LoadTestRun) => (progress?.second?.consumers?.[0]?.lag ?? 0) > 500
  await eventually('the run shows its lag', read, lagging)
  const [described] = (await admin.describeGroups([group])).groups
  t.match(described, { state: 'Stable', members: { length: 2 } })
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  t.same(
    committed?.partitions.map(({ offset }) => offset),
    ['0', '0', '0'],
    'lag counts from the start of the run'
  )

  const run = await eventually('the run ends', read, ({ status }) => status !== 'running')
  t.match(run, { status: 'completed', result: { acknowledged: 3500 } }, run.failure ?? run.id)
  const [result] = consumersOf(run)
  t.match(result, { group, consumed: 3500, unconsumed: 0, lag: 0 })
  const { records = 0, drainSeconds, drainedPerSecond, producedPerSecond } = result?.backlog ?? {}
  t.ok(records > 1000 && typeof drainSeconds === 'number', JSON.stringify(result?.backlog))
  t.ok((drainedPerSecond ?? 0) > (producedPerSecond ?? 0), 'it took faster than the producers gave')
  t.ok((result?.endToEndMs?.max ?? 0) > 3000, 'the first record waited for the group')
  t.ok((run.result?.responseTimeMs?.p50 ?? 0) < 1000, 'and its producer did not')

  // Its commits are those of a load test, so that another one may go on from them.
  const again = await runWorkload({
    ...(workload as object),
    rate: { kind: 'closed' },
    records: 100,
    durationSeconds: 60
  })
  t.match(consumersOf(again), [{ consumed: 100, foreign: 0 }])
})

t.test(
  'the group of somebody else is not touched unless its name is given again, and not while it is in use',
  async (t) => {
    const admin = await independentAdmin(t)
    const topic = await ownTopic(t, admin, 'guarded', 3)
    const groupId = `${topic}-group`
    t.teardown(() => admin.deleteGroups([groupId]))
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '0' }] })
    const existing = { kind: 'existing', name: topic, confirm: topic } as const
    const workload = { name: 'test', topic: existing, records: 100, consumers: [{ group: groupId, members: 1 }] }
    const refused = await ask('POST', '/api/loadtest/runs', workload)
    t.match(refused, { status: 400, body: { errors: [{ field: 'consumers.0.confirm' }] } })
    const confirmed = await runWorkload({ ...workload, consumers: [{ group: groupId, members: 1, confirm: groupId }] })
    t.match(consumersOf(confirmed), [{ consumed: 100, lag: 0 }])

    const consumer = new kafkajs.Kafka({
      clientId: 'kops-test',
      ...kafkajsConnection,
      logLevel: kafkajs.logLevel.NOTHING
    }).consumer({ groupId })
    t.teardown(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic })
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.run({ eachMessage: async () => {} })
    await joined
    const inUse = await ask('POST', '/api/loadtest/runs', {
      ...workload,
      consumers: [{ group: groupId, members: 1, confirm: groupId }]
    })
    t.match(inUse, { status: 409, body: { code: 'group_active', errors: [{ field: 'consumers.0.group' }] } })
  }
)

t.test('consumers that are too slow show in end-to-end latency and lag, and not in the response time', async (t) => {
  const run = await runWorkload({
    rate: { kind: 'constant', perSecond: 100 },
    durationSeconds: 6,
    consumers: [{ members: 1, processingMs: 20, drainSeconds: 0 }],
    thresholds: ['lag = 0', 'e2e.p50 < 100ms']
  })
  const [group] = consumersOf(run)
  const { consumed = 0, unconsumed = 0, lag = 0, endToEndMs } = group ?? {}
  t.equal(consumed + unconsumed, 600)
  t.ok(unconsumed > 150 && lag === unconsumed, `50 of 100 a second are processed: ${consumed}, ${unconsumed}, ${lag}`)
  t.ok((endToEndMs?.p50 ?? 0) > 500 && (endToEndMs?.max ?? 0) > 2000, JSON.stringify(endToEndMs))
  t.ok((run.result?.responseTimeMs?.p50 ?? Number.NaN) < 200, JSON.stringify(run.result?.responseTimeMs))
  t.match(run.result?.thresholds, [{ passed: false, actual: unconsumed }, { passed: false }])
})

t.test('a run is stopped while groups consume, reports what they did, and leaves no temporary group', async (t) => {
  const admin = await independentAdmin(t)
  const workload = {
    name: 'test',
    topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
    rate: { kind: 'constant', perSecond: 500 },
    durationSeconds: 600,
    consumers: [
      { members: 2, processingMs: 10 },
      { members: 1, startAfter: { seconds: 300 } }
    ]
  }
  const { body } = await ask<LoadTestRun>('POST', '/api/loadtest/runs', workload)
  const read = async () => (await ask<LoadTestRun>('GET', body.links.self)).body
  const consuming = ({ progress }: LoadTestRun) => (progress?.second?.consumers?.[0]?.consumed ?? 0) > 50
  await eventually('the group consumes', read, consuming)
  const since = performance.now()
  const { body: stopped } = await ask<LoadTestRun>('DELETE', body.links.self)
  t.ok(performance.now() - since < 8000, `stopped after ${performance.now() - since} ms`)
  t.match(stopped, { status: 'aborted', failure: 'Cancelled on request', result: { consumers: [{}, { consumed: 0 }] } })
  const [group] = consumersOf(stopped)
  t.ok(group && group.consumed > 50 && group.unconsumed > 0, JSON.stringify(group))
  const { groups } = await admin.listGroups()
  t.same(
    groups.filter(({ groupId }) => groupId.startsWith(`kops-load-${body.id}`)),
    []
  )
})
