import t from 'tap'
import { applyCatalog } from '#services/admin/domain/catalog/apply.ts'
import { planCatalog } from '#services/admin/domain/catalog/plan.ts'
import { createMany } from '#services/admin/domain/topics/create-many.ts'
import { createTopic } from '#services/admin/domain/topics/create-topic.ts'
import { createKeptTopics } from '#services/admin/domain/topics/kept-topics.ts'
import { recreateTopic } from '#services/admin/domain/topics/recreate-topic.ts'
import {
  collidingWith,
  existingCollisions,
  nameRefusal,
  nameWarnings
} from '#services/admin/domain/topics/topic-names.ts'
import { createTopicSnapshots } from '#services/admin/domain/topics/topic-snapshots.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { plainCluster, topicOf } from '../../plain-cluster.ts'

const topic = (name: string) => ({ name, partitions: 1, replicationFactor: 3 })
const timing = {
  waitMs: 10,
  deadlineMs: 10,
  changeTimeoutMs: 10,
  dryRun: false,
  ...manualClock()
}

const names = [
  { name: 'a.b', existing: ['a_b', 'a-b', 'ab'], collides: ['a_b'] },
  { name: 'a_b.c', existing: ['a.b.c', 'a_b_c', 'a.b_c', 'a_b.c'], collides: ['a.b.c', 'a.b_c', 'a_b_c'] },
  { name: 'a.b', existing: ['a.b'], collides: [] },
  { name: 'ab', existing: ['a.b', 'a_b'], collides: [] }
]
for (const { name, existing, collides } of names) {
  t.test(`${name} next to ${existing.join(', ')} collides with ${collides.join(', ') || 'none'}`, async (t) =>
    t.same(collidingWith(name, existing), collides)
  )
}

t.test('a name that can collide has a warning, others have none', async (t) => {
  t.match(nameWarnings('a.b'), [{ code: 'topic_name_collides', message: /\(a_b\)/, target: 'a.b' }])
  t.match(nameWarnings('a_b'), [{ code: 'topic_name_collides' }])
  t.match(nameWarnings('a.b_c'), [{ message: /both "." and "_"/ }])
  t.same(nameWarnings('a-b'), [])
})

t.test('colliding topics are reported once for each metric name', async (t) => {
  t.match(existingCollisions(['b', 'a_x', 'a.x', 'c.y', 'c-y']), [
    { code: 'topic_name_collides', message: /a\.x and a_x/, target: 'a.x' }
  ])
  const cluster = plainCluster([topic('a.x'), topic('a_x'), topic('b.x')])
  const snapshots = createTopicSnapshots(cluster.reader, {
    now: timing.now,
    maxAgeMs: 2000,
    refreshAfterMs: 1000,
    deadlineMs: 50
  })
  const { list } = await snapshots.page({})
  t.equal(list.topics.length, 3)
  t.match(list.warnings, [{ code: 'topic_name_collides', target: 'a.x' }])
  t.equal(list.warnings.length, 1)
})

t.test('a refusal by Kafka because of another topic names that topic; other refusals are unchanged', async (t) => {
  const cluster = plainCluster([topic('a_b')])
  const refusal = fieldError('topic_name_invalid', 'topicName', 'refused', { kafkaError: 'INVALID_TOPIC_EXCEPTION' })
  const ports = {
    ...cluster,
    admin: {
      ...cluster.admin,
      async createTopic() {
        throw refusal
      }
    }
  }
  await t.rejects(createTopic(ports, { spec: topic('a.b') }, timing), {
    code: 'topic_name_collides',
    status: 409,
    kafkaError: 'INVALID_TOPIC_EXCEPTION',
    errors: [{ field: 'topicName', message: /a\.b differs from a_b only in/ }]
  })
  await t.rejects(createTopic(ports, { spec: topic('b.b') }, timing), { code: 'topic_name_invalid' })
})

t.test('none of many topics is created if the name of one collides with an existing topic', async (t) => {
  const cluster = plainCluster([topic('a_b')])
  await t.rejects(createMany(cluster, [topic('c'), topic('a.b')], timing), {
    code: 'validation_failed',
    errors: [{ field: 'topics.1.name', message: /differs from a_b/ }]
  })
  t.same(cluster.changes, [])
})

t.test('a name is refused for the same reason for one topic, many, a catalog and a recreation', async (t) => {
  const cases = [
    ...['advice', 'batch', 'deletions'].map((name) => ({
      name,
      code: 'validation_failed',
      status: 400,
      reason: new RegExp(`is reserved: .*/api/topics/${name}`)
    })),
    { name: '__mine', code: 'topic_protected', status: 403, reason: /Kafka's own/ }
  ]
  for (const { name, code, status, reason } of cases) {
    const cluster = plainCluster()
    await t.rejects(createTopic(cluster, { spec: topic(name) }, timing), {
      code,
      status,
      errors: [{ field: 'topicName', message: reason }]
    })
    await t.rejects(createMany(cluster, [topic('good'), topic(name)], timing), {
      code: 'validation_failed',
      errors: [{ field: 'topics.1.name', message: reason }]
    })
    const ports = {
      ...cluster,
      installed: async () => ({ catalogs: [], warnings: [] }),
      remove: async () => 'nothing',
      ownPatterns: []
    }
    const { changes } = await applyCatalog(
      ports,
      { name: 'test', topics: [topic(name)] },
      { ...timing, allowDelete: false }
    )
    t.match(changes, [{ topic: name, action: 'refuse', applied: false, detail: reason }])
    const kept = createKeptTopics({ load: async () => [], save: async () => {}, remove: async () => {} })
    await t.rejects(recreateTopic({ ...cluster, kept }, name, {}, timing), {
      code,
      status,
      errors: [{ field: 'topicName', message: reason }]
    })
    t.same(cluster.changes, [], name)
  }
  t.equal(nameRefusal('batches', plainCluster().reserved), undefined)
})

t.test('a catalog may name a topic of such a name that exists', async (t) => {
  const catalog = { name: 'test', topics: [topic('batch')] }
  const planned = planCatalog(catalog, [topicOf(topic('batch'))], new Map(), plainCluster().reserved)
  t.match(planned, [{ action: 'none' }])
})
