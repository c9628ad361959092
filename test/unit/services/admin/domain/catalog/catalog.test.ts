import t from 'tap'
import { applyCatalog } from '../../../../../../services/admin/domain/catalog/apply.ts'
import { planCatalog } from '../../../../../../services/admin/domain/catalog/plan.ts'
import type { TopicSpec } from '../../../../../../shared/contracts/topics.ts'
import { entriesOf, plainCluster, topicOf } from '../../plain-cluster.ts'

const spec: TopicSpec = { name: 'a', partitions: 2, replicationFactor: 3, configs: { 'retention.ms': '1000' } }
const timing = {
  waitMs: 1000,
  deadlineMs: 1000,
  changeTimeoutMs: 1000,
  now: () => new Date(0),
  sleep: async () => {}
}
const catalogOf = (...topics: TopicSpec[]) => ({ name: 'test', topics })

t.test('each topic of a catalog becomes one step', async (t) => {
  const cases: { when: string; wanted: TopicSpec; existing?: TopicSpec; action: string; detail: RegExp }[] = [
    { when: 'missing', wanted: spec, action: 'create', detail: /^2 partitions, replication factor 3$/ },
    { when: 'the same', wanted: spec, existing: spec, action: 'none', detail: /as the catalog says/ },
    { when: 'no configs wanted', wanted: { ...spec, configs: {} }, existing: spec, action: 'none', detail: /as/ },
    {
      when: 'another value',
      wanted: spec,
      existing: { ...spec, configs: { 'retention.ms': '5' } },
      action: 'alter-config',
      detail: /^retention\.ms: 5 -> 1000$/
    },
    {
      when: 'not set on the topic, though a default has the same value',
      wanted: { ...spec, configs: { 'segment.bytes': '268435456' } },
      existing: spec,
      action: 'alter-config',
      detail: /^segment\.bytes: \(not set\) -> 268435456$/
    },
    {
      when: 'more partitions exist',
      wanted: spec,
      existing: { ...spec, partitions: 3 },
      action: 'refuse',
      detail: /take .* away/
    },
    {
      when: 'fewer partitions exist',
      wanted: spec,
      existing: { ...spec, partitions: 1 },
      action: 'refuse',
      detail: /1 partition, /
    },
    {
      when: 'another factor',
      wanted: spec,
      existing: { ...spec, replicationFactor: 2 },
      action: 'refuse',
      detail: /reassigned/
    },
    { when: "Kafka's own", wanted: { ...spec, name: '__x' }, action: 'refuse', detail: /Kafka's own/ }
  ]
  for (const { when, wanted, existing, action, detail } of cases) {
    const topics = existing ? [topicOf(existing)] : []
    const configs = new Map(existing ? [[existing.name, entriesOf(existing)]] : [])
    t.match(planCatalog(catalogOf(wanted), topics, configs), [{ action, detail, spec: wanted }], when)
  }
  t.match(planCatalog(catalogOf(spec), [topicOf(spec)], new Map()), [{ action: 'refuse', detail: /could not be read/ }])
})

t.test('applying twice changes nothing the second time, and leaves what somebody else set', async (t) => {
  const cluster = plainCluster([{ ...spec, configs: { 'max.message.bytes': '5', 'retention.ms': '7' } }])
  const catalog = catalogOf(spec, { ...spec, name: 'b' })
  const first = await applyCatalog(cluster, catalog, { ...timing, dryRun: false })
  t.match(first.changes, [
    { topic: 'a', action: 'alter-config', applied: true },
    { topic: 'b', action: 'create', applied: true }
  ])
  const second = await applyCatalog(cluster, catalog, { ...timing, dryRun: false })
  t.match(second.changes, [
    { action: 'none', applied: false },
    { action: 'none', applied: false }
  ])
  t.same(cluster.changes, ['set a retention.ms', 'create b'])
  t.equal(cluster.specs.get('a')?.configs?.['max.message.bytes'], '5')
})

t.test('topics that brokers do not know yet, and the controller does, are read again', async (t) => {
  const cluster = plainCluster([spec])
  let readings = 0
  const metadata: typeof cluster.reader.metadata = async (options) => {
    const reading = await cluster.reader.metadata(options)
    readings++
    return readings > 2 ? reading : { ...reading, value: { ...reading.value, topics: [] } }
  }
  const late = { admin: cluster.admin, reader: { ...cluster.reader, metadata } }
  const result = await applyCatalog(late, catalogOf(spec), { ...timing, dryRun: false })
  t.match(result.changes, [{ action: 'none', applied: false }])
  t.equal(readings, 3)
})

t.test('a dry run lists the same changes and makes none', async (t) => {
  const cluster = plainCluster()
  const planned = await applyCatalog(cluster, catalogOf(spec), { ...timing, dryRun: true })
  t.same(planned.changes, [
    { topic: 'a', action: 'create', detail: '2 partitions, replication factor 3', applied: false }
  ])
  t.same(cluster.changes, [])
})

t.test('one refused step keeps the others from being carried out, and every refusal names its field', async (t) => {
  const cluster = plainCluster([{ ...spec, name: 'c' }])
  const catalog = catalogOf(
    spec,
    { ...spec, name: 'b', replicationFactor: 4 },
    { ...spec, name: 'c', configs: { nonsense: '1' } }
  )
  await t.rejects(applyCatalog(cluster, catalog, { ...timing, dryRun: false }), {
    code: 'validation_failed',
    errors: [{ field: 'topics.1.replicationFactor' }, { field: 'topics.2.configs.nonsense' }]
  })
  t.same(cluster.changes, [])
})

t.test('a topic that is in a catalog twice is refused', async (t) => {
  await t.rejects(applyCatalog(plainCluster(), catalogOf(spec, spec), { ...timing, dryRun: true }), {
    errors: [{ field: 'topics.1.name' }]
  })
})
