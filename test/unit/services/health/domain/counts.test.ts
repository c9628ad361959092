import fc from 'fast-check'
import t from 'tap'
import Value from 'typebox/value'
import { evaluate } from '#services/health/domain/evaluate.ts'
import { ClusterHealthSchema } from '#shared/contracts/health.ts'
import type { PartitionMetadata } from '#shared/kafka/model.ts'
import { metadata, partition, readings, topic } from '../plain-cluster.ts'

/** Partitions as a cluster has them on a bad night: any replicas, any of them in sync, a leader out of the ISR or none. */
const anyPartition = fc
  .record({
    replicas: fc.shuffledSubarray([1, 2, 3, 4], { minLength: 1 }),
    inSync: fc.integer({ min: 0, max: 4 }),
    led: fc.boolean()
  })
  .map(({ replicas, inSync, led }): PartitionMetadata => {
    const isr = replicas.slice(0, Math.min(inSync, replicas.length))
    return partition({ replicas, isr, leader: led ? (isr.at(-1) ?? null) : null })
  })

const anyTopics = fc.array(
  fc.record({
    partitions: fc.array(anyPartition, { minLength: 1, maxLength: 6 }),
    minInsyncReplicas: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 20 })
  }),
  { maxLength: 30 }
)

t.test('counts, reasons, score and lists agree, whatever the metadata', async () => {
  fc.assert(
    fc.property(anyTopics, (drawn) => {
      const topics = drawn.map(({ partitions }, index) =>
        topic(
          `t-${String(index).padStart(2, '0')}`,
          ...partitions.map((each, number) => ({ ...each, partition: number }))
        )
      )
      const minimums = drawn.flatMap(({ minInsyncReplicas }, index): [string, number][] => {
        const name = topics[index]?.name
        return name === undefined || minInsyncReplicas === undefined ? [] : [[name, minInsyncReplicas]]
      })
      const health = evaluate(readings({ metadata: metadata(topics), minInsyncReplicas: new Map(minimums) }))
      const { partitions, reasons, score, affected, status } = health
      if (!partitions || !affected) throw new Error('metadata was read')
      if (!Value.Check(ClusterHealthSchema, health)) throw new Error('not as the contract says')

      const counts = {
        partitions_offline: partitions.offline,
        partitions_under_min_isr: partitions.underMinIsr ?? 0,
        partitions_under_replicated: partitions.underReplicated
      }
      for (const [code, count] of Object.entries(counts)) {
        const reason = reasons.find((each) => each.code === code)
        equal(reason !== undefined, count > 0, `${code} is a reason exactly when some are counted`)
        if (reason) equal(reason.message.split(' of ')[0], String(count), `${code} names the count`)
        const cost = score.reasons.find((each) => each.code === code)
        if (cost) equal(cost.message, reason?.message, `${code} says the same in the score`)
      }
      equal(score.score === 100, reasons.length === 0 && score.reasons.length === 0, '100 says that nothing is wrong')
      equal(status === 'HEALTHY', reasons.length === 0, 'and so does HEALTHY')

      const { underReplicated, underMinIsr, offline } = partitions
      const inTrouble = health.topics.filter(({ healthy }) => !healthy).length
      const shown = new Set(affected.topics.map((each) => each.topic)).size
      equal(inTrouble > 0, shown > 0, 'what is wrong is listed')
      if (affected.omitted === 0) {
        const listed = affected.topics.reduce((sum, { count }) => sum + count, 0)
        equal(shown, inTrouble, 'every topic in trouble')
        const most = offline + underReplicated + (underMinIsr ?? 0)
        equal(listed >= Math.max(offline, underReplicated) && listed <= most, true, 'each partition once')
      }
    }),
    { numRuns: 300 }
  )
})

function equal(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} is not ${String(wanted)}`)
}

t.test(
  'offline partitions with one replica are in sync with themselves, and take nothing from the others',
  async (t) => {
    const single = topic('single', partition({ leader: null, replicas: [3], isr: [3] }))
    const shrunk = topic('shrunk', partition({ isr: [1] }))
    const { reasons, score, affected } = evaluate(
      readings({ metadata: metadata([single, shrunk, topic('whole', partition())]) })
    )
    t.match(reasons, [
      { code: 'partitions_offline', message: '1 of 3 partitions has no leader' },
      { code: 'partitions_under_min_isr', message: /^1 of 3 partitions has/ },
      { code: 'partitions_under_replicated', message: /^1 of 3 partitions has/ }
    ])
    t.same(
      score.reasons.map(({ code, weight }) => [code, weight]),
      [
        ['partitions_offline', 60],
        ['partitions_under_min_isr', 33.3],
        ['leaders_uneven', 3]
      ]
    )
    t.match(affected, {
      topics: [
        { topic: 'single', trouble: 'offline', count: 1, partitions: [{ partition: 0, leader: null, replicas: [3] }] },
        { topic: 'shrunk', trouble: 'under_min_isr', count: 1, missing: ['kafka-2', 'kafka-3'] }
      ],
      omitted: 0
    })
  }
)
