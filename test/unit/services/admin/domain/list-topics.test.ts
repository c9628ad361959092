import t from 'tap'
import { decodeCursor, encodeCursor } from '../../../../../services/admin/domain/cursor.ts'
import { listTopics, pageOf, replicationFactorOf } from '../../../../../services/admin/domain/list-topics.ts'
import { plainCluster, topicOf } from '../plain-cluster.ts'

const timing = { now: () => new Date('2026-01-31T12:00:00Z'), deadlineMs: 1000 }
const spec = (name: string) => ({ name, partitions: 2, replicationFactor: 3 })
const topics = ['b', '__consumer_offsets', 'a', 'log-events', 'B'].map((name) => topicOf(spec(name)))

t.test('a page holds the matching topics in the order of their names', async (t) => {
  const cases = [
    { query: {}, page: ['B', 'a', 'b', 'log-events'] },
    { query: { internal: true }, page: ['B', '__consumer_offsets', 'a', 'b', 'log-events'] },
    { query: { name: 'log' }, page: ['log-events'] },
    { query: { name: 'nothing' }, page: [] },
    { query: { after: 'a' }, page: ['b', 'log-events'] },
    { query: { after: 'aa' }, page: ['b', 'log-events'] },
    { query: { limit: 2 }, page: ['B', 'a'], next: 'a' },
    { query: { limit: 2, after: 'a' }, page: ['b', 'log-events'] }
  ]
  for (const { query, page, next } of cases) {
    const result = pageOf(topics, { after: undefined, ...query })
    t.same(
      result.page.map(({ name }) => name),
      page,
      JSON.stringify(query)
    )
    t.equal(result.nextCursor, next === undefined ? undefined : encodeCursor(next))
  }
})

t.test('a cursor comes back as the name it was made from, and nothing else passes for one', async (t) => {
  const longest = 'a'.repeat(249)
  for (const name of ['a', 'log-events', 'x.y_z', longest]) t.equal(decodeCursor(encodeCursor(name)), name)
  for (const cursor of ['', 'zz', '!!', encodeCursor('a b'), `${encodeCursor('abc')}=`, encodeCursor(`${longest}a`)]) {
    t.throws(() => decodeCursor(cursor), { code: 'validation_failed', errors: [{ field: 'cursor' }] }, cursor)
  }
})

t.test('pages follow each other until every topic was listed once', async (t) => {
  const { reader } = plainCluster(['c', 'a', 'e', 'b', 'd'].map(spec))
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listTopics(reader, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }, timing)
    seen.push(...page.topics.map(({ name }) => name))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.same(seen, ['a', 'b', 'c', 'd', 'e'])
})

t.test('sizes are summed over replicas and partitions', async (t) => {
  const { reader } = plainCluster([spec('a')])
  const { topics, warnings } = await listTopics(reader, {}, timing)
  t.match(topics, [{ name: 'a', partitions: 2, replicationFactor: 3, underReplicated: 0, sizeBytes: 6000 }])
  t.same(warnings, [])
})

t.test('a dead broker is named once, and counts as under-replicated partitions', async (t) => {
  const cluster = plainCluster([spec('a')])
  cluster.dead.add(2)
  const { topics, warnings, asOf } = await listTopics(cluster.reader, {}, timing)
  t.match(topics, [{ underReplicated: 2, sizeBytes: 4000 }])
  t.same(warnings, [{ code: 'broker_unreachable', message: 'dead', target: 'kafka-2' }])
  t.equal(asOf, '2026-01-31T12:00:00.000Z')
})

t.test('the size is null when no broker could tell', async (t) => {
  const { reader } = plainCluster([spec('a')])
  const silent = { ...reader, replicaSizes: async () => ({ value: [], warnings: [] }) }
  t.match((await listTopics(silent, {}, timing)).topics, [{ sizeBytes: null }])
})

t.test('the replication factor is that of the largest replica set, 0 without partitions', async (t) => {
  t.equal(replicationFactorOf(topicOf(spec('a'))), 3)
  t.equal(replicationFactorOf({ name: 'a', internal: false, partitions: [] }), 0)
})
