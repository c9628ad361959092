import t from 'tap'
import type { Lane, Lanes } from '#services/load-test/domain/drills/lanes.ts'
import { createLiveRecord, publishLiveRecord } from '#services/load-test/domain/drills/live-record.ts'
import type { TimedOutcome } from '#services/load-test/domain/drills/records/outcomes.ts'
import { abortable } from '#shared/abortable.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { manualClock } from '../../../../manual-clock.ts'

const lane = (fromMs: number, leader: number, epoch: number): Lane => ({
  ...{ fromMs, leader, epoch, isr: [1, 2, 3], by: 'kafka-2' }
})
const plan = { topic: { name: 'd' }, target: { brokers: [{ id: 1, host: 'k', port: 1, rack: null }] } }
const injectedAtMs = 1000

/** A workload that is under way, to which outcomes are added. */
function writing(partitions: Lane[][]) {
  const outcomes: TimedOutcome[] = []
  const acknowledgements = new Map<number, number[]>()
  const answers = new Map([
    [
      'kafka-2',
      [
        { fromMs: 0, answers: true },
        { fromMs: 1400, answers: false }
      ]
    ],
    [
      'kafka-1',
      [
        { fromMs: 0, answers: false },
        { fromMs: 600, answers: true }
      ]
    ]
  ])
  const lanes: Lanes = { partitions: new Map(partitions.entries()), replicas: new Map(), live: [], answers, dropped: 0 }
  const add = (partition: number, endedAtMs: number, errorAtMs: number | null = null) => {
    const status = errorAtMs === null ? 'acknowledged' : 'failed'
    outcomes.push({ partition, endedAtMs, errorAtMs, status, sequence: outcomes.length, offset: null, broker: 1 })
    if (status === 'acknowledged') {
      acknowledgements.set(partition, [...(acknowledgements.get(partition) ?? []), endedAtMs])
    }
  }
  return { add, watcher: { lanes }, workload: { outcomes, acknowledgements, endedAtMs: null } }
}

t.test('while a drill runs, its record has lanes, rates, first errors, and gaps that are still open', async (t) => {
  const { add, ...parts } = writing([[lane(0, 1, 5), lane(1600, 2, 6)], [lane(0, 3, 1)]])
  let nowMs = 1300
  const clock = { ...manualClock(), monotonicMs: () => nowMs }
  const live = createLiveRecord({ ...parts, plan, clock })
  add(0, 800)
  add(1, 900)
  add(0, 1250, 1200)
  t.match(live.read(injectedAtMs), {
    answers: [
      { node: 'kafka-1', lanes: [{ fromMs: -400, answers: true }] },
      {
        node: 'kafka-2',
        lanes: [
          { fromMs: -1000, answers: true },
          { fromMs: 400, answers: false }
        ]
      }
    ],
    rates: { everyMs: 250, fromMs: -200, acknowledged: [2, 0], failed: [0, 1] },
    partitions: [
      { partition: 0, leaderBefore: 1, longestAckGapMs: 500, timeline: { firstClientErrorMs: 200, newEpochMs: 600 } },
      { partition: 1, leaderBefore: 3, longestAckGapMs: 400, timeline: { firstClientErrorMs: null } }
    ]
  })
  nowMs = 1800
  add(1, 1000)
  add(0, 1700)
  add(1, 1750)
  t.match(live.read(injectedAtMs), {
    rates: { acknowledged: [3, 0, 0, 2], failed: [0, 1, 0, 0] },
    partitions: [
      { longestAckGapMs: 900, lanes: [{ fromMs: -1000 }, { fromMs: 600, leader: 2 }] },
      { longestAckGapMs: 750 }
    ]
  })
})

t.test('of more than 50 partitions it has those that changed', async (t) => {
  const changed = [lane(0, 1, 5), lane(1600, 2, 6)]
  const of = (count: number) => {
    const parts = writing([changed, ...Array.from({ length: count - 1 }, () => [lane(0, 3, 1)])])
    return createLiveRecord({ ...parts, plan, clock: manualClock() }).read(injectedAtMs).partitions.length
  }
  t.equal(of(50), 50)
  t.equal(of(51), 1)
})

t.test('it is published each second from the fault on, saved by nobody, and no longer after its end', async (t) => {
  const published: { change: Partial<Drill>; persist: boolean | undefined }[] = []
  let injected: number | null = null
  const clock = manualClock()
  const { watcher, workload } = writing([[lane(0, 1, 5)]])
  let ticks = 0
  let end = () => Promise.resolve()
  const ended = new Promise<void>((resolve) => {
    const sleep: typeof clock.sleep = async (_, signal) => {
      ticks += 1
      if (ticks === 3) injected = injectedAtMs
      if (ticks === 5) {
        void end().then(resolve)
        await abortable(new Promise<never>(() => undefined), signal ?? new AbortController().signal)
      }
    }
    end = publishLiveRecord({
      plan: { ...plan, onChange: (change, how) => void published.push({ change, persist: how?.persist }) },
      ...{ watcher, workload, clock: { ...clock, sleep }, injectedAtMs: () => injected }
    })
  })
  await ended
  t.equal(published.length, 2)
  t.match(published[0], { change: { partitions: [{ partition: 0 }] }, persist: false })
})
