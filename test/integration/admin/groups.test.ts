import kafkajs, { type Consumer } from 'kafkajs'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { type ResetPlan, ResetPlanSchema } from '#shared/contracts/group-changes.ts'
import { type GroupDetail, GroupDetailSchema, GroupListSchema } from '#shared/contracts/groups.ts'
import { eventually } from '../support/eventually.ts'
import { kafkaTool, rowsOf } from '../support/kafka-tool.ts'
import { bootstrapServers, kafkajsConnection } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic } from './service.ts'

const partitions = 3
const each = 40

const kafka = new kafkajs.Kafka({
  clientId: 'test-groups',
  ...kafkajsConnection,
  logLevel: kafkajs.logLevel.NOTHING
})

/** A topic with 40 records in each partition: the first half of an hour ago, the second of now. */
async function filledTopic(t: Test, stem: string): Promise<string> {
  const topic = ownTopic(t, stem)
  t.equal(
    (await ask('POST', `/api/topics?topicName=${topic}&partitions=${partitions}&replicationFactor=3`)).status,
    201
  )
  const producer = kafka.producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const now = Date.now()
  for (const timestamp of [now - 3_600_000, now]) {
    const messages = Array.from({ length: (partitions * each) / 2 }, (_, nth) => ({
      partition: nth % partitions,
      value: `record ${nth}`,
      timestamp: String(timestamp)
    }))
    await producer.send({ topic, acks: -1, messages })
  }
  return topic
}

function ownGroup(t: Test, stem: string): string {
  const group = `test-admin-${stem}-${Date.now().toString(36)} ä/1`
  t.teardown(() => ask('DELETE', pathOf(group)))
  return group
}

function pathOf(group: string, rest = ''): string {
  return `/api/groups/${encodeURIComponent(group)}${rest}`
}

/** A member that reads everything and stays. */
async function join(t: Test, group: string, topic: string): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId: group, sessionTimeout: 10_000 })
  await consumer.connect()
  t.teardown(() => consumer.disconnect())
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let read = 0
  const all = Promise.withResolvers<void>()
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: async () => {
      read += 1
      if (read === partitions * each) all.resolve()
    }
  })
  await all.promise
  return consumer
}

/** Kafka's tool on a group, by partition. */
async function described(group: string) {
  const rows = rowsOf(await kafkaTool(bootstrapServers, 'consumer-groups', ['--describe', '--group', group]))
  return rows.sort((a, b) => Number(a['PARTITION']) - Number(b['PARTITION']))
}

t.test('a group is reported as Kafka reports it, and left alone while members are active', async (t) => {
  const topic = await filledTopic(t, 'active')
  // Kafka's tool parts its columns by blanks: this group's name has none.
  const group = `test-admin-active-${Date.now().toString(36)}`
  t.teardown(() => ask('DELETE', pathOf(group)))
  const consumer = await join(t, group, topic)

  const detail = (await ask('GET', pathOf(group))).body as GroupDetail
  t.ok(Value.Check(GroupDetailSchema, detail))
  t.match(detail, { group, state: 'Stable', protocolType: 'consumer', warnings: [] })
  t.match(detail.members, [
    { clientId: 'test-groups', host: /^[\d.]+$/, assignment: [{ topic, partitions: [0, 1, 2] }] }
  ])
  // On a busy machine the group may rebalance once more: afterwards it has rows for all partitions.
  const truth = await eventually(
    'the tool has all partitions',
    () => described(group),
    (rows) => rows.length === partitions,
    60_000
  )
  for (const [index, row] of truth.entries()) {
    const ours = detail.partitions[index]
    t.equal(ours?.memberId, row['CONSUMER-ID'])
    t.equal(`/${detail.members?.[0]?.host}`, row['HOST'])
    t.equal(ours?.logEndOffset, Number(row['LOG-END-OFFSET']))
  }

  const active = { status: 409, body: { code: 'group_active', detail: /test-groups \([\d.]+\)/ } }
  for (const dryRun of [true, false]) {
    t.match(await ask('POST', pathOf(group, `/reset-offsets?dryRun=${dryRun}`), { to: 'earliest' }), active)
    t.match(await ask('DELETE', pathOf(group, `?dryRun=${dryRun}`)), active)
    t.match(await ask('DELETE', pathOf(group, `/offsets?topic=${topic}&dryRun=${dryRun}`)), active)
  }

  await consumer.disconnect()
  const left = (await ask('GET', pathOf(group))).body as GroupDetail
  t.match(left, { state: 'Empty', members: [], lag: 0 })
  const after = await described(group)
  t.same(
    left.partitions.map(({ committedOffset, logEndOffset, lag }) => [committedOffset, logEndOffset, lag]),
    after.map((row) => [Number(row['CURRENT-OFFSET']), Number(row['LOG-END-OFFSET']), Number(row['LAG'])])
  )

  const list = await ask('GET', `/api/groups?name=${group}&state=empty`)
  t.ok(Value.Check(GroupListSchema, list.body))
  t.match(list.body, { groups: [{ group, state: 'Empty', members: 0 }] })
  t.same((await ask('GET', `/api/groups?name=${group}&state=stable`)).body['groups'], [])

  // The plan of Kafka's own tool and ours are the same, for each way that both have.
  const half = new Date(Date.now() - 1_800_000)
  const ways: { request: object; args: string[]; expected: number }[] = [
    { request: { to: 'earliest' }, args: ['--to-earliest'], expected: 0 },
    {
      request: { to: 'timestamp', timestamp: half.toISOString() },
      args: ['--to-datetime', half.toISOString().slice(0, 23)],
      expected: each / 2
    },
    { request: { to: 'durationBack', durationMs: 1_800_000 }, args: ['--by-duration', 'PT30M'], expected: each / 2 },
    { request: { to: 'shiftBy', shiftBy: -15 }, args: ['--shift-by', '-15'], expected: each - 15 },
    { request: { to: 'shiftBy', shiftBy: -1000 }, args: ['--shift-by', '-1000'], expected: 0 }
  ]
  for (const { request, args, expected } of ways) {
    const plan = (await ask('POST', pathOf(group, '/reset-offsets?dryRun=true'), request)).body as ResetPlan
    t.ok(Value.Check(ResetPlanSchema, plan))
    const printed = await kafkaTool(bootstrapServers, 'consumer-groups', [
      ...['--reset-offsets', '--dry-run', '--group', group, '--all-topics'],
      ...args
    ])
    // This plan is printed without line ends.
    const theirs = Array.from(printed.matchAll(/\S+\s+\S+\s+(\d+)\s+(\d+)/g), ([, ...numbers]) => numbers.map(Number))
    t.same(
      plan.partitions.map(({ partition, newOffset }) => [partition, newOffset]),
      theirs.sort(([a = 0], [b = 0]) => a - b),
      JSON.stringify(request)
    )
    t.ok(plan.partitions.every(({ oldOffset, newOffset }) => oldOffset === each && newOffset === expected))
  }
})

