import t from 'tap'
import { compareWithPrediction } from '#services/load-test/domain/drills/comparison.ts'
import type { Lane, Lanes } from '#services/load-test/domain/drills/lanes.ts'
import { measuredRecord } from '#services/load-test/domain/drills/measured-record.ts'
import { ratesOf } from '#services/load-test/domain/drills/rates.ts'
import { type TimelineInput, timelinesOf } from '#services/load-test/domain/drills/timelines.ts'
import type { DrillPartition } from '#shared/contracts/drill-records.ts'

const lane = (fromMs: number, leader: number | null, epoch: number, isr: number[]): Lane => ({
  fromMs,
  leader,
  epoch,
  isr,
  by: 'kafka-2'
})
const lanesOf = (partitions: Lane[][]): Lanes => ({
  partitions: new Map(partitions.entries()),
  replicas: new Map(partitions.map((_, partition) => [partition, [1, 2, 3]])),
  live: [
    { atMs: 0, by: 'kafka-1', live: [1, 2, 3] },
    { atMs: 0, by: 'kafka-2', live: [1, 2, 3] },
    { atMs: 1500, by: 'kafka-1', live: [2, 3] },
    { atMs: 5000, by: 'kafka-2', live: [2, 3] }
  ],
  answers: new Map(),
  dropped: 0
})
const acks = (partition: number, times: number[]) =>
  times.map((endedAtMs) => ({ partition, endedAtMs, errorAtMs: null, status: 'acknowledged' as const }))

const injectedAtMs = 1000
const failover = [
  lane(0, 1, 5, [1, 2, 3]),
  lane(5100, 2, 6, [2, 3]),
  lane(9000, 2, 6, [2, 3, 1]),
  lane(9400, 1, 7, [2, 3, 1])
]

function one(change: Partial<TimelineInput>): DrillPartition | undefined {
  return timelinesOf({
    ...{
      topic: 'd',
      lanes: lanesOf([failover]),
      outcomes: [],
      brokers: [{ id: 1 }],
      injectedAtMs,
      writtenUntilMs: null
    },
    ...change
  })[0]
}

t.test('what the cluster does and what the client sees are apart', async (t) => {
  const outcomes = [
    ...acks(0, [900, 1100, 5600, 5700]),
    { partition: 0, endedAtMs: 5600, errorAtMs: 1300, status: 'acknowledged' as const }
  ]
  const seen = one({ outcomes, writtenUntilMs: 5800 })
  t.same(seen?.timeline, {
    firstClientErrorMs: 300,
    sessionGoneMs: 4000,
    newEpochMs: 4100,
    firstAckMs: 4600,
    isrShrunkMs: 4100,
    isrFullMs: 8000,
    preferredLeaderMs: 8400
  })
  t.match(seen, { topic: 'd', partition: 0, leaderBefore: 1, longestAckGapMs: 4500 })
  t.same(
    seen?.lanes.map(({ fromMs, leader, by }) => [fromMs, leader, by]),
    [
      [-1000, 1, 'kafka-2'],
      [4100, 2, 'kafka-2'],
      [8000, 2, 'kafka-2'],
      [8400, 1, 'kafka-2']
    ]
  )
})

const cases: { when: string; lanes: Lane[]; expected: Partial<DrillPartition['timeline']> }[] = [
  {
    when: 'nothing changes',
    lanes: failover.slice(0, 1),
    expected: { newEpochMs: null, firstAckMs: null, isrShrunkMs: null, isrFullMs: null, preferredLeaderMs: null }
  },
  {
    when: 'the ISR does not become full again, nor the leader the preferred one',
    lanes: failover.slice(0, 2),
    expected: { isrShrunkMs: 4100, isrFullMs: null, preferredLeaderMs: null }
  },
  {
    when: 'the ISR flaps: it is full when it stays so',
    lanes: [...failover.slice(0, 3), lane(9100, 2, 6, [2, 3]), lane(9900, 2, 6, [1, 2, 3])],
    expected: { isrFullMs: 8900 }
  },
  {
    when: 'a follower leaves the ISR and comes back',
    lanes: [lane(0, 1, 5, [1, 2, 3]), lane(4000, 1, 5, [1, 2]), lane(7000, 1, 5, [1, 2, 3])],
    expected: { newEpochMs: null, isrShrunkMs: 3000, firstAckMs: 4600, isrFullMs: 6000, preferredLeaderMs: null }
  },
  {
    when: 'the partition has no leader for a while',
    lanes: [lane(0, 1, 5, [1]), lane(4000, null, 6, [1]), lane(8000, 1, 7, [1])],
    expected: { newEpochMs: 3000, isrShrunkMs: null, isrFullMs: null, preferredLeaderMs: 7000 }
  },
  {
    when: 'what changed before the fault does not count',
    lanes: [lane(0, 1, 4, [1, 2]), lane(900, 1, 5, [1, 2, 3])],
    expected: { newEpochMs: null, isrFullMs: null }
  }
]
for (const { when, lanes, expected } of cases) {
  t.test(`timeline: ${when}`, async (t) => {
    t.match(one({ lanes: lanesOf([lanes]), outcomes: acks(0, [1100, 5600]) })?.timeline, expected)
  })
}

