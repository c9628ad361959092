import { setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { eventually } from '../support/eventually.ts'
import { kafkajsConnection } from '../support/under-test.ts'
import { ask, independentAdmin, overridesOf, ownTopic } from './service.ts'

const kafka = new kafkajs.Kafka({
  clientId: 'kops-test-topics',
  ...kafkajsConnection,
  logLevel: kafkajs.logLevel.NOTHING
})

async function make(t: Test, stem: string, query = 'partitions=2&replicationFactor=2'): Promise<string> {
  const name = ownTopic(t, stem)
  t.equal((await ask('POST', `/api/topics?topicName=${name}&${query}`)).status, 201)
  // The service refuses to delete a topic that was just written to: the test's own client deletes it.
  t.teardown(async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [name] }).catch(() => undefined)
    await admin.disconnect()
  })
  return name
}

async function write(topic: string, records: { partition: number; timestamp?: number }[]): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const messages = records.map(({ partition, timestamp }) => ({
    partition,
    value: 'x',
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) })
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

t.test('settings are changed one by one and listed with their sources', async (t) => {
  const admin = await independentAdmin(t)
  const name = await make(t, 'configs')
  const patch = (configs: object, query = '') => ask('PATCH', `/api/topics/${name}/configs${query}`, { configs })
  t.match(await patch({ 'retention.ms': '3600000', 'max.message.bytes': '2000' }), {
    status: 200,
    body: { applied: true }
  })
  t.match(await patch({ 'retention.ms': null }, '?dryRun=true'), { status: 200, body: { applied: false } })
  t.same(await overridesOf(admin, name), { 'retention.ms': '3600000', 'max.message.bytes': '2000' })
  t.match(await patch({ 'retention.ms': null }), { status: 200, body: { changes: [{ operation: 'unset' }] } })
  t.same(await overridesOf(admin, name), { 'max.message.bytes': '2000' }, 'the other override stays')
  t.match(await patch({ 'max.message.bytes': 'x', 'retention.ms': '1' }), {
    status: 400,
    body: { code: 'config_invalid', errors: [{ field: 'configs.max.message.bytes' }] }
  })
  t.match(await ask('GET', `/api/topics/${name}/configs?overridden=true`), {
    body: { configs: [{ name: 'max.message.bytes', value: '2000', source: 'dynamic_topic', overridden: true }] }
  })
})

t.test('partitions are added, and the replication factor goes up and down', async (t) => {
  const admin = await independentAdmin(t)
  const name = await make(t, 'grow')
  await write(name, [{ partition: 0, timestamp: Date.now() - 3_600_000 }])
  const more = await ask('POST', `/api/topics/${name}/partitions?partitions=4`)
  t.match(more, { status: 200, body: { before: 2, after: 4, applied: true, warnings: [{ code: 'keys_move' }] } })
  t.match(await ask('POST', `/api/topics/${name}/partitions?partitions=3`), { status: 400 })
  for (const factor of [3, 1]) {
    const change = await ask('PUT', `/api/topics/${name}/replication-factor?replicationFactor=${factor}`)
    t.ok([200, 202].includes(change.status), JSON.stringify(change.body))
    t.match(change.body, { applied: true, after: factor })
    // 202: Kafka still copies.
    const deadline = Date.now() + 30_000
    const counts = async () => {
      const [topic] = (await admin.fetchTopicMetadata({ topics: [name] })).topics
      return topic?.partitions.map(({ replicas, isr }) => `${replicas.length} ${isr.length}`)
    }
    const wanted = Array(4).fill(`${factor} ${factor}`)
    while (`${await counts()}` !== `${wanted}` && Date.now() < deadline) await setTimeout(250)
    t.same(await counts(), wanted)
  }
})

t.test('a topic is created where its assignment says, and many at once or none', async (t) => {
  const admin = await independentAdmin(t)
  const placed = ownTopic(t, 'placed')
  const assignment = [
    [3, 1],
    [2, 3]
  ]
  t.match(await ask('POST', '/api/topics', { name: placed, assignment }), { status: 201, body: { assignment } })
  const [topic] = (await admin.fetchTopicMetadata({ topics: [placed] })).topics
  const byPartition = topic?.partitions.toSorted((a, b) => a.partitionId - b.partitionId)
  t.same(
    byPartition?.map(({ replicas }) => replicas),
    assignment
  )
  t.match(await ask('POST', '/api/topics', { name: `${placed}2`, assignment: [[99]] }), {
    status: 400,
    body: { code: 'assignment_invalid', errors: [{ field: 'assignment.0' }] }
  })

  const names = [1, 2, 3].map((index) => ownTopic(t, `many${index}`))
  const topics = names.map((name) => ({ name, partitions: 2, replicationFactor: 3 }))
  const refused = await ask('POST', '/api/topics/batch', { topics: [...topics, { ...topics[0], name: placed }] })
  t.match(refused, { status: 400, body: { errors: [{ field: 'topics.3.name' }] } })
  t.notOk(
    (await admin.listTopics()).some((name) => names.includes(name)),
    'none is made'
  )
  const made = await ask('POST', '/api/topics/batch', { topics })
  t.match(made, { status: 201, body: { topics: names.map((name) => ({ name, outcome: 'created' })) } })
})

