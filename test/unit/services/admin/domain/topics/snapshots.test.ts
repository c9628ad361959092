import t from 'tap'
import { createTopicSnapshots, namesOf, pageOf } from '#services/admin/domain/topics/topic-snapshots.ts'
import type { TopicListQuery } from '#shared/contracts/topics.ts'
import { plainCluster } from '../../plain-cluster.ts'

const spec = (name: string, partitions = 2) => ({ name, partitions, replicationFactor: 3 })
const at = Date.parse('2026-01-31T12:00:00Z')

function counted(names: string[]) {
  const cluster = plainCluster(names.map((name) => spec(name)))
  let readings = 0
  let clock = at
  const reader = {
    ...cluster.reader,
    metadata: async (options: Parameters<typeof cluster.reader.metadata>[0]) => {
      readings += 1
      return cluster.reader.metadata(options)
    }
  }
  const snapshots = createTopicSnapshots(reader, {
    now: () => new Date(clock),
    maxAgeMs: 2000,
    refreshAfterMs: 1000,
    deadlineMs: 100
  })
  return { cluster, snapshots, readings: () => readings, pass: (ms: number) => (clock += ms) }
}

t.test('concurrent callers share one reading, and its answer', async (t) => {
  const { snapshots, readings } = counted(['a', 'b'])
  const pages = await Promise.all(Array.from({ length: 20 }, () => snapshots.page({})))
  t.equal(readings(), 1)
  t.equal(new Set(pages).size, 1)
  t.same(JSON.parse(pages[0]?.body ?? ''), pages[0]?.list)
})

t.test('a reading is served for at most two seconds, and refreshed in the background before', async (t) => {
  const { cluster, snapshots, readings, pass } = counted(['a'])
  const names = async () => (await snapshots.page({})).list.topics.map(({ name }) => name)
  t.same(await names(), ['a'])
  cluster.specs.set('b', spec('b'))
  pass(900)
  t.same(await names(), ['a'])
  t.equal(readings(), 1)
  pass(500)
  t.same(await names(), ['a'], 'the old one while the new one is read')
  t.equal(readings(), 2)
  await new Promise(setImmediate)
  t.same(await names(), ['a', 'b'])
  pass(2000)
  cluster.specs.delete('a')
  t.same(await names(), ['b'], 'one that is too old is waited for')
})

t.test('after a change no earlier reading is served, not even one in progress', async (t) => {
  const { cluster, snapshots } = counted(['a'])
  const before = snapshots.page({})
  cluster.specs.set('b', spec('b'))
  snapshots.invalidate()
  t.same(
    (await snapshots.page({})).list.topics.map(({ name }) => name),
    ['a', 'b']
  )
  await before
  t.same(
    (await snapshots.page({})).list.topics.map(({ name }) => name),
    ['a', 'b']
  )
})

t.test('a failed reading is reported, and retried', async (t) => {
  const { cluster, snapshots } = counted(['a'])
  for (const id of [1, 2, 3]) cluster.dead.add(id)
  await t.rejects(snapshots.page({}), { code: 'cluster_unreachable' })
  cluster.dead.clear()
  t.equal((await snapshots.page({})).list.topics.length, 1)
})

const summary = (name: string, partitions: number, sizeBytes: number | null) => ({
  name,
  internal: name.startsWith('__'),
  partitions,
  replicas: partitions,
  replicationFactor: 1,
  underReplicated: name === 'b' ? 1 : 0,
  offline: name === '__x' ? 2 : 0,
  sizeBytes
})
const topics = [
  summary('b', 3, 10),
  summary('__x', 50, 99),
  summary('a', 3, null),
  summary('B', 1, 10),
  summary('c', 2, 0)
]
const snapshot = { startedAt: new Date(at), topics, warnings: [] }

t.test('topics come in every order, each once over all pages', async (t) => {
  const cases: { query: TopicListQuery; names: string[] }[] = [
    { query: {}, names: ['B', 'a', 'b', 'c'] },
    { query: { order: 'desc' }, names: ['c', 'b', 'a', 'B'] },
    { query: { sort: 'size' }, names: ['a', 'c', 'B', 'b'] },
    { query: { sort: 'size', order: 'desc' }, names: ['B', 'b', 'c', 'a'] },
    { query: { sort: 'partitions' }, names: ['B', 'c', 'a', 'b'] },
    { query: { sort: 'partitions', order: 'desc', internal: true }, names: ['__x', 'a', 'b', 'c', 'B'] },
    { query: { sort: 'trouble', order: 'desc', internal: true }, names: ['__x', 'b', 'B', 'a', 'c'] },
    { query: { name: 'c' }, names: ['c'] },
    { query: { trouble: 'offline' }, names: ['__x'] },
    { query: { trouble: 'under_replicated' }, names: ['b'] },
    { query: { trouble: 'any' }, names: ['__x', 'b'] },
    { query: { name: 'nothing' }, names: [] }
  ]
  for (const { query, names } of cases) {
    for (const limit of [1, 2, 5]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = pageOf(snapshot, { ...query, limit, ...(cursor === undefined ? {} : { cursor }) })
        t.equal(page.total, names.length)
        seen.push(...page.topics.map(({ name }) => name))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      t.same(seen, names, JSON.stringify({ ...query, limit }))
    }
  }
})

t.test('names alone are listed with those that begin with a text first', async (t) => {
  t.same(namesOf(snapshot, {}).names, ['B', '__x', 'a', 'b', 'c'])
  const names = ['b-orders', 'orders', 'order', 'x'].map((name) => summary(name, 1, 0))
  t.match(namesOf({ ...snapshot, topics: names }, { name: 'order', limit: 2 }), {
    names: ['order', 'orders'],
    total: 3
  })
})

t.test('a cursor of another order, or a forged one, is refused', async (t) => {
  const { nextCursor = '' } = pageOf(snapshot, { limit: 1 })
  const refused: TopicListQuery[] = [
    { cursor: nextCursor, sort: 'size' },
    { cursor: nextCursor, order: 'desc' },
    { cursor: `${nextCursor}=` },
    { cursor: 'zz' },
    { cursor: '' }
  ]
  for (const query of refused)
    t.throws(() => pageOf(snapshot, query), { code: 'validation_failed', errors: [{ field: 'cursor' }] })
})
