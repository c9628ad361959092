import t from 'tap'
import { applyCatalog, type CatalogPorts } from '#services/admin/domain/catalog/apply.ts'
import { changeOf, planCatalog, unnamedIn } from '#services/admin/domain/catalog/plan.ts'
import type { Catalog } from '#shared/contracts/catalog.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { entriesOf, type PlainCluster, plainCluster, topicOf } from '../../plain-cluster.ts'

const spec: TopicSpec = { name: 'a', partitions: 2, replicationFactor: 3, configs: { 'retention.ms': '1000' } }
const timing = {
  waitMs: 1000,
  deadlineMs: 1000,
  changeTimeoutMs: 1000,
  ...manualClock(),
  allowDelete: false
}
const portsOf = (cluster: PlainCluster, overrides: Partial<CatalogPorts> = {}): CatalogPorts => ({
  reader: cluster.reader,
  batches: cluster.batches,
  installed: async () => ({ catalogs: [], warnings: [] }),
  remove: async (name, { dryRun }) => {
    if (!dryRun) cluster.changes.push(`remove ${name}`)
    return 'all records of it'
  },
  ownPatterns: ['kops-probe*'],
  reserved: cluster.reserved,
  mostReplicas: cluster.mostReplicas,
  ...overrides
})
const catalogOf = (...topics: TopicSpec[]) => ({ name: 'test', topics })

t.test('each topic of a catalog becomes one step', async (t) => {
  const { reserved } = plainCluster()
  const audit = { ...spec, name: 'audit-logs' }
  const cases: { when: string; wanted: TopicSpec; existing?: TopicSpec; action: string; detail: RegExp }[] = [
    { when: 'missing', wanted: spec, action: 'create', detail: /^2 partitions, replication factor 3$/ },
    { when: 'the same', wanted: spec, existing: spec, action: 'none', detail: /as the catalog/ },
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
      detail: /cannot remove partitions/
    },
    {
      when: 'fewer partitions exist',
      wanted: spec,
      existing: { ...spec, partitions: 1 },
      action: 'add-partitions',
      detail: /^1 -> 2 partitions; new records of a key/
    },
    {
      when: 'another factor',
      wanted: spec,
      existing: { ...spec, replicationFactor: 2 },
      action: 'refuse',
      detail: /reassignment/
    },
    { when: 'reserved and the same', wanted: audit, existing: audit, action: 'none', detail: /as the catalog/ },
    { when: 'reserved and missing', wanted: audit, action: 'none', detail: /kops creates it itself/ },
    {
      when: 'reserved and with another value',
      wanted: audit,
      existing: { ...audit, configs: { 'retention.ms': '5' } },
      action: 'refuse',
      detail: /^it is reserved, so it stays as it is: retention\.ms: 5 -> 1000$/
    },
    {
      when: 'reserved and with fewer partitions',
      wanted: audit,
      existing: { ...audit, partitions: 1 },
      action: 'refuse',
      detail: /^it is reserved/
    },
    { when: "Kafka's own", wanted: { ...spec, name: '__x' }, action: 'refuse', detail: /Kafka's own/ }
  ]
  for (const { when, wanted, existing, action, detail } of cases) {
    const topics = existing ? [topicOf(existing)] : []
    const configs = new Map(existing ? [[existing.name, entriesOf(existing)]] : [])
    t.match(
      planCatalog(catalogOf(wanted), topics, configs, reserved),
      [{ action, detail, name: wanted.name, at: 'topics.0' }],
      when
    )
  }
  const other = { ...spec, configs: { 'max.message.bytes': '5' } }
  const settings = [{ name: 'retention.ms', before: null, after: '1000' }]
  t.match(
    planCatalog(catalogOf(spec), [topicOf(other)], new Map([[other.name, entriesOf(other)]]), reserved).map((step) =>
      changeOf(step, false)
    ),
    [{ action: 'alter-config', settings, applied: false }],
    'settings as data'
  )
  t.match(planCatalog(catalogOf(spec), [topicOf(spec)], new Map(), reserved), [
    { action: 'refuse', detail: /could not be read/ }
  ])
})