t.test('records go up to an offset, a time, or all; groups that miss some are named', async (t) => {
  const admin = await independentAdmin(t)
  const name = await make(t, 'records')
  const hour = 3_600_000
  const old = Date.now() - 5 * hour
  await write(
    name,
    [0, 1, 2, 3].map((index) => ({ partition: 0, timestamp: old + index * hour }))
  )
  const starts = async () =>
    (await admin.fetchTopicOffsets(name)).sort((a, b) => a.partition - b.partition).map(({ low }) => low)
  const path = `/api/topics/${name}/records`
  t.match(await ask('DELETE', path), { status: 400 })
  t.match(await ask('DELETE', `${path}?beforeOffset=1&dryRun=true`), {
    status: 200,
    body: { records: 1, applied: false }
  })
  t.same(await starts(), ['0', '0'])
  t.match(await ask('DELETE', `${path}?beforeOffset=1`), { status: 200, body: { records: 1, applied: true } })
  t.same(await starts(), ['1', '0'])
  const time = new Date(old + 2 * hour).toISOString()
  t.match(await ask('DELETE', `${path}?beforeTime=${time}`), { status: 200, body: { records: 1 } })
  t.same(await starts(), ['2', '0'])
  t.match(await ask('POST', `/api/topics/${name}/truncate`), { status: 200, body: { records: 2, applied: true } })
  t.same(await starts(), ['4', '0'])
  t.match(await ask('POST', '/api/topics/audit-logs/truncate'), { status: 403 })
})

t.test('a topic in use is kept, a forced deletion can be undone but for its records', async (t) => {
  const admin = await independentAdmin(t)
  const name = await make(t, 'used')
  await write(name, [{ partition: 0 }, { partition: 0 }, { partition: 1 }])
  const group = `${name}-group`
  await admin.setOffsets({ groupId: group, topic: name, partitions: [{ partition: 0, offset: '2' }] })
  t.match(await ask('DELETE', `/api/topics/${name}?dryRun=true`), {
    status: 200,
    body: { records: 3, groups: [{ group, members: 0 }], obstacles: [{ code: 'topic_in_use' }], lastWriteAt: String }
  })
  t.match(await ask('DELETE', `/api/topics/${name}`), { status: 409, body: { code: 'topic_in_use' } })
  t.match(await ask('DELETE', `/api/topics/${name}?force=true`), { status: 400 })
  t.match(await ask('DELETE', `/api/topics/${name}?force=true&reason=test`), { status: 200, body: { applied: true } })
  const again = await ask('POST', `/api/topics/${name}/recreate`)
  t.match(again, { status: 201, body: { applied: true, recordsLost: 3, topic: { name, partitions: 2 } } })
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [name] })
  t.equal(committed?.partitions.find(({ partition }) => partition === 0)?.offset, '0')
})

t.test('members of a group protect a topic even before they have committed anything', async (t) => {
  const name = await make(t, 'members')
  const consumer = kafka.consumer({ groupId: `${name}-group` })
  t.teardown(() => consumer.disconnect())
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.connect()
  await consumer.subscribe({ topic: name })
  await consumer.run({ eachMessage: async () => {} })
  await joined
  const refused = await ask('DELETE', `/api/topics/${name}`)
  t.match(refused, { status: 409, body: { code: 'topic_in_use', detail: /1 member reading it/ } })
})

t.test('a deletion with a grace period can be cancelled, or comes true', async (t) => {
  const admin = await independentAdmin(t)
  const name = await make(t, 'grace')
  const first = await ask('DELETE', `/api/topics/${name}?grace=1h`)
  t.match(first, { status: 202, body: { status: 'scheduled', topic: name } })
  const path = String(first.headers['location'])
  t.match((await ask('GET', '/api/topics/deletions?limit=1')).body['deletions'], [{ topic: name }])
  t.match(await ask('DELETE', path), { status: 200, body: { status: 'cancelled' } })
  t.match(await ask('DELETE', path), { status: 409 })
  const second = await ask('DELETE', `/api/topics/${name}?grace=1s`)
  const { body } = await eventually(
    'the topic is deleted',
    () => ask('GET', String(second.headers['location'])),
    ({ body: { status } }) => status === 'deleted' || status === 'failed',
    30_000
  )
  t.match(body, { status: 'deleted' })
  t.notOk((await admin.listTopics()).includes(name))
})

t.test(
  'a name that collides in metrics is refused with the other name, one that is a path with the reason',
  async (t) => {
    const kafka = await independentAdmin(t)
    const stem = ownTopic(t, 'collide')
    const [dotted, underscored] = [`${stem}.x`, `${stem}_x`]
    t.teardown(() => ask('DELETE', `/api/topics/${dotted}`))
    const create = (name: string) => ask('POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`)
    t.match(await create(dotted), {
      status: 201,
      body: { warnings: [{ code: 'topic_name_collides', target: dotted }] }
    })
    t.match(await create(underscored), {
      status: 409,
      body: {
        code: 'topic_name_collides',
        kafkaError: 'INVALID_TOPIC_EXCEPTION',
        errors: [{ field: 'topicName', message: new RegExp(`differs from ${dotted.replace('.', '\\.')} only in`) }]
      }
    })
    const batch = { topics: [stem, underscored].map((name) => ({ name, partitions: 1, replicationFactor: 3 })) }
    t.match(await ask('POST', '/api/topics/batch', batch), {
      status: 400,
      body: { errors: [{ field: 'topics.1.name' }] }
    })
    for (const name of ['advice', 'batch', 'deletions']) {
      t.match(await create(name), {
        status: 400,
        body: { code: 'validation_failed', errors: [{ field: 'topicName', message: /is reserved/ }] }
      })
    }
    const existing = await kafka.listTopics()
    t.same(
      [dotted, underscored, stem, 'advice', 'batch', 'deletions'].filter((name) => existing.includes(name)),
      [dotted]
    )
  }
)