t.test('offsets are reset as the plan says, and forgotten', async (t) => {
  const kafkaAdmin = await independentAdmin(t)
  const topic = await filledTopic(t, 'reset')
  const group = ownGroup(t, 'reset')
  await (await join(t, group, topic)).disconnect()
  const committed = async () => {
    const [ofTopic] = await kafkaAdmin.fetchOffsets({ groupId: group, topics: [topic] })
    return ofTopic?.partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset))
  }
  const reset = (body: object, query = '') => ask('POST', pathOf(group, `/reset-offsets${query}`), body)

  const request = {
    to: 'offsets',
    offsets: [
      { topic, partition: 1, offset: 7 },
      { topic, partition: 2, offset: 4000 }
    ]
  }
  const planned = await reset(request, '?dryRun=true')
  t.match(planned, { status: 200, body: { dryRun: true, applied: false, changes: 1 } })
  t.same(await committed(), [each, each, each])
  const done = await reset(request)
  t.same(done.body, { ...planned.body, dryRun: false, applied: true })
  t.match(done.body['partitions'], [
    { partition: 1, oldOffset: each, newOffset: 7, clamped: null },
    { partition: 2, newOffset: each, clamped: 'toLogEnd', requestedOffset: 4000 }
  ])
  t.same(await committed(), [each, 7, each])

  t.equal((await reset({ to: 'earliest', topics: [{ topic, partitions: [0] }] })).status, 200)
  t.same(await committed(), [0, 7, each])
  t.match(await reset({ to: 'shiftBy', shiftBy: 3 }), { status: 200, body: { applied: true, changes: 2 } })
  t.same(await committed(), [3, 10, each])

  const refused: [object, number, string][] = [
    [{ to: 'timestamp' }, 400, 'timestamp'],
    [{ to: 'nowhere' }, 400, 'to'],
    [{ to: 'earliest', topics: [{ topic: 'test-admin-none' }] }, 404, 'topics'],
    [{ to: 'earliest', topics: [{ topic, partitions: [9] }] }, 400, 'topics'],
    [{ to: 'shiftBy', shiftBy: 2 ** 60 }, 400, 'shiftBy']
  ]
  for (const [body, status, field] of refused) {
    t.match(await reset(body), { status, body: { errors: [{ field }] } }, JSON.stringify(body))
  }
  t.same(await committed(), [3, 10, each])

  const offsets = pathOf(group, `/offsets?topic=${topic}`)
  t.match(await ask('DELETE', `${offsets}&dryRun=true`), { status: 200, body: { applied: false } })
  t.same(await committed(), [3, 10, each])
  t.match(await ask('DELETE', offsets), {
    status: 200,
    body: {
      applied: true,
      committed: [
        { partition: 0, offset: 3 },
        { partition: 1, offset: 10 },
        { partition: 2, offset: each }
      ]
    }
  })
  t.same(await committed(), [-1, -1, -1])
})

t.test('a group without members is deleted, and one that is not there is a 404', async (t) => {
  const kafkaAdmin = await independentAdmin(t)
  const topic = await filledTopic(t, 'delete')
  const group = ownGroup(t, 'delete')
  const names = async () => (await kafkaAdmin.listGroups()).groups.map(({ groupId }) => groupId)
  await (await join(t, group, topic)).disconnect()
  t.match(await ask('DELETE', pathOf(group, '?dryRun=true')), {
    status: 200,
    body: { applied: false, action: 'delete' }
  })
  t.ok((await names()).includes(group))
  t.match(await ask('DELETE', pathOf(group)), { status: 200, body: { applied: true } })
  t.notOk((await names()).includes(group))
  for (const [method, rest] of [
    ['GET', ''],
    ['DELETE', ''],
    ['DELETE', `/offsets?topic=${topic}`]
  ] as const) {
    t.match(await ask(method, pathOf(group, rest)), { status: 404, body: { code: 'group_not_found' } })
  }
  t.match(await ask('POST', pathOf(group, '/reset-offsets'), { to: 'latest' }), { status: 404 })
})
