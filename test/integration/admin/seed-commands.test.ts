import t from 'tap'
import Value from 'typebox/value'
import { TopicDetailSchema, TopicListSchema, TopicPlanSchema } from '#shared/contracts/topics.ts'
import { ask, independentAdmin, overridesOf, ownTopic } from './service.ts'

t.test(
  'POST /api/topics?topicName=&partitions=12&replicationFactor=3 creates a topic that another client can use at once',
  async (t) => {
    const kafka = await independentAdmin(t)
    const name = ownTopic(t, 'seed')
    const created = await ask('POST', `/api/topics?topicName=${name}&partitions=12&replicationFactor=3`)
    t.equal(created.status, 201)
    t.equal(created.headers['location'], `/api/topics/${name}`)
    t.ok(Value.Check(TopicPlanSchema, created.body))
    t.match(created.body, { action: 'create', applied: true, dryRun: false, topic: { name, partitions: 12 } })

    const described = (await kafka.fetchTopicMetadata({ topics: [name] })).topics[0]
    t.equal(described?.partitions.length, 12)
    for (const { partitionId, leader, replicas } of described?.partitions ?? []) {
      t.ok(leader >= 0, `partition ${partitionId} has a leader`)
      t.equal(replicas.length, 3)
    }
  }
)

t.test('GET /api/topics lists it, GET /api/topics/{topicName} describes it, DELETE removes it', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'cycle')
  await ask('POST', `/api/topics?topicName=${name}&partitions=3&replicationFactor=3`)

  const list = await ask('GET', '/api/topics')
  t.equal(list.status, 200)
  t.ok(Value.Check(TopicListSchema, list.body))
  t.match(list.body, { warnings: [] })
  t.match((await ask('GET', `/api/topics?name=${name}`)).body['topics'], [
    { name, partitions: 3, replicationFactor: 3, underReplicated: 0, internal: false, sizeBytes: 0 }
  ])

  const detail = await ask('GET', `/api/topics/${name}`)
  t.equal(detail.status, 200)
  t.ok(Value.Check(TopicDetailSchema, detail.body))
  t.match(detail.body, {
    replicationFactor: 3,
    partitions: [0, 1, 2].map((partition) => ({ partition, leader: Number, logStartOffset: 0, logEndOffset: 0 })),
    warnings: []
  })

  const deleted = await ask('DELETE', `/api/topics/${name}`)
  t.equal(deleted.status, 200)
  t.match(deleted.body, { action: 'delete', applied: true, records: 0 })
  t.notOk((await kafka.listTopics()).includes(name))
  t.match(await ask('GET', `/api/topics/${name}`), { status: 404, body: { code: 'topic_not_found' } })
  t.match(await ask('DELETE', `/api/topics/${name}`), { status: 404, body: { errors: [{ field: 'topicName' }] } })
})

t.test('a deleted topic can be created again at once', async (t) => {
  const name = ownTopic(t, 'again')
  for (const partitions of [4, 2, 6]) {
    t.match(await ask('POST', `/api/topics?topicName=${name}&partitions=${partitions}&replicationFactor=3`), {
      status: 201
    })
    const gone = await ask('DELETE', `/api/topics/${name}`)
    t.match(gone, { status: 200 }, { body: JSON.stringify(gone.body) })
  }
})

t.test('a JSON body creates a topic with its configuration, and the plan to delete it could recreate it', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'json')
  const configs = { 'retention.ms': '3600000', 'cleanup.policy': 'compact,delete', 'min.insync.replicas': '2' }
  const spec = { name, partitions: 2, replicationFactor: 3, configs }
  t.match(await ask('POST', '/api/topics', spec), { status: 201, body: { applied: true, topic: spec } })
  t.same(await overridesOf(kafka, name), configs)
  const plan = await ask('DELETE', `/api/topics/${name}?dryRun=true`)
  t.match(plan, { status: 200, body: { applied: false, dryRun: true, topic: spec } })
  t.ok((await kafka.listTopics()).includes(name), 'a dry run deletes nothing')
})

t.test('a dry run answers with the plan that the real call carries out, and creates nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'dry')
  const path = `/api/topics?topicName=${name}&partitions=2&replicationFactor=3`
  const planned = await ask('POST', `${path}&dryRun=true`)
  t.equal(planned.status, 200)
  t.notOk((await kafka.listTopics()).includes(name))
  t.same((await ask('POST', path)).body, { ...planned.body, dryRun: false, applied: true })
})

t.test('pages of the list follow each other', async (t) => {
  const names = [1, 2, 3].map((index) => ownTopic(t, `page${index}`))
  for (const name of names) await ask('POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`)
  const seen: unknown[] = []
  let next = '/api/topics?name=test-admin-page&limit=1'
  for (;;) {
    const { body } = await ask('GET', next)
    if (!Value.Check(TopicListSchema, body)) throw new Error('not a list of topics')
    seen.push(...body.topics.map(({ name }) => name))
    if (body.nextCursor === undefined) break
    next = `/api/topics?name=test-admin-page&limit=1&cursor=${body.nextCursor}`
  }
  t.same(seen, names)
})
