import t from 'tap'
import {
  type GroupInput,
  type GroupMeasures,
  measureGroup
} from '#services/load-test/domain/drills/consumers/group-measures.ts'
import type { PartitionMeasures } from '#services/load-test/domain/drills/consumers/partition-measures.ts'
import { assigned, committed, contact, delivered, generation, history, written } from './histories.ts'

/** `a` is killed at 1000 ms, `b` has its partition from 7000 ms on and goes back to the last commit. */
const killed: Partial<GroupInput> = {
  faults: [{ member: 'a', fromMs: 1000, untilMs: null }],
  writtenUntilMs: 9000,
  written: [written(100, 0, 0, 5), written(800, 0, 5, 10), written(5000, 0, 10, 20), written(8000, 0, 20, 30)],
  reports: [
    assigned('a', 0, 0),
    generation('a', 1, 4),
    delivered('a', 200, 0, 0, 5),
    committed('a', 201, 0, 5),
    delivered('a', 900, 0, 5, 10),
    assigned('b', 7000, 0),
    generation('b', 7001, 5),
    delivered('b', 7100, 0, 5, 20),
    delivered('b', 8100, 0, 20, 30),
    committed('b', 8101, 0, 30)
  ]
}

/** Two members process one partition; the coordinator answers the one that lost it at a time. */
const bothProcess = (contactAtMs: number) => [
  assigned('a', 0, 0),
  assigned('b', 500, 0),
  delivered('a', 400, 0, 0, 5),
  delivered('b', 600, 0, 5, 8),
  contact('a', contactAtMs),
  delivered('a', 700, 0, 5, 9)
]

