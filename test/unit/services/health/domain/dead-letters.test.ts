import { Registry } from 'prom-client'
import t from 'tap'
import { createDeadLetterWatch } from '#services/health/domain/dead-letters.ts'
import { deadLetterMetrics } from '#services/health/metrics/dead-letter-metrics.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { PartitionOffsets, TopicMetadata } from '#shared/kafka/model.ts'
import type { RecordPlace } from '#shared/kafka/records/port.ts'
import { createDecisionBook, type Decision, decisionKey } from '#shared/streams/dead-letters/decisions.ts'

const topic = 'kops-dead-letters'
const queue: TopicMetadata = {
  name: 'orders.dlq',
  id: 'id-1',
  internal: false,
  partitions: [0, 1].map((partition) => ({
    ...{ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offlineReplicas: [] }
  }))
}
const others = [
  { ...queue, name: 'orders' },
  { ...queue, name: topic }
]
const nowMs = 1_700_000_100_000

function parts() {
  const book = createDecisionBook()
  const asked: RecordPlace[][] = []
  const state = { syncs: 0, isAway: false, decided: 0 }
  const watch = createDeadLetterWatch({
    queues: ['*.dlq'],
    topic,
    decisions: {
      book,
      async sync() {
        state.syncs += 1
        if (state.isAway) throw new KopsError('cluster_unreachable', 'away')
      }
    },
    reader: {
      async recordTimes(places) {
        asked.push(places)
        return {
          value: places.map((place) => ({ ...place, timestampMs: nowMs - 1000 * (10 + place.offset) })),
          warnings: []
        }
      }
    },
    deadlineMs: 1000
  })
  const sweep = (ends: (number | null)[], decisions: number | undefined = undefined, topics = [queue, ...others]) => {
    const log = (name: string, partition: number, end: number | null): PartitionOffsets => ({
      ...{ topic: name, partition, logStartOffset: end === null ? null : 0, logEndOffset: end }
    })
    const offsets = [
      ...ends.map((end, partition) => log(queue.name, partition, end)),
      ...(decisions === undefined ? [] : [log(topic, 0, decisions)])
    ]
    const metadata = { clusterId: null, controllerId: 1, brokers: [], topics }
    return watch.swept({ metadata, offsets }, new AbortController().signal)
  }
  const decide = (from: number, to: number, status: Decision['status'], partition = 0) => {
    const place = { queue: queue.name, queueId: 'id-1', partition, from, to }
    book.apply(decisionKey(place), { ...place, status, at: '', by: 'alice' })
  }
  return { watch, state, asked, sweep, decide }
}

t.test('depth comes from the sweep; only new decisions and times that are not known are read', async (t) => {
  const { watch, state, asked, sweep, decide } = parts()
  await sweep([5, 0])
  t.same(watch.current(), [
    { queue: 'orders.dlq', letters: 5, ends: 5, undecided: 5, unconfirmed: 0, oldestMs: nowMs - 10_000 }
  ])
  t.same([state.syncs, asked.length], [0, 1], 'without the topic nothing was decided')
  decide(0, 1, 'discarded')
  await sweep([5, 0], 1)
  await sweep([6, 0], 1)
  t.match(watch.current(), [{ letters: 6, undecided: 4, oldestMs: nowMs - 12_000 }])
  t.same([state.syncs, asked.length], [1, 2])
  decide(2, 5, 'replayed')
  await sweep([6, 0], 2)
  t.match(watch.current(), [{ undecided: 0, oldestMs: undefined }])
})

t.test('what could not be read is unknown, and not 0', async (t) => {
  const { watch, state, sweep } = parts()
  await sweep([5, null])
  t.match(watch.current(), [{ letters: null, ends: null, undecided: null }])
  state.isAway = true
  await sweep([5, 0], 1)
  t.match(watch.current(), [{ letters: 5, undecided: null, unconfirmed: null, oldestMs: null }])
  state.isAway = false
  await sweep([5, 0], 1)
  t.match(watch.current(), [{ letters: 5, undecided: 5 }])
  t.equal(state.syncs, 2)
})

t.test('a queue that is deleted is gone', async (t) => {
  const { watch, sweep } = parts()
  await sweep([5, 0])
  await sweep([], undefined, others)
  t.same(watch.current(), [])
})

t.test('the metrics of a queue', async (t) => {
  const { watch, sweep, decide } = parts()
  const registry = new Registry()
  deadLetterMetrics(registry, watch.current, () => nowMs)
  const series = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('kops_'))
  t.same(await series(), [])
  await sweep([5, 2])
  decide(0, 4, 'replayed')
  decide(0, 0, 'unconfirmed', 1)
  await sweep([5, 2], 1)
  t.same(await series(), [
    'kops_dead_letters{queue="orders.dlq"} 7',
    'kops_dead_letters_end_offset{queue="orders.dlq"} 7',
    'kops_dead_letters_undecided{queue="orders.dlq"} 2',
    'kops_dead_letters_unconfirmed{queue="orders.dlq"} 1',
    'kops_dead_letters_oldest_undecided_seconds{queue="orders.dlq"} 10'
  ])
  decide(0, 1, 'discarded', 1)
  await sweep([5, 2], 2)
  t.match(await series(), { 2: /undecided\{.*\} 0$/, 4: /seconds\{.*\} 0$/ })
  await sweep([5, null], 2)
  t.same(await series(), [], 'what is not known has no series')
})
