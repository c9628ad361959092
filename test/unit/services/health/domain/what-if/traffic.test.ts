import t from 'tap'
import { createTraffic } from '#services/health/domain/what-if/traffic.ts'
import { metadata, partition, readings, topic } from '../../plain-cluster.ts'

const told = metadata([topic('a', partition(), partition({ partition: 1 })), topic('new', partition())])

/** A sweep at some second: the end offsets of a-0 and a-1, of which 100 bytes a record are on each of three brokers. */
function sweep(second: number, ends: (number | null)[], { ok = true, sized = true } = {}) {
  const held = ends.reduce<number>((sum, end) => sum + (end ?? 0), 0)
  return readings({
    metadata: told,
    offsets: ends.map((logEndOffset, partition) => ({ topic: 'a', partition, logStartOffset: 0, logEndOffset })),
    replicaSizes: sized ? [1, 2, 3].map((broker) => ({ broker, topic: 'a', partition: 0, sizeBytes: held * 100 })) : [],
    parts: new Map([['offsets', { asOf: new Date(second * 1000), durationMs: 1, ok }]])
  })
}

t.test('traffic follows from two sweeps and the size on disk', async (t) => {
  const traffic = createTraffic()
  traffic.swept(sweep(0, [1000, 500]))
  t.equal(traffic.current(), null, 'one sweep is no rate')
  traffic.swept(sweep(10, [1200, 500]))
  t.same(Object.fromEntries(traffic.current() ?? []), { 'a/0': 2000, 'a/1': 0 })
  const kept = traffic.current()
  traffic.swept(sweep(10, [1200, 500]))
  traffic.swept(sweep(20, [9999, 9999], { ok: false }))
  t.equal(traffic.current(), kept, 'the same sweep again, and one that failed, change nothing')
})

t.test('what is unknown has no rate', async (t) => {
  const traffic = createTraffic()
  traffic.swept(sweep(0, [1000, null]))
  traffic.swept(sweep(10, [10, 20]))
  t.same(Object.fromEntries(traffic.current() ?? []), {}, 'recreated, or not read before')
  traffic.swept(sweep(20, [20, 20], { sized: false }))
  t.equal(traffic.current(), null, 'sizes are missing')
})
