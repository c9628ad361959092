import t from 'tap'
import { createLanes, goneAt, laneAt } from '#services/load-test/domain/drills/lanes.ts'
import { firstMoment, type Observation } from '#services/load-test/domain/drills/observation.ts'
import { startWatcher } from '#services/load-test/domain/drills/watcher.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView, PartitionMetadata } from '#shared/kafka/model.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { partition } from '../../../health/plain-cluster.ts'

const endpointOf = (id: number) => ({ host: 'k', port: 9000 + id })
const brokersOf = (ids: number[]) => ids.map((id) => ({ id, ...endpointOf(id), rack: null }))

interface Says {
  live?: number[]
  partitions?: Partial<PartitionMetadata>[]
}

function viewOf(id: number, { live = [1, 2, 3], partitions = [{}] }: Says = {}): BrokerView {
  const all = partitions.map((each, index) => partition({ partition: index, ...each }))
  const topics = [{ name: 'd', internal: false, partitions: all }]
  return {
    endpoint: endpointOf(id),
    reachable: true,
    responseTimeMs: 1,
    metadata: { clusterId: 'c', controllerId: 2, brokers: brokersOf(live), topics }
  }
}

const silent = (id: number): BrokerView => ({
  endpoint: endpointOf(id),
  reachable: false,
  error: new KopsError('kafka_timeout', 'silent')
})

/** Three brokers of which one takes answers of a time of their own; whose state changes at a moment. */
function cluster({ answerMs, says }: { answerMs: (id: number) => number; says: (id: number, ms: number) => Says }) {
  const { clock, drive } = simulatedClock()
  const asked: { id: number; atMs: number }[] = []
  const view = async (id: number, deadlineMs: number, signal?: AbortSignal) => {
    asked.push({ id, atMs: clock.monotonicMs() })
    const ms = answerMs(id)
    await clock.sleep(Math.min(ms, deadlineMs), signal)
    return ms > deadlineMs ? silent(id) : viewOf(id, says(id, clock.monotonicMs()))
  }
  const reader = {
    views: ({ deadlineMs }: { deadlineMs: number }) => Promise.all([view(1, deadlineMs), view(2, deadlineMs)]),
    view: ({ port }: { port: number }, { deadlineMs, signal }: { deadlineMs: number; signal?: AbortSignal }) =>
      view(port - 9000, deadlineMs, signal)
  }
  const [node] = brokersOf([1])
  if (!node) throw new Error('no node')
  const watcher = startWatcher({ reader, clock, topic: 'd', node, intervalMs: 100, deadlineMs: 800 })
  return { clock, drive, asked, watcher }
}

const { signal } = new AbortController()

t.test('a change is seen within 100 ms and the answer, while another broker is a black hole', async (t) => {
  const changedAtMs = 5030
  const answerMs = (id: number) => (id === 3 ? 60_000 : 5)
  const { clock, drive, asked, watcher } = cluster({
    answerMs,
    says: (_, ms) => (ms < changedAtMs ? {} : { partitions: [{ leader: 2, leaderEpoch: 6, isr: [2, 1] }] })
  })
  await drive(clock.sleep(10_000))
  await drive(watcher.stop())
  const lanes = watcher.lanes.partitions.get(0) ?? []
  t.match(lanes, [
    { leader: 1, epoch: 5, isr: [1, 2, 3] },
    { leader: 2, epoch: 6, isr: [2, 1] }
  ])
  const lateMs = (lanes[1]?.fromMs ?? Number.POSITIVE_INFINITY) - changedAtMs
  t.ok(lateMs >= 0 && lateMs <= 105, `${lateMs} ms late`)
  t.ok(['kafka-1', 'kafka-2'].includes(lanes[1]?.by ?? ''), 'it says which broker said so')
  const count = (id: number) => asked.filter((each) => each.id === id).length
  t.ok(count(1) > 80 && count(2) > 80, `the others are asked every 100 ms (${count(1)}, ${count(2)})`)
  t.ok(count(3) > 8 && count(3) < 16, `the black hole as its deadline allows (${count(3)})`)
})

t.test('equal answers take no room, and what they show holds in between', async (t) => {
  const { clock, drive, watcher } = cluster({ answerMs: () => 5, says: () => ({}) })
  await drive(clock.sleep(60_000))
  await drive(watcher.stop())
  t.equal(watcher.observations.length, 2)
  t.ok((watcher.observations[1]?.atMs ?? 0) > 59_000, 'the last one is kept, too')
  t.equal(watcher.lanes.partitions.get(0)?.length, 1)
  t.equal(watcher.lanes.live.length, 3, 'one entry a broker')
})

