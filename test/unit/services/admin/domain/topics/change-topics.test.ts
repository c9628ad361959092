import t from 'tap'
import { createTopic, specWarnings } from '#services/admin/domain/topics/create-topic.ts'
import { deleteTopic, overridesOf, recordsIn } from '#services/admin/domain/topics/delete-topic.ts'
import { specOf } from '#services/admin/domain/topics/topic-to-make.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { entriesOf, plainCluster, topicOf } from '../../plain-cluster.ts'

const spec = { name: 'a', partitions: 2, replicationFactor: 3 }
const clock = manualClock()
const timing = {
  waitMs: 10_000,
  deadlineMs: 1000,
  changeTimeoutMs: 1000,
  ...clock
}
const real = { ...timing, dryRun: false }
const dry = { ...timing, dryRun: true }

t.test('the topic is described in the query or in the body', async (t) => {
  t.same(specOf({ topicName: 'a', partitions: 2, replicationFactor: 3 }, null), { spec })
  t.same(specOf({ name: 'a', partitions: 2, replicationFactor: 3 }, null), { spec })
  t.same(specOf({ dryRun: true }, spec), { spec })
  const { name, ...unnamed } = spec
  t.same(specOf({}, { ...unnamed, topicName: name }), { spec })
  t.same(specOf({}, { ...spec, topicName: name }), { spec }, 'said twice, and the same')
  const refused = [
    { query: {}, body: unnamed, fields: ['name'] },
    { query: {}, body: { ...spec, topicName: 'b' }, fields: ['topicName'] },
    { query: { name: 'a', topicName: 'b', partitions: 1, replicationFactor: 1 }, fields: ['topicName'] },
    { query: { name: 'a' }, body: spec, fields: ['name'] },
    { query: {}, fields: ['topicName', 'partitions', 'replicationFactor'] },
    { query: { topicName: 'a', partitions: 1 }, fields: ['replicationFactor'] },
    { query: { topicName: 'a' }, body: spec, fields: ['topicName'] },
    { query: { partitions: 1, replicationFactor: 1 }, body: spec, fields: ['partitions', 'replicationFactor'] }
  ]
  for (const { query, body, fields } of refused) {
    const errors = fields.map((field) => ({ field }))
    t.throws(() => specOf(query, body), { code: 'validation_failed', errors }, JSON.stringify(query))
  }
})

t.test('a spec is accepted with warnings that its owner may need', async (t) => {
  const cases = [
    { spec, codes: [] },
    { spec: { ...spec, name: 'a.b' }, codes: [] },
    { spec: { ...spec, name: 'a.b_c' }, codes: ['topic_name_collides'] },
    { spec: { ...spec, replicationFactor: 1 }, codes: ['not_enough_replicas'] },
    { spec: { ...spec, configs: { 'min.insync.replicas': '2' } }, codes: [] },
    { spec: { ...spec, configs: { 'min.insync.replicas': '3' } }, codes: ['not_enough_replicas'] }
  ]
  for (const { spec, codes } of cases)
    t.same(
      specWarnings(spec).map(({ code }) => code),
      codes,
      JSON.stringify(spec)
    )
})

t.test('a dry run returns the plan of the real call and changes nothing', async (t) => {
  const cluster = plainCluster()
  const planned = await createTopic(cluster, { spec }, dry)
  t.same(cluster.changes, [])
  t.same(await createTopic(cluster, { spec }, real), { ...planned, dryRun: false, applied: true })
  const doomed = await deleteTopic(cluster, 'a', dry)
  t.same(cluster.changes, ['create a'])
  t.same(await deleteTopic(cluster, 'a', real), { ...doomed, dryRun: false, applied: true })
  t.same(cluster.changes, ['create a', 'delete a'])
})

t.test('a plan to delete lists what is lost and how to recreate the topic', async (t) => {
  const configs = { 'retention.ms': '1000' }
  const plan = await deleteTopic(plainCluster([{ ...spec, configs }]), 'a', dry)
  t.match(plan, { action: 'delete', topic: { ...spec, configs }, records: 20, sizeBytes: 6000, warnings: [] })
})

t.test('records that cannot be counted are null and the broker is named', async (t) => {
  const cluster = plainCluster([spec])
  cluster.dead.add(1)
  const plan = await deleteTopic(cluster, 'a', dry)
  t.equal(plan.records, null)
  t.match(plan.warnings, [{ code: 'broker_unreachable', target: 'kafka-1' }])
  t.equal(recordsIn(topicOf(spec), []), null)
})

