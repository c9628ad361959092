import t, { type Test } from 'tap'
import { deleteGuarded } from '#services/admin/domain/topics/delete-guarded.ts'
import { createKeptTopics } from '#services/admin/domain/topics/kept-topics.ts'
import { recreateTopic } from '#services/admin/domain/topics/recreate-topic.ts'
import { createTopicDeletions } from '#services/admin/domain/topics/topic-deletions.ts'
import type { DeleteTopicPlan, TopicDeletion } from '#shared/contracts/topic-deletions.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { plainCluster } from '../../plain-cluster.ts'

const spec = { name: 'a', partitions: 2, replicationFactor: 3, configs: { 'retention.ms': '1000' } }
const clock = manualClock()
const options = {
  waitMs: 100,
  deadlineMs: 10,
  changeTimeoutMs: 10,
  ...clock
}
const real = { dryRun: false }

function memory<T extends { id: string }>() {
  const documents = new Map<string, T>()
  return {
    documents,
    load: async () => [...documents.values()],
    save: async (document: T) => void documents.set(document.id, document),
    remove: async (id: string) => void documents.delete(id)
  }
}

function setUp() {
  const cluster = plainCluster([spec])
  const kept = createKeptTopics(memory())
  const ports = { ...cluster, kept, quietMs: 300_000 }
  return { cluster, ports }
}

t.test('an idle topic is deleted at once, and its spec is saved', async (t) => {
  const { cluster, ports } = setUp()
  const planned = await deleteGuarded(ports, 'a', { dryRun: true }, options)
  t.match(planned, { applied: false, dryRun: true, records: 20, groups: [], obstacles: [], lastWriteAt: null })
  await t.rejects(ports.kept.find('a'), { code: 'topic_spec_unknown' })
  t.same(await deleteGuarded(ports, 'a', real, options), { ...planned, dryRun: false, applied: true })
  t.same(cluster.changes, ['delete a'])
  t.match(await ports.kept.find('a'), { topic: spec, acls: null, records: 20 })
})

t.test('a topic in use is refused unless forced with a reason; the preview says why', async (t) => {
  const { cluster, ports } = setUp()
  cluster.members.set('a', [{ group: 'g', state: 'Stable', members: 2 }])
  cluster.written.set('a', new Date(clock.now().getTime() - 1000))
  t.match(await deleteGuarded(ports, 'a', { dryRun: true }, options), { obstacles: { length: 2 } })
  await t.rejects(deleteGuarded(ports, 'a', real, options), { code: 'topic_in_use', message: /2 members/ })
  await t.rejects(deleteGuarded(ports, 'a', { ...real, force: true }, options), { errors: [{ field: 'reason' }] })
  t.same(cluster.changes, [])
  t.match(await deleteGuarded(ports, 'a', { ...real, force: true, reason: 'test' }, options), { applied: true })
})

t.test('no force deletes a protected topic', async (t) => {
  const { cluster, ports } = setUp()
  const forced = { ...real, force: true, reason: 'test' }
  await t.rejects(deleteGuarded(ports, 'keep-this', forced, options), { code: 'topic_protected' })
  await t.rejects(deleteGuarded(ports, '__consumer_offsets', forced, options), { code: 'topic_protected' })
  t.same(cluster.changes, [])
})

t.test('a topic recreated under the name of the scheduled one is spared', async (t) => {
  const { cluster, ports } = setUp()
  await t.rejects(deleteGuarded(ports, 'a', { ...real, topicId: 'another' }, options), { code: 'topic_not_found' })
  t.same(cluster.changes, [])
})

t.test('a deletion that Kafka refuses keeps nothing', async (t) => {
  const { cluster, ports } = setUp()
  const refuses = {
    ...cluster.admin,
    deleteTopic: async () => {
      throw new KopsError('controller_unavailable', 'none')
    }
  }
  await t.rejects(deleteGuarded({ ...ports, admin: refuses }, 'a', real, options), { code: 'controller_unavailable' })
  await t.rejects(ports.kept.find('a'), { code: 'topic_spec_unknown' })
})

