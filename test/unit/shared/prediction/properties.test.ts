import fc from 'fast-check'
import t from 'tap'
import type { PartitionMetadata } from '#shared/kafka/model.ts'
import { predict } from '#shared/prediction/predict.ts'
import { held, known, lose, serving } from './known-cluster.ts'

const brokers = [1, 2, 3, 4, 5]

const partitions = fc
  .shuffledSubarray(brokers, { minLength: 1 })
  .chain((replicas) =>
    fc.record({ replicas: fc.constant(replicas), isr: fc.shuffledSubarray(replicas, { minLength: 1 }) })
  )
  .chain(({ replicas, isr }) => fc.constantFrom(...isr).map((leader) => held(replicas, { isr, leader })))

const clusters = fc.record({
  topic: fc.array(partitions, { minLength: 1, maxLength: 6 }),
  minimum: fc.integer({ min: 1, max: 4 }),
  unclean: fc.boolean(),
  lost: fc.shuffledSubarray(brokers, { minLength: 1, maxLength: 3 })
})

/**
 * A controller that works as Kafka's does, one broker after the other: it takes the broker out of each ISR, unless it is the
 * last member, and finds leaders for what it led.
 */
function simulate(start: readonly PartitionMetadata[], lost: readonly number[], unclean: boolean): PartitionMetadata[] {
  const alive = new Set(brokers)
  const states = start.map((partition) => ({ ...partition, isr: [...partition.isr] }))
  // A broker is dead before the controller deals with any of those that died with it.
  for (const dead of lost) alive.delete(dead)
  for (const dead of lost) {
    for (const state of states) {
      if (state.isr.length > 1 && state.isr.includes(dead)) state.isr = state.isr.filter((id) => id !== dead)
      if (state.leader !== dead) continue
      state.leader = null
      for (const candidate of state.replicas) {
        if (state.leader === null && alive.has(candidate) && state.isr.includes(candidate)) state.leader = candidate
      }
      if (state.leader !== null || !unclean) continue
      for (const candidate of state.replicas) {
        if (state.leader === null && alive.has(candidate)) {
          state.leader = candidate
          state.isr = [candidate]
        }
      }
    }
  }
  return states
}

t.test('a prediction agrees with a simulated controller', async (t) => {
  fc.assert(
    fc.property(clusters, ({ topic, minimum, unclean, lost }) => {
      const cluster = known({
        topics: { a: topic },
        live: brokers,
        minInsyncReplicas: new Map([['a', minimum]]),
        uncleanElection: new Set(unclean ? ['a'] : [])
      })
      const { moves, offline, writesStop } = predict(cluster, lose(lost))
      const ended = simulate(topic, lost, unclean)
      const required = ({ replicas }: PartitionMetadata) => Math.min(minimum, replicas.length)
      ended.forEach((is, partition) => {
        const was = topic[partition] ?? is
        const moved = moves.find((move) => move.partition === partition)
        const leader = offline.some((loss) => loss.partition === partition) ? null : (moved?.to ?? was.leader)
        const accepted = was.isr.length >= required(was)
        const accepts = is.leader !== null && is.isr.length >= required(is)
        const stops = writesStop.some((loss) => loss.partition === partition)
        if (leader !== is.leader) throw new Error(`partition ${partition}: ${leader} instead of ${is.leader}`)
        if (stops !== (accepted && !accepts)) throw new Error(`partition ${partition}: writes stop: ${stops}`)
      })
    }),
    { numRuns: 2000 }
  )
  t.pass('2000 clusters')
})

t.test('no loss of one broker stops a cluster in full health whose topics allow for it', async (t) => {
  const whole = fc
    .shuffledSubarray(brokers, { minLength: 3 })
    .chain((replicas) => fc.constantFrom(...replicas).map((leader) => held(replicas, { leader })))
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 6 }), fc.constantFrom(...brokers), (topic, lost) => {
      const { offline, writesStop, moves } = predict(known({ topics: { a: topic }, live: brokers }), lose([lost]))
      return (
        offline.length + writesStop.length === 0 &&
        moves.every(({ from, to, unclean }) => from === lost && to !== lost && !unclean)
      )
    })
  )
  t.pass()
})

t.test(
  'more that is lost never saves a partition, and its cause is degraded only with a replica out of sync or silent',
  async (t) => {
    fc.assert(
      fc.property(clusters, ({ topic, minimum, lost }) => {
        const cluster = known({ topics: { a: topic }, live: brokers, minInsyncReplicas: new Map([['a', minimum]]) })
        const [first = 1] = lost
        const less = predict(cluster, lose([first])).offline.map(({ partition }) => partition)
        const more = predict(cluster, lose(lost))
        const degraded = [...more.offline, ...more.writesStop].filter(({ cause }) => cause === 'degraded')
        const isWhole = (partition: number) => topic[partition]?.isr.length === topic[partition]?.replicas.length
        return (
          less.every((partition) => more.offline.some((loss) => loss.partition === partition)) &&
          degraded.every(({ partition }) => !isWhole(partition))
        )
      })
    )
    t.pass()
  }
)

t.test('a broker that holds nothing is no loss, in any state of the quorum', async (t) => {
  const silent = fc.shuffledSubarray(['z1', 'z2', 'z3'])
  fc.assert(
    fc.property(fc.array(partitions, { maxLength: 4 }), silent, (topic, silent) => {
      const cluster = known({
        topics: { a: topic },
        live: [...brokers, 9],
        ensemble: serving(['z1', 'z2', 'z3'], silent)
      })
      const { moves, offline, writesStop } = predict(cluster, lose([9]))
      return moves.length + offline.length + writesStop.length === 0
    })
  )
  t.pass()
})