const timeline: DrillPartition['timeline'] = {
  firstClientErrorMs: null,
  sessionGoneMs: 4300,
  newEpochMs: 4400,
  firstAckMs: 4600,
  isrShrunkMs: 4500,
  isrFullMs: 26_000,
  preferredLeaderMs: null
}
const led = { leaderBefore: 1, timeline, longestAckGapMs: 4700 }
const followed = { leaderBefore: 2, timeline: { ...timeline, newEpochMs: null }, longestAckGapMs: 900 }
const band = (min: number, max: number) => ({ min, max })
const bands = {
  detection: band(4, 8),
  leaders: band(4, 9),
  clientGap: band(4, 10),
  followed: band(4, 9),
  isrFull: band(1, 15)
}
const compare = (change: Partial<Parameters<typeof compareWithPrediction>[0]> = {}) =>
  Object.fromEntries(
    compareWithPrediction({
      predicted: bands,
      partitions: [led, followed],
      brokers: [1],
      healedMs: 20_000,
      watchIntervalMs: 100,
      requestTimeoutMs: 3000,
      breaksController: false,
      ...change
    }).map((row) => [row.name, row])
  )

t.test('measured times stand beside predicted ones', async (t) => {
  const rows = compare()
  t.same(
    Object.values(rows).map(({ name, measuredSeconds, within }) => [name, measuredSeconds, within]),
    [
      ['detection', 4.3, true],
      ['leaders', 4.4, true],
      ['clientGap', 4.7, true],
      ['followed', 4.5, true],
      ['isrFull', 6, true]
    ]
  )
  t.ok(Object.values(rows).every((row) => row.explanation === undefined))
})

t.test('a measured time may be late by the interval of the watch', async (t) => {
  const late = (ms: number) => compare({ partitions: [{ ...led, timeline: { ...timeline, newEpochMs: ms } }] }).leaders
  t.equal(late(9140)?.within, true)
  t.equal(late(9160)?.within, false)
  t.equal(late(3900)?.within, false)
})

const explained: [string, Partial<Parameters<typeof compareWithPrediction>[0]>, string, RegExp][] = [
  [
    'the client waits for its request',
    { partitions: [{ ...led, longestAckGapMs: 12_000 }] },
    'clientGap',
    /time-out of 3.0 s/
  ],
  [
    'the controller was hit',
    { partitions: [{ ...led, timeline: { ...timeline, newEpochMs: 12_000 } }], breaksController: true },
    'leaders',
    /^The controller was on it/
  ],
  ['nothing was led', { partitions: [followed] }, 'leaders', /led none/],
  [
    'it did not happen',
    { partitions: [{ ...led, timeline: { ...timeline, newEpochMs: null } }] },
    'leaders',
    /within the 20.0 s/
  ],
  ['nothing was healed', { healedMs: null }, 'isrFull', /not every one/],
  [
    'it came early',
    { partitions: [{ ...led, timeline: { ...timeline, sessionGoneMs: 1000 } }] },
    'detection',
    /before it was noticed/
  ],
  [
    'nothing explains it',
    { partitions: [{ ...led, timeline: { ...timeline, sessionGoneMs: 99_000 } }] },
    'detection',
    /nothing that is known/i
  ]
]
for (const [why, change, name, text] of explained) {
  t.test(`a difference is explained when ${why}`, async (t) => {
    const row = compare(change)[name]
    t.not(row?.within, true)
    t.match(row?.explanation, text)
  })
}

t.test('rates count records by the time of their outcome, and grow coarser rather than longer', async (t) => {
  const outcomes = [
    ...acks(0, [1000, 1100, 1251, 1800]),
    { partition: 0, endedAtMs: 1790, errorAtMs: 1790, status: 'failed' as const }
  ]
  t.same(ratesOf(outcomes, 1500), { everyMs: 250, fromMs: -500, acknowledged: [2, 1, 0, 1], failed: [0, 0, 0, 1] })
  t.equal(ratesOf(outcomes, null), undefined)
  t.equal(ratesOf([], 0), undefined)
  const long = ratesOf(acks(0, [0, 3_600_000]), 0)
  t.equal(long?.everyMs, 4000)
  t.equal(long?.acknowledged.length, 901)
})

t.test(
  'a record has a comparison for a drill of one fault on brokers that was predicted, and nothing without a fault',
  async (t) => {
    const broker = { id: 1, host: 'k', port: 1, rack: null }
    const input = {
      plan: {
        topic: 'd',
        target: { nodes: ['kafka-1'], brokers: [broker], detail: '' },
        stages: [{}],
        prediction: { record: { seconds: bands }, clientTimeoutMs: 3000, breaksController: false }
      },
      watcher: { lanes: lanesOf([failover]) },
      workload: { outcomes: acks(0, [900, 5600]), endedAtMs: 5700 },
      ...{ watchIntervalMs: 100, injectedAtMs, healedAtMs: 7000 }
    }
    const recordOf = (change: object) => measuredRecord({ ...input, ...change } as never)
    const record = recordOf({})
    t.equal(record.partitions?.length, 1)
    t.equal(record.rates?.everyMs, 250)
    t.match(record.comparison, [
      { name: 'detection', measuredSeconds: 4 },
      { name: 'leaders', measuredSeconds: 4.1 },
      { name: 'clientGap', measuredSeconds: 4.7 },
      { name: 'followed', measuredSeconds: null },
      { name: 'isrFull', measuredSeconds: 2 }
    ])
    t.equal(recordOf({ plan: { ...input.plan, stages: [{}, {}] } }).comparison, undefined)
    t.equal(recordOf({ plan: { ...input.plan, prediction: undefined } }).comparison, undefined)
    t.same(recordOf({ injectedAtMs: null }), {})
  }
)
