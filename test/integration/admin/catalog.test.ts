import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadCatalog } from '../../../shared/catalog/load-catalog.ts'
import { createTopicAdmin } from '../../../shared/kafka/topic-admin.ts'
import { ask, bootstrapServers, independentAdmin, overridesOf, ownTopic } from './service.ts'

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..')

t.test('the log-streaming catalog holds in the cluster, and applying it again changes nothing', async (t) => {
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

t.test('a catalog sets what differs, and what somebody else has set stays', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'overrides')
  const catalog = (configs: Record<string, string>) => ({
    name: 'test',
    topics: [{ name, partitions: 2, replicationFactor: 3, configs }]
  })
  t.match(await ask('POST', '/api/catalog/apply', catalog({ 'retention.ms': '3600000' })), {
    body: { changes: [{ topic: name, action: 'create', applied: true }] }
  })
  const somebodyElse = createTopicAdmin({ bootstrapServers, clientId: 'kops-test' })
  t.teardown(() => somebodyElse.close())
  await somebodyElse.setTopicConfigs(name, { 'max.message.bytes': '2000000' }, { timeoutMs: 10_000 })

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

t.test('what a catalog cannot have is said, and the topic is left alone', async (t) => {
  const kafka = await independentAdmin(t)
  const name = ownTopic(t, 'refused')
  await ask('POST', `/api/topics?topicName=${name}&partitions=2&replicationFactor=3`)
  const configs = { 'retention.ms': '1000' }
  const refused = [
    { topic: { name, partitions: 1, replicationFactor: 3, configs }, detail: /has 2 partitions, the catalog says 1/ },
    {
      topic: { name, partitions: 2, replicationFactor: 2, configs },
      detail: /replication factor is 3, the catalog says 2/
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
