import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadCatalog, loadCatalogs } from '#shared/catalog/load-catalog.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { eventually } from '../support/eventually.ts'
import { connection } from '../support/under-test.ts'
import { ask, independentAdmin, overridesOf, ownTopic } from './service.ts'

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..')

t.test('the cluster matches the log-streaming catalog, and applying it again changes nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const catalog = await loadCatalog(join(projectRoot, 'catalog/log-streaming.yaml'))
  t.equal((await ask('POST', '/api/catalog/apply', catalog)).status, 200)
  t.match(await ask('POST', '/api/catalog/apply', catalog), {
    status: 200,
    body: {
      catalog: 'log-streaming',
      changes: catalog.topics.map(({ name }) => ({ topic: name, action: 'none', applied: false }))
    }
  })
  const { topics } = await kafka.fetchTopicMetadata({ topics: catalog.topics.map(({ name }) => name) })
  for (const { name, partitions, replicationFactor, configs } of catalog.topics) {
    const found = topics.find((topic) => topic.name === name)
    t.equal(found?.partitions.length, partitions, name)
    t.ok(
      found?.partitions.every(({ replicas }) => replicas.length === replicationFactor),
      name
    )
    t.match(await overridesOf(kafka, name), configs ?? {}, name)
  }
})

t.test('a catalog sets what differs, and keeps what somebody else has set', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'overrides')
  const catalog = (configs: Record<string, string>) => ({
    name: 'test',
    topics: [{ name, partitions: 2, replicationFactor: 3, configs }]
  })
  t.match(await ask('POST', '/api/catalog/apply', catalog({ 'retention.ms': '3600000' })), {
    body: { changes: [{ topic: name, action: 'create', applied: true }] }
  })
  const somebodyElse = createTopicAdmin(connection)
  t.teardown(() => somebodyElse.close())
  await somebodyElse.alterConfigs(name, { 'max.message.bytes': '2000000' }, { validateOnly: false, timeoutMs: 10_000 })

  const wanted = catalog({ 'retention.ms': '7200000' })
  const planned = await ask('POST', '/api/catalog/apply?dryRun=true', wanted)
  t.match(planned.body, { changes: [{ action: 'alter-config', detail: /3600000 -> 7200000/, applied: false }] })
  t.match(await overridesOf(kafka, name), { 'retention.ms': '3600000' }, 'a dry run changes nothing')
  t.match((await ask('POST', '/api/catalog/apply', wanted)).body, {
    changes: [{ action: 'alter-config', applied: true }]
  })
  t.same(await overridesOf(kafka, name), { 'retention.ms': '7200000', 'max.message.bytes': '2000000' })
  t.match((await ask('POST', '/api/catalog/apply', wanted)).body, { changes: [{ action: 'none', applied: false }] })
})

t.test('what a catalog cannot change is reported, and the topic is left alone', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'refused')
  await ask('POST', `/api/topics?topicName=${name}&partitions=2&replicationFactor=3`)
  const configs = { 'retention.ms': '1000' }
  const refused = [
    { topic: { name, partitions: 1, replicationFactor: 3, configs }, detail: /has 2 partitions, the catalog wants 1/ },
    {
      topic: { name, partitions: 2, replicationFactor: 2, configs },
      detail: /replication factor is 3, the catalog wants 2/
    }
  ]
  for (const { topic, detail } of refused) {
    t.match(await ask('POST', '/api/catalog/apply', { name: 'test', topics: [topic] }), {
      status: 200,
      body: { changes: [{ topic: name, action: 'refuse', detail, applied: false }] }
    })
  }
  t.same(await overridesOf(kafka, name), {})
  t.equal((await kafka.fetchTopicMetadata({ topics: [name] })).topics[0]?.partitions.length, 2)
})

t.test('every catalog of the project can be carried out, and none undoes another', async (t) => {
  const kafka = await independentAdmin(t)
  const { catalogs } = await loadCatalogs(join(projectRoot, 'catalog'))
  // The topics of events would wake the consumer of the service under test, for other tests to stumble over.
  const applied = catalogs.filter(({ name }) => name !== 'event-service')
  const before = await kafka.listTopics()
  const made = applied.flatMap(({ topics }) => topics.map(({ name }) => name)).filter((name) => !before.includes(name))
  t.teardown(() => kafka.deleteTopics({ topics: made, timeout: 20_000 }))
  for (const catalog of catalogs) {
    const { status, body } = await ask('POST', '/api/catalog/plan', catalog)
    t.equal(status, 200, catalog.name)
    t.same(body['warnings'], [], catalog.name)
    t.notMatch(JSON.stringify(body['changes']), /"refuse"/, catalog.name)
  }
  for (const catalog of applied) t.equal((await ask('POST', '/api/catalog/apply', catalog)).status, 200, catalog.name)
  for (const catalog of applied) {
    const { body } = await ask('POST', '/api/catalog/plan', catalog)
    const actions = new Set((body['changes'] as { action: string }[]).map(({ action }) => action))
    t.same([...actions], ['none'], catalog.name)
    t.same(body['drift'], [], catalog.name)
  }
  t.match(await overridesOf(kafka, 'service-metrics'), { 'max.message.bytes': '10485760', 'retention.ms': '604800000' })
  t.match(await overridesOf(kafka, 'audit-logs'), { 'cleanup.policy': 'compact,delete', 'retention.ms': '2592000000' })
  t.match(await overridesOf(kafka, 'analytics-events'), { 'compression.type': 'lz4', 'segment.ms': '86400000' })
})