t.test('what a broker tells after the question counts, and what was so before does not', async (t) => {
  const { clock, drive, watcher } = cluster({
    answerMs: () => 5,
    says: (_, ms) => ({ partitions: [{ isr: ms < 2000 ? [1, 2, 3] : [1, 2] }] })
  })
  await drive(clock.sleep(1000))
  const shrunk = await drive(watcher.until(({ isrWhole }) => !isrWhole, { timeoutMs: 5000, signal }))
  t.ok((shrunk?.atMs ?? 0) >= 2000 && (shrunk?.atMs ?? 9e9) <= 2105)
  t.ok(await drive(watcher.until(({ isrWhole }) => !isrWhole, { timeoutMs: 5000, signal })), 'it is still so')
  t.equal(await drive(watcher.until(({ isrWhole }) => isrWhole, { timeoutMs: 500, signal })), undefined)
  await drive(watcher.stop())
})

t.test('a broker that is asked first is not taken for the only one', async (t) => {
  const { clock, drive, watcher } = cluster({ answerMs: (id) => (id === 1 ? 400 : 5), says: () => ({}) })
  await drive(clock.sleep(2000))
  await drive(watcher.stop())
  t.ok(watcher.observations.every(({ nodeReachable }) => nodeReachable))
})

t.test('a broker that repeats what others have overtaken changes nothing', async (t) => {
  const lanes = createLanes('d')
  lanes.take(viewOf(1), 0)
  lanes.take(viewOf(2, { live: [2, 3], partitions: [{ leader: 2, leaderEpoch: 6 }] }), 100)
  lanes.take(viewOf(1), 200)
  lanes.take(viewOf(3, { partitions: [{ leader: 2, leaderEpoch: 6, isr: [2, 3] }] }), 300)
  lanes.take(viewOf(2, { live: [2, 3], partitions: [{ leader: 2, leaderEpoch: 6 }] }), 400)
  lanes.take(silent(3), 500)
  lanes.take(silent(3), 600)
  t.match(lanes.partitions.get(0), [
    { fromMs: 0, leader: 1, epoch: 5, by: 'kafka-1' },
    { fromMs: 100, leader: 2, epoch: 6, isr: [1, 2, 3], by: 'kafka-2' },
    { fromMs: 300, leader: 2, epoch: 6, isr: [2, 3], by: 'kafka-3' }
  ])
  t.equal(lanes.partitions.get(0)?.length, 3)
  t.match(laneAt(lanes.partitions.get(0) ?? [], 299), { fromMs: 100 })
  t.equal(laneAt(lanes.partitions.get(0) ?? [], -1), undefined)
  t.equal(goneAt(lanes.live, { id: 1 }, 0), 100)
  t.equal(goneAt(lanes.live, { id: 1 }, 150), undefined)
  t.equal(goneAt(lanes.live, { id: 3 }, 0), undefined)
  t.same(lanes.answers.get('kafka-3'), [
    { fromMs: 300, answers: true },
    { fromMs: 500, answers: false }
  ])
})

t.test('lanes are bounded, and say what they left out', async (t) => {
  const lanes = createLanes('d')
  for (let epoch = 0; epoch < 600; epoch += 1) lanes.take(viewOf(1, { partitions: [{ leaderEpoch: epoch }] }), epoch)
  t.equal(lanes.partitions.get(0)?.length, 500)
  t.equal(lanes.dropped, 100)
})

t.test('the first moment of a state that began before is the instant itself', async (t) => {
  const at = (atMs: number, isrWhole: boolean): Observation => ({
    atMs,
    isrWhole,
    nodeReachable: true,
    brokersReachable: 3,
    partitions: 1,
    leadersOnNode: 0,
    leaderless: 0
  })
  const history = [at(0, true), at(900, true), at(1000, false), at(1500, false), at(1600, true)]
  const whole = ({ isrWhole }: Observation) => isrWhole
  t.equal(firstMoment(history, whole, 500), 500)
  t.equal(firstMoment(history, whole, 1200), 1600)
  t.equal(firstMoment(history, whole, 1200, 1550), undefined)
  t.equal(
    firstMoment(history, (each) => !whole(each), 500),
    1000
  )
  t.equal(firstMoment(history, whole, 1700), undefined)
})