t.test('applying twice changes nothing the second time, and keeps what somebody else set', async (t) => {
  const cluster = plainCluster([{ ...spec, configs: { 'max.message.bytes': '5', 'retention.ms': '7' } }])
  const catalog = catalogOf(spec, { ...spec, name: 'b' })
  const first = await applyCatalog(portsOf(cluster), catalog, { ...timing, dryRun: false })
  t.match(first.changes, [
    { topic: 'a', action: 'alter-config', applied: true },
    { topic: 'b', action: 'create', applied: true }
  ])
  const second = await applyCatalog(portsOf(cluster), catalog, { ...timing, dryRun: false })
  t.match(second.changes, [
    { action: 'none', applied: false },
    { action: 'none', applied: false }
  ])
  t.same(cluster.changes, ['create b', 'set a retention.ms'])
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
  const late = portsOf(cluster, { reader: { ...cluster.reader, metadata } })
  const result = await applyCatalog(late, catalogOf(spec), { ...timing, dryRun: false })
  t.match(result.changes, [{ action: 'none', applied: false }])
  t.equal(readings, 3)
})

t.test('a dry run lists the same changes and makes none', async (t) => {
  const cluster = plainCluster()
  const planned = await applyCatalog(portsOf(cluster), catalogOf(spec), { ...timing, dryRun: true })
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
  await t.rejects(applyCatalog(portsOf(cluster), catalog, { ...timing, dryRun: false }), {
    code: 'validation_failed',
    errors: [{ field: 'topics.1.replicationFactor' }, { field: 'topics.2.configs.nonsense' }]
  })
  t.same(cluster.changes, [])
})

t.test('a topic that is in a catalog twice is refused', async (t) => {
  await t.rejects(applyCatalog(portsOf(plainCluster()), catalogOf(spec, spec), { ...timing, dryRun: true }), {
    errors: [{ field: 'topics.1.name' }]
  })
})

t.test('partitions and overrides of one topic are two changes, and both are made', async (t) => {
  const cluster = plainCluster([{ ...spec, configs: {} }])
  const catalog = catalogOf({ ...spec, partitions: 5 })
  const result = await applyCatalog(portsOf(cluster), catalog, { ...timing, dryRun: false })
  t.match(result.changes, [
    { topic: 'a', action: 'add-partitions', applied: true },
    { topic: 'a', action: 'alter-config', applied: true }
  ])
  t.same(cluster.changes, ['grow a 5', 'set a retention.ms'])
})

t.test('what the catalog does not name is reported and left alone', async (t) => {
  const cluster = plainCluster([
    { ...spec, configs: { 'max.message.bytes': '5', 'retention.ms': '1000' } },
    { ...spec, name: 'stray' },
    { ...spec, name: 'elsewhere' },
    { ...spec, name: 'kops-probe' },
    { ...spec, name: '__consumer_offsets' }
  ])
  const other = { name: 'other', topics: [{ ...spec, name: 'elsewhere' }] }
  const ports = portsOf(cluster, { installed: async () => ({ catalogs: [other], warnings: [] }) })
  const result = await applyCatalog(ports, catalogOf(spec), { ...timing, dryRun: false, allowDelete: true })
  t.same(result.drift, [{ topic: 'a', configs: { 'max.message.bytes': '5' } }])
  t.same(result.own, ['kops-probe'])
  t.same(result.unmanaged, ['stray'])
  t.same(cluster.changes, [])
  t.same(unnamedIn([], [], []), { own: [], unmanaged: [] })
})

t.test('catalogs that define a topic differently are reported, those that agree are not', async (t) => {
  const installed = async () => ({
    catalogs: [
      { name: 'test', topics: [{ ...spec, partitions: 9 }] },
      { name: 'same', topics: [spec] },
      { name: 'other', topics: [{ ...spec, partitions: 3 }] },
      { name: 'gone', topics: [], remove: ['a'] }
    ],
    warnings: []
  })
  const ports = portsOf(plainCluster(), { installed })
  const { warnings } = await applyCatalog(ports, catalogOf(spec), { ...timing, dryRun: true })
  t.same(
    warnings.map(({ target }) => target),
    ['a in other', 'a in gone']
  )
})