const cases: {
  when: string
  given: Partial<GroupInput>
  first?: Partial<PartitionMeasures>
  group?: Partial<GroupMeasures>
}[] = [
  {
    when: 'a member is killed and another one takes over',
    given: killed,
    first: {
      ...{ delivered: 30, duplicates: 5, rewindDepth: 5, skipped: 0, unconsumed: 0, doubleOwned: 0 },
      ...{ gapMaxMs: 6200, gapP50Ms: 900, firstDeliveryMs: 6100, pollsBack: 0, pollSkips: 0 }
    },
    group: { lastPartitionMs: 6100, rebalances: 1, lagPeak: 10, drainMs: 2100 }
  },
  {
    when: 'nobody takes over',
    given: { ...killed, reports: (killed.reports ?? []).slice(0, 5) },
    first: { unconsumed: 20, firstDeliveryMs: null, gapMaxMs: 8100 },
    group: { lastPartitionMs: null, lagPeak: 20, drainMs: null }
  },
  {
    when: 'a record is committed past and never delivered',
    given: {
      written: [written(10, 0, 0, 10)],
      reports: [assigned('a', 0, 0), delivered('a', 20, 0, 0, 9), committed('a', 21, 0, 10)]
    },
    first: { skipped: 1, unconsumed: 0, delivered: 9 }
  },
  {
    when: 'a record is not delivered, but nobody committed past it',
    given: {
      written: [written(10, 0, 0, 10)],
      reports: [assigned('a', 0, 0), delivered('a', 20, 0, 0, 9), committed('a', 21, 0, 9)]
    },
    first: { skipped: 0, unconsumed: 1 }
  },
  {
    when: 'offsets without records are left out',
    given: {
      written: [written(10, 0, 0, 5), written(11, 0, 6, 10)],
      reports: [
        assigned('a', 0, 0),
        delivered('a', 20, 0, 0, 5),
        delivered('a', 21, 0, 6, 10),
        committed('a', 22, 0, 10)
      ]
    },
    first: { skipped: 0, unconsumed: 0, pollSkips: 0 }
  },
  {
    when: 'two members process one partition',
    given: { reports: bothProcess(650) },
    first: { doubleOwned: 4, doubleOwnedUnaware: 0, duplicates: 3 }
  },
  {
    when: 'no coordinator answers a member whose partition another one has by then',
    given: { reports: bothProcess(450) },
    first: { doubleOwned: 0, doubleOwnedUnaware: 4, duplicates: 3 }
  },
  {
    when: 'a member finishes before the next one begins, but reports late',
    given: {
      reports: [assigned('a', 0, 0), assigned('b', 500, 0), delivered('b', 600, 0, 5, 8), delivered('a', 400, 0, 0, 5)]
    },
    first: { doubleOwned: 0, doubleOwnedUnaware: 0, duplicates: 0, pollsBack: 0 }
  },
  {
    when: 'a partition goes to another member and comes back',
    given: {
      reports: [
        assigned('a', 0, 0),
        delivered('a', 100, 0, 0, 5),
        assigned('b', 500, 0),
        delivered('b', 600, 0, 5, 8),
        assigned('a', 700, 0),
        delivered('a', 800, 0, 8, 9)
      ]
    },
    first: { doubleOwned: 0, doubleOwnedUnaware: 0 }
  },
  {
    when: 'a paused member goes on with what others have by then',
    given: {
      faults: [{ member: 'a', fromMs: 1000, untilMs: 9000 }],
      reports: [
        assigned('a', 0, 0),
        delivered('a', 400, 0, 0, 5),
        assigned('b', 8000, 0),
        delivered('b', 8100, 0, 5, 8),
        delivered('a', 9100, 0, 5, 9)
      ]
    },
    first: { doubleOwned: 0, doubleOwnedUnaware: 4, firstDeliveryMs: 7100 }
  },
  {
    when: 'a pause is shorter than the session',
    given: {
      faults: [{ member: 'a', fromMs: 1000, untilMs: 3000 }],
      reports: [assigned('a', 0, 0), delivered('a', 900, 0, 0, 5), delivered('a', 3100, 0, 5, 8)]
    },
    first: { firstDeliveryMs: 2100, duplicates: 0 }
  },
  {
    when: 'a member that leaves delivers for the last time after it was asked to',
    given: {
      faults: [{ member: 'a', fromMs: 1000, untilMs: null }],
      reports: [
        assigned('a', 0, 0),
        delivered('a', 1050, 0, 0, 5),
        assigned('b', 1300, 0),
        delivered('b', 1400, 0, 5, 8)
      ]
    },
    first: { firstDeliveryMs: 400 }
  },
  {
    when: 'a reader goes back within its assignment, and leaves out records',
    given: {
      written: [written(1, 0, 0, 20)],
      reports: [
        assigned('a', 0, 0),
        delivered('a', 100, 0, 0, 10),
        delivered('a', 200, 0, 5, 6),
        delivered('a', 300, 0, 12, 20)
      ]
    },
    first: { pollsBack: 1, pollSkips: 1, duplicates: 1, rewindDepth: 5, unconsumed: 2 }
  },
  {
    when: 'a group begins at the end of a topic',
    given: {
      begins: 'latest',
      written: [written(100, 0, 1000, 1010), written(1100, 0, 1010, 1030)],
      reports: [
        assigned('a', 0, 0),
        delivered('a', 120, 0, 1005, 1010),
        delivered('a', 1200, 0, 1010, 1030),
        committed('a', 1201, 0, 1030)
      ]
    },
    first: { skipped: 0, unconsumed: 0, delivered: 25 },
    group: { lagPeak: 20, drainMs: 100, lastPartitionMs: 200, rebalances: null }
  }
]

for (const { when, given, first, group } of cases) {
  t.test(when, async (t) => {
    const measures = measureGroup(history(given))
    if (first) t.match(measures.partitions[0], first)
    if (group) t.match(measures, group)
  })
}

t.test('nothing is measured of a group that nothing was done to', async (t) => {
  t.match(measureGroup(history({ injectedAtMs: null, partitions: 0 })), {
    ...{ partitions: [], lastPartitionMs: null, rebalances: null, lagPeak: null, drainMs: null }
  })
})
