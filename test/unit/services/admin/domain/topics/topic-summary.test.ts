import t from 'tap'
import { replicationFactorOf, summarize } from '#services/admin/domain/topics/topic-summary.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'
import { topicOf } from '../../plain-cluster.ts'

const spec = (name: string) => ({ name, partitions: 2, replicationFactor: 3 })

t.test('a cursor comes back as the name it was made from, and nothing else passes for one', async (t) => {
  const longest = 'a'.repeat(249)
  for (const name of ['a', 'log-events', 'x.y_z', longest]) t.equal(decodeCursor(encodeCursor(name)), name)
  for (const cursor of ['', 'zz', '!!', encodeCursor('a b'), `${encodeCursor('abc')}=`, encodeCursor(`${longest}a`)]) {
    t.throws(() => decodeCursor(cursor), { code: 'validation_failed', errors: [{ field: 'cursor' }] }, cursor)
  }
})

t.test('a summary counts partitions, replicas and those that are not in sync', async (t) => {
  t.same(summarize(topicOf(spec('a'), new Set([2])), { sizeBytes: 10 }), {
    name: 'a',
    internal: false,
    partitions: 2,
    replicas: 6,
    replicationFactor: 3,
    underReplicated: 2,
    offline: 0,
    sizeBytes: 10
  })
})

t.test('the replication factor is that of the largest replica set, 0 without partitions', async (t) => {
  t.equal(replicationFactorOf(topicOf(spec('a'))), 3)
  t.equal(replicationFactorOf({ name: 'a', internal: false, partitions: [] }), 0)
})
