import t from 'tap'
import { replicationFactorOf, summarize } from '#services/admin/domain/topics/topic-summary.ts'
import { topicOf } from '../../plain-cluster.ts'

const spec = (name: string) => ({ name, partitions: 2, replicationFactor: 3 })

t.test('a summary counts partitions, replicas and out-of-sync replicas', async (t) => {
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