t.test('a catalog for another cluster is refused, and changes nothing', async (t) => {
  const cluster = plainCluster()
  const apply = (clusterId: string) =>
    applyCatalog(portsOf(cluster), { ...catalogOf(spec), clusterId }, { ...timing, dryRun: false })
  await t.rejects(apply('other'), { code: 'cluster_mismatch', errors: [{ field: 'clusterId' }] })
  t.same(cluster.changes, [])
  t.match(await apply('plain'), { clusterId: 'plain', changes: [{ applied: true }] })
})

t.test('a topic is deleted only with allowDelete, and only when its guards agree', async (t) => {
  const cluster = plainCluster([spec])
  const catalog: Catalog = { name: 'test', topics: [], remove: ['a', 'missing', '__consumer_offsets'] }
  const ports = portsOf(cluster)
  const kept = await applyCatalog(ports, catalog, { ...timing, dryRun: false })
  t.match(kept.changes, [
    { topic: 'a', action: 'delete', detail: /kept because allowDelete is not set/, applied: false },
    { action: 'none' },
    { action: 'refuse' }
  ])
  t.same(cluster.changes, [])
  const remove = async () => {
    throw new KopsError('job_conflict', 'a group reads it')
  }
  const guarded = await applyCatalog({ ...ports, remove }, catalog, { ...timing, dryRun: false, allowDelete: true })
  t.match(guarded.changes[0], { action: 'refuse', detail: /a group reads it/ })
  const gone = await applyCatalog(ports, catalog, { ...timing, dryRun: false, allowDelete: true })
  t.match(gone.changes[0], { action: 'delete', detail: 'all records of it', applied: true })
  t.same(cluster.changes, ['remove a'])
})

t.test('an interrupted run reports what was done, and the next one continues from there', async (t) => {
  const big = (name: string): TopicSpec => ({ name, partitions: 1000, replicationFactor: 3 })
  const catalog = catalogOf(big('b'), big('c'), big('d'))
  const cluster = plainCluster()
  let sent = 0
  const createTopics: typeof cluster.batches.createTopics = async (specs, options) => {
    if (!options.validateOnly && ++sent === 2) throw new KopsError('controller_unavailable', 'No controller')
    return cluster.batches.createTopics(specs, options)
  }
  const breaking = portsOf(cluster, { batches: { ...cluster.batches, createTopics } })
  const run = { ...timing, dryRun: false, force: true }
  const error = await applyCatalog(breaking, catalog, run).catch((thrown: unknown) => thrown)
  t.ok(isKopsError(error, 'controller_unavailable'))
  t.match(error, {
    message:
      /^1 of 3 changes were made, then: No controller\. Done: create b\. Not done, or unknown: create c, create d\./,
    errors: [
      { field: 'topics.1', message: /failed: No controller/ },
      { field: 'topics.2', message: /not started/ }
    ]
  })
  t.same(cluster.changes, ['create b'])
  const second = await applyCatalog(breaking, catalog, run)
  t.match(second.changes, [
    { action: 'none' },
    { action: 'create', applied: true },
    { action: 'create', applied: true }
  ])
})

t.test('a request without an answer counts as done when the cluster shows that it was carried out', async (t) => {
  for (const reached of [true, false]) {
    const cluster = plainCluster()
    const createTopics: typeof cluster.batches.createTopics = async (specs, options) => {
      if (options.validateOnly || reached) await cluster.batches.createTopics(specs, options)
      if (!options.validateOnly) throw new KopsError('kafka_timeout', 'no answer')
      return new Map()
    }
    const ports = portsOf(cluster, { batches: { ...cluster.batches, createTopics } })
    const run = applyCatalog(ports, catalogOf(spec), { ...timing, dryRun: false })
    if (reached) t.match((await run).changes, [{ action: 'create', applied: true }])
    else await t.rejects(run, { code: 'kafka_timeout', errors: [{ message: /unknown: no answer/ }] })
  }
})

t.test('an unvalidated plan changes nothing, and that is reported', async (t) => {
  const cluster = plainCluster()
  const createTopics = async () => {
    throw new KopsError('kafka_timeout', 'the change may have been made')
  }
  const ports = portsOf(cluster, { batches: { ...cluster.batches, createTopics } })
  await t.rejects(applyCatalog(ports, catalogOf(spec), { ...timing, dryRun: false }), {
    code: 'kafka_timeout',
    message: /Nothing was changed$/
  })
})