t.test('partitions are added, drift and unmanaged topics are reported and left alone', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'grown')
  const stray = ownTopic(t, 'stray')
  const catalog = (partitions: number) => ({ name: 'test', topics: [{ name, partitions, replicationFactor: 3 }] })
  await ask('POST', '/api/catalog/apply', catalog(2))
  await ask('POST', `/api/topics?topicName=${stray}&partitions=1&replicationFactor=3`)
  const somebodyElse = createTopicAdmin(connection)
  t.teardown(() => somebodyElse.close())
  await somebodyElse.alterConfigs(name, { 'retention.ms': '3600000' }, { validateOnly: false, timeoutMs: 10_000 })

  // In a KRaft cluster the brokers hear of a change after the controller has accepted it.
  const planned = await eventually(
    'the brokers have heard of it',
    () => ask('POST', '/api/catalog/plan', catalog(5)),
    ({ body }) => Array.isArray(body['drift']) && body['drift'].length > 0
  )
  t.match(planned.body, {
    dryRun: true,
    changes: [{ topic: name, action: 'add-partitions', detail: /^2 -> 5 partitions; new records of a key/ }],
    drift: [{ topic: name, configs: { 'retention.ms': '3600000' } }]
  })
  t.ok((planned.body['unmanaged'] as string[]).includes(stray), 'a topic of somebody else is unmanaged')
  t.notOk(
    (planned.body['unmanaged'] as string[]).some((topic) => /^(__|kops-|audit-logs$)/.test(topic)),
    "Kafka's and kops' own topics are not"
  )
  t.ok((planned.body['own'] as string[]).includes('kops-probe'))
  const applied = await ask('POST', '/api/catalog/apply', catalog(5))
  t.match(applied.body, { changes: [{ action: 'add-partitions', applied: true }] })
  await eventually(
    'the brokers have heard of the partitions',
    () => kafka.fetchTopicMetadata({ topics: [name] }),
    ({ topics }) => topics[0]?.partitions.length === 5
  )
  t.same(await overridesOf(kafka, name), { 'retention.ms': '3600000' })
})

t.test('a catalog for another cluster, and one that names a topic twice, change nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'elsewhere')
  const topics = [{ name, partitions: 1, replicationFactor: 3 }]
  t.match(await ask('POST', '/api/catalog/apply', { name: 'test', clusterId: 'another', topics }), {
    status: 409,
    body: { code: 'cluster_mismatch', errors: [{ field: 'clusterId' }] }
  })
  t.match(await ask('POST', '/api/catalog/apply', { name: 'test', topics, remove: [name] }), {
    status: 400,
    body: { errors: [{ field: 'remove.0' }] }
  })
  t.notOk((await kafka.listTopics()).includes(name))
})

t.test('a topic that is to be gone goes with allowDelete only, and not while it is in use', async (t) => {
  const kafka = await independentAdmin(t)
  const [idle, used] = [ownTopic(t, 'idle'), ownTopic(t, 'used')]
  const spec = { partitions: 1, replicationFactor: 3 }
  await ask('POST', '/api/catalog/apply', { name: 'test', topics: [idle, used].map((name) => ({ name, ...spec })) })
  await ask('POST', '/kafka/publish', { event_type: 'x', data: {}, topic: used })
  const catalog = { name: 'test', topics: [], remove: [idle, used] }
  t.match((await ask('POST', '/api/catalog/apply', catalog)).body, {
    changes: [
      { action: 'delete', applied: false, detail: /allowDelete is not set/ },
      { action: 'delete', applied: false }
    ]
  })
  t.match((await ask('POST', '/api/catalog/apply?allowDelete=true', catalog)).body, {
    changes: [
      { topic: idle, action: 'delete', applied: true },
      { topic: used, action: 'refuse', detail: /in use/, applied: false }
    ]
  })
  const left = await kafka.listTopics()
  t.notOk(left.includes(idle))
  t.ok(left.includes(used))
  t.match(await ask('POST', '/api/catalog/apply?allowDelete=true&force=true', catalog), {
    status: 400,
    body: { errors: [{ field: 'reason' }] }
  })
})