t.test('a deleted topic is recreated with its groups at the start, and the loss of records is reported', async (t) => {
  const { cluster, ports } = setUp()
  const committed = [{ group: 'g', topic: 'a', partition: 1, offset: 12 }]
  const reader = {
    ...cluster.reader,
    groups: async () => ({
      value: [{ group: 'g', state: 'Empty', protocolType: 'consumer', members: 0, memberList: null }],
      warnings: []
    }),
    committedOffsets: async () => ({ value: committed, warnings: [] })
  }
  await deleteGuarded({ ...ports, reader }, 'a', real, options)
  const planned = await recreateTopic(ports, 'a', { dryRun: true }, options)
  t.match(planned, { applied: false, recordsLost: 20, committedOffsets: [{ group: 'g', offset: 12, restoredAs: 0 }] })
  t.match(planned.warnings, [{ code: 'records_not_restored', message: /20 records are lost for good/ }])
  t.same(await recreateTopic(ports, 'a', {}, options), { ...planned, dryRun: false, applied: true })
  t.same(cluster.changes, ['delete a', 'create a', 'commit g a 1:0'])
  t.same(cluster.specs.get('a'), spec)
  await t.rejects(recreateTopic(ports, 'a', {}, options), { code: 'topic_exists' })
})

const plan: DeleteTopicPlan = {
  action: 'delete',
  topic: spec,
  dryRun: false,
  applied: false,
  lastWriteAt: null,
  groups: [],
  obstacles: [],
  warnings: []
}

function queue(_t: Test, store = memory<TopicDeletion>()) {
  let next: { at: number; run: () => void } | undefined
  let ids = 0
  const done: string[] = []
  const errors: unknown[] = []
  const outcome: { error?: unknown } = {}
  const deletions = createTopicDeletions({
    store,
    carryOut: async ({ topic }) => {
      if (outcome.error) throw outcome.error
      done.push(topic)
      return { ...plan, applied: true }
    },
    now: options.now,
    createId: () => `id-${store.documents.size}-${ids++}`,
    after: (ms, run) => {
      const timer = { at: clock.now().getTime() + ms, run }
      next = timer
      return () => {
        if (next === timer) next = undefined
      }
    },
    onError: (error) => errors.push(error)
  })
  const pass = async (ms: number) => {
    clock.advance(ms)
    if (next && next.at <= clock.now().getTime()) next.run()
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  }
  const wanted = (topic: string, ms: number) => ({
    topic,
    dueAt: new Date(clock.now().getTime() + ms),
    requestedBy: 'alice',
    reason: null,
    force: false,
    plan
  })
  return { deletions, store, done, errors, outcome, pass, wanted }
}

t.test('a scheduled deletion waits for its time, and can be cancelled until then', async (t) => {
  const { deletions, done, pass, wanted } = queue(t)
  await deletions.start()
  const first = await deletions.schedule(wanted('a', 60_000))
  const second = await deletions.schedule(wanted('b', 60_000))
  await t.rejects(deletions.schedule(wanted('a', 1000)), { code: 'job_conflict' })
  t.match(await deletions.cancel(second.id), { status: 'cancelled' })
  await t.rejects(deletions.cancel(second.id), { code: 'job_finished' })
  await t.rejects(deletions.cancel('nope'), { code: 'job_not_found' })
  await pass(59_000)
  t.same(done, [])
  await pass(1000)
  t.same(done, ['a'])
  t.match(deletions.find(first.id), { status: 'deleted', plan: { applied: true } })
  await deletions.close()
})

t.test('scheduled deletions survive a restart, and those due meanwhile are done', async (t) => {
  const before = queue(t)
  await before.deletions.start()
  await before.deletions.schedule(before.wanted('a', 60_000))
  await before.deletions.close()
  clock.advance(120_000)
  const after = queue(t, before.store)
  await after.deletions.start()
  await after.pass(0)
  t.same(after.done, ['a'])
  await after.deletions.close()
})

t.test('a deletion that a crash cut short after Kafka had done it is done', async (t) => {
  const before = queue(t)
  await before.deletions.start()
  const { id } = await before.deletions.schedule(before.wanted('a', 0))
  await before.deletions.close()
  await before.store.save({ ...before.deletions.find(id), status: 'deleting' })
  const after = queue(t, before.store)
  after.outcome.error = new KopsError('topic_not_found', 'gone')
  await after.deletions.start()
  await after.pass(0)
  t.match(after.deletions.find(id), { status: 'deleted' })
})

t.test('the guards have the last word when the time comes', async (t) => {
  const { deletions, outcome, errors, pass, wanted } = queue(t)
  await deletions.start()
  const cases = [
    { error: new KopsError('topic_in_use', 'g reads it'), status: 'refused', detail: /g reads it/, logged: 0 },
    { error: new KopsError('controller_unavailable', 'none'), status: 'failed', detail: /none/, logged: 0 },
    { error: new Error('bug'), status: 'failed', detail: /unexpected/, logged: 1 }
  ]
  for (const { error, status, detail, logged } of cases) {
    outcome.error = error
    const { id } = await deletions.schedule(wanted('a', 1000))
    await pass(1000)
    t.match(deletions.find(id), { status, detail, endedAt: String })
    t.equal(errors.splice(0).length, logged)
  }
})