t.test('an unreadable configuration is reported as missing from the plan', async (t) => {
  const { reader, ...cluster } = plainCluster([spec])
  const silent = { ...reader, topicConfigs: async () => ({ value: new Map(), warnings: [] }) }
  t.match((await deleteTopic({ ...cluster, reader: silent }, 'a', dry)).warnings, [{ target: 'a configs' }])
})

t.test('only values set on the topic itself are overrides', async (t) => {
  t.same(overridesOf(entriesOf({ ...spec, configs: { 'retention.ms': '1' } })), { 'retention.ms': '1' })
})

t.test("Kafka's own topics are neither created nor deleted, whether they exist or not", async (t) => {
  const cluster = plainCluster([{ ...spec, name: '__consumer_offsets' }])
  const refusal = { code: 'topic_protected', errors: [{ field: 'topicName' }] }
  await t.rejects(deleteTopic(cluster, '__consumer_offsets', real), refusal)
  await t.rejects(deleteTopic(cluster, '__transaction_state', real), refusal)
  await t.rejects(createTopic(cluster, { spec: { ...spec, name: '__transaction_state' } }, real), refusal)
  t.same(cluster.changes, [])
})

t.test('a topic whose leaders do not appear in time exists, and the plan says what is missing', async (t) => {
  const cluster = plainCluster()
  cluster.stale.add(2)
  t.match(await createTopic(cluster, { spec }, real), {
    applied: true,
    waitingFor: [/broker 127\.0\.0\.1:9093 does not list it/]
  })
  t.same(cluster.changes, ['create a'])
})

t.test('a deletion that one broker does not learn of is not reported as done', async (t) => {
  const cluster = plainCluster([spec])
  cluster.stale.add(3)
  await t.rejects(deleteTopic(cluster, 'a', real), {
    code: 'kafka_timeout',
    message: /127\.0\.0\.1:9094 still lists it/
  })
})

t.test('an unanswered change is looked for before it counts as failed', async (t) => {
  const timeout = new KopsError('kafka_timeout', 'no answer')
  const cluster = plainCluster()
  const answersLate = {
    ...cluster.admin,
    createTopic: async (...[wanted, options]: Parameters<typeof cluster.admin.createTopic>) => {
      await cluster.admin.createTopic(wanted, options)
      if (!options.validateOnly) throw timeout
    },
    deleteTopic: async () => {
      throw timeout
    }
  }
  t.match(await createTopic({ ...cluster, admin: answersLate }, { spec }, real), { applied: true })
  await t.rejects(deleteTopic({ ...cluster, admin: answersLate }, 'a', real), timeout)
})

t.test(
  'while Kafka reserves the name of a deleted topic, the deletion waits, and reports it if that takes too long',
  async (t) => {
    const cluster = plainCluster([spec])
    let refusals = 3
    const keepsName = {
      ...cluster.admin,
      createTopic: async () => {
        if (refusals-- > 0)
          throw new KopsError('topic_exists', 'marked for deletion', { kafkaError: 'TOPIC_ALREADY_EXISTS' })
      }
    }
    t.match((await deleteTopic({ ...cluster, admin: keepsName }, 'a', real)).warnings, { length: 0 })
    t.equal(refusals, -1)

    cluster.specs.set('a', spec)
    refusals = Number.POSITIVE_INFINITY
    const { applied, warnings } = await deleteTopic({ ...cluster, admin: keepsName }, 'a', real)
    t.equal(applied, true)
    t.match(warnings, [{ code: 'topic_exists', message: /reserves its name until every broker/, target: 'a' }])
    await t.rejects(createTopic({ ...cluster, admin: keepsName }, { spec }, dry), {
      code: 'topic_exists',
      message: /a is being deleted/
    })
  }
)

t.test('a deletion does not wait long for a broker that is down', async (t) => {
  const cluster = plainCluster([spec])
  cluster.dead.add(3)
  const keepsName = {
    ...cluster.admin,
    createTopic: async () => {
      throw new KopsError('topic_exists', 'marked for deletion')
    }
  }
  const before = clock.monotonicMs()
  const { warnings } = await deleteTopic({ ...cluster, admin: keepsName }, 'a', real)
  t.ok(clock.monotonicMs() - before <= 1000)
  t.match(warnings, [{ target: 'kafka-3' }, { message: /reserves its name until broker 3 has/, target: 'a' }])
})
