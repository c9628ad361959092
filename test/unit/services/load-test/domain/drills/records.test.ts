import t from 'tap'
import { epochsSeen, truncationsOf } from '#services/load-test/domain/drills/epochs.ts'
import type { Lane } from '#services/load-test/domain/drills/lanes.ts'
import { encodeRecord } from '#services/load-test/domain/drills/numbered-record.ts'
import { visibilityOf } from '#services/load-test/domain/drills/records/committed.ts'
import {
  countNonmonotonic,
  type FindingsInput,
  findingsOf
} from '#services/load-test/domain/drills/records/findings.ts'
import { settleMissing } from '#services/load-test/domain/drills/records/missing.ts'
import {
  promised,
  type TimedOutcome,
  type WriterTransaction
} from '#services/load-test/domain/drills/records/outcomes.ts'
import { type ReadRecord, toReadRecord, verify } from '#services/load-test/domain/drills/verifier.ts'
import type { Finding } from '#shared/contracts/drill-records.ts'

function acked(sequence: number, offset: number | null, change: Partial<TimedOutcome> = {}): TimedOutcome {
  return {
    ...{ partition: 0, sequence, status: 'acknowledged', offset },
    ...{ endedAtMs: 1000, errorAtMs: null, broker: 1 },
    ...change
  }
}
const stored = (sequence: number, offset: number): ReadRecord => ({ partition: 0, offset, sequence })

const lane = (fromMs: number, leader: number, epoch: number): Lane => ({
  fromMs,
  leader,
  epoch,
  isr: [1, 2],
  by: 'kafka-2'
})
const lanes = new Map([[0, [lane(0, 1, 5), lane(10_000, 2, 6)]]])
const end = (epoch: number, endOffset: number, leaderEpoch = 6) => ({
  partition: 0,
  epoch,
  endOffset,
  leader: 2,
  leaderEpoch
})

const cutCases: {
  when: string
  outcomes: TimedOutcome[]
  ends?: ReturnType<typeof end>[]
  of?: Lane[]
  cut: number[]
}[] = [
  { when: 'the epoch ends behind them', outcomes: [acked(0, 98), acked(1, 99)], cut: [] },
  {
    when: 'the epoch ends at one, and before another',
    outcomes: [acked(0, 99), acked(1, 100), acked(2, 130)],
    cut: [1, 2]
  },
  {
    when: 'a broker that was replaced went on to acknowledge',
    outcomes: [acked(0, 100, { endedAtMs: 14_000 })],
    cut: [0]
  },
  { when: 'the next leader acknowledged', outcomes: [acked(0, 100, { broker: 2, endedAtMs: 14_000 })], cut: [] },
  { when: 'it was not acknowledged', outcomes: [acked(0, 100, { status: 'indeterminate' })], cut: [] },
  { when: 'nobody saw the broker lead', outcomes: [acked(0, 100, { broker: 3 })], cut: [] },
  { when: 'the offset is not known', outcomes: [acked(0, null)], cut: [] },
  { when: 'the leader of the epoch itself was asked', outcomes: [acked(0, 100)], ends: [end(5, 100, 5)], cut: [] },
  {
    when: "the broker led again later: the later epoch counts, whose end is the log's",
    outcomes: [acked(0, 100, { endedAtMs: 30_500 })],
    ends: [end(5, 100, 7), end(7, 300, 7)],
    of: [lane(0, 1, 5), lane(10_000, 2, 6), lane(30_000, 1, 7)],
    cut: []
  },
  {
    when: 'the acknowledgement came before the watcher saw its epoch',
    outcomes: [acked(0, 100, { endedAtMs: 29_500 })],
    ends: [end(5, 100, 7), end(7, 300, 7)],
    of: [lane(0, 1, 5), lane(10_000, 2, 6), lane(30_000, 1, 7)],
    cut: []
  }
]
for (const { when, outcomes, ends = [end(5, 100), end(6, 200)], of, cut } of cutCases) {
  t.test(`epochs prove ${cut.length === 0 ? 'nothing' : `${cut.length} lost`} when ${when}`, async (t) => {
    const found = truncationsOf(outcomes, of ? new Map([[0, of]]) : lanes, ends)
    t.same(
      found.flatMap(({ lost }) => lost.map(({ sequence }) => sequence)),
      cut
    )
    if (cut.length > 0)
      t.match(found, [{ partition: 0, epoch: 5, endOffset: 100, leader: 2, leaderEpoch: 6, broker: 1 }])
  })
}

t.test('each epoch that was seen is asked for once', async (t) => {
  const seen = new Map([[3, [lane(0, 1, 5), lane(5, 1, 5), lane(9, 2, 6)]]])
  t.same(epochsSeen(seen), [
    { partition: 3, epoch: 5 },
    { partition: 3, epoch: 6 }
  ])
})

const nothing = {
  ...{ unseen: 0, corrupt: 0, duplicates: 0, reordered: 0, failedButPresent: 0 },
  ...{ indeterminate: 0, indeterminatePresent: 0, ackAliased: 0, failed: 0 }
}
const invisible = {
  ...{ abortedRead: 0, precommittedRead: 0, committedHidden: 0, notDelivered: 0, divergent: 0 },
  evidence: []
}
const cutOff = (outcomes: TimedOutcome[]) => truncationsOf(outcomes, lanes, [end(5, 100)])
const found = (change: Partial<FindingsInput>) =>
  findingsOf({
    settings: { acks: 'all', idempotent: true },
    counts: nothing,
    missing: { lost: [], unread: [] },
    ...{ truncations: [], nonmonotonic: 0, visibility: invisible },
    ...change
  })
const leaderOnly = { acks: 'leader', idempotent: false } as const
const plain = { acks: 'all', idempotent: false } as const

const severities: {
  when: string
  given: Partial<FindingsInput>
  expected: [Finding['class'], Finding['severity'], number][]
}[] = [
  { when: 'nothing is wrong', given: {}, expected: [] },
  {
    when: 'a record is lost',
    given: { missing: { lost: [acked(0, 5)], unread: [] } },
    expected: [['ackedLost', 'failure', 1]]
  },
  {
    when: 'records are lost with their leader, and acks=all had promised them',
    given: { missing: { lost: [acked(0, 100)], unread: [] }, truncations: cutOff([acked(0, 100)]) },
    expected: [
      ['epochTruncation', 'failure', 1],
      ['ackedLost', 'failure', 1]
    ]
  },
  {
    when: 'records are lost with their leader, and acks=1 had promised nothing more',
    given: {
      settings: leaderOnly,
      missing: { lost: [acked(0, 100)], unread: [] },
      truncations: cutOff([acked(0, 100)])
    },
    expected: [
      ['epochTruncation', 'allowed', 1],
      ['ackedLost', 'allowed', 1]
    ]
  },
  {
    when: 'a record with acks=1 is lost although its leader did not fail',
    given: { settings: leaderOnly, missing: { lost: [acked(0, 5)], unread: [] }, truncations: cutOff([acked(1, 100)]) },
    expected: [
      ['epochTruncation', 'allowed', 1],
      ['ackedLost', 'failure', 1]
    ]
  },
  {
    when: 'an offset was acknowledged twice, because a leader with the first record failed',
    given: { settings: leaderOnly, counts: { ...nothing, ackAliased: 1 }, truncations: cutOff([acked(1, 100)]) },
    expected: [['epochTruncation', 'allowed', 1]]
  },
  {
    when: 'an offset was acknowledged twice',
    given: { counts: { ...nothing, ackAliased: 1 } },
    expected: [['ackAliased', 'failure', 1]]
  },
  {
    when: 'a record was only not delivered',
    given: { missing: { lost: [], unread: [{ outcome: acked(0, 5), where: 'kafka-1' }] } },
    expected: [['notRead', 'doubt', 1]]
  },
  {
    when: 'the tail cannot be read yet',
    given: { counts: { ...nothing, unseen: 3 } },
    expected: [['tailUnseen', 'doubt', 3]]
  },
  {
    when: 'an idempotent producer wrote twice, out of order',
    given: { counts: { ...nothing, duplicates: 1, reordered: 2 }, nonmonotonic: 3 },
    expected: [
      ['duplicates', 'failure', 1],
      ['reordered', 'failure', 2],
      ['nonmonotonicSend', 'failure', 3]
    ]
  },
  {
    when: 'a producer without idempotence wrote twice, out of order',
    given: { settings: plain, counts: { ...nothing, duplicates: 1, reordered: 2 }, nonmonotonic: 3 },
    expected: [
      ['duplicates', 'allowed', 1],
      ['reordered', 'allowed', 2],
      ['nonmonotonicSend', 'allowed', 3]
    ]
  },
  {
    when: 'writes ended without an answer, or with a refusal',
    given: { counts: { ...nothing, indeterminate: 2, failed: 3, failedButPresent: 1 } },
    expected: [
      ['failedButPresent', 'failure', 1],
      ['indeterminate', 'allowed', 2],
      ['refused', 'allowed', 2]
    ]
  },
  {
    when: 'readers see what they must not, or each something else',
    given: {
      visibility: {
        abortedRead: 1,
        precommittedRead: 2,
        committedHidden: 3,
        notDelivered: 4,
        divergent: 5,
        evidence: []
      }
    },
    expected: [
      ['offsetDivergence', 'failure', 5],
      ['abortedRead', 'failure', 1],
      ['precommittedRead', 'failure', 2],
      ['committedHidden', 'failure', 3],
      ['notRead', 'doubt', 4]
    ]
  }
]
for (const { when, given, expected } of severities) {
  t.test(`findings when ${when}`, async (t) => {
    t.same(
      found(given).map((finding) => [finding.class, finding.severity, finding.count]),
      expected
    )
  })
}

t.test('offsets that go back are counted by partition, in the order of sending', async (t) => {
  const other = { partition: 1 }
  t.equal(countNonmonotonic([acked(2, 11), acked(0, 10), acked(1, 3, other), acked(3, 4, other)]), 0)
  t.equal(countNonmonotonic([acked(0, 10), acked(1, 9), acked(2, 11), acked(3, null), acked(4, 8)]), 2)
})

t.test('what another reader or a replica has is not lost', async (t) => {
  const missing = [acked(0, 0), acked(1, 1), acked(2, 2), acked(3, null)]
  const replicas = new Map([
    [
      0,
      [
        { node: 'kafka-1', holds: [1] },
        { node: 'kafka-3', holds: [1] },
        { node: 'kafka-2', holds: [], failure: 'no file' }
      ]
    ]
  ])
  const settled = settleMissing(missing, [stored(0, 0)], replicas)
  t.same(
    settled.lost.map(({ sequence }) => sequence),
    [2, 3]
  )
  t.same(
    settled.unread.map(({ outcome, where }) => [outcome.sequence, where]),
    [
      [0, 'the other reader'],
      [1, 'kafka-1, kafka-3']
    ]
  )
})

t.test('records behind what may be read, and before the end of the log, are not lost', async (t) => {
  const outcomes = [acked(0, 0), acked(1, 1), acked(2, 2)]
  const of = (logEndOffset?: number) =>
    verify({
      outcomes,
      records: [stored(0, 0)],
      partitions: [{ partition: 0, readUpTo: 1, endOffset: 1, ...(logEndOffset === undefined ? {} : { logEndOffset }) }]
    })
  t.match(of().counts, { ackedLost: 2, unseen: 0 })
  t.match(of(3).counts, { ackedLost: 0, unseen: 2 })
  t.match(of(2).counts, { ackedLost: 1, unseen: 1 })
  t.same(Array.from(of(2).missing), [2])
})

t.test('a record is its number, or what it is instead', async (t) => {
  const value = encodeRecord({ producer: 'd', partition: 0, sequence: 7 })
  const read = (text: string | null) => toReadRecord({ partition: 0, offset: 3, key: null, value: text }, 'd')
  t.same(read(value), { partition: 0, offset: 3, sequence: 7 })
  t.same(read(value.replace('"d"', '"e"')), { partition: 0, offset: 3, other: 'no valid record' })
  t.same(read(encodeRecord({ producer: 'e', partition: 0, sequence: 7 })).other, 'a record of e')
  t.same(read(null).other, 'no valid record')
})

t.test('in a topic of others, their records count only where one of the drill should be', async (t) => {
  const foreign = (offset: number): ReadRecord => ({ partition: 0, offset, other: 'theirs' })
  const outcomes = [acked(0, 10), acked(1, 12)]
  const of = (records: ReadRecord[], isShared: boolean) =>
    verify({
      ...{ isShared, outcomes, records },
      partitions: [{ partition: 0, readUpTo: 13, endOffset: 13 }]
    }).counts
  t.match(of([stored(0, 10), foreign(11), stored(1, 12)], true), { read: 2, corrupt: 0, ackedLost: 0 })
  t.match(of([stored(0, 10), foreign(11), stored(1, 12)], false), { corrupt: 1 })
  t.match(of([stored(0, 10), foreign(11), foreign(12)], true), { read: 1, corrupt: 1 })
})

t.test('a read_committed reader sees committed transactions, whole, and nothing else', async (t) => {
  const transaction = (number: number, end: WriterTransaction['end']) => ({ transaction: { number, end } })
  const outcomes = [
    acked(0, 0, transaction(1, 'committed')),
    acked(1, 1, transaction(2, 'aborted')),
    acked(2, 2, transaction(3, 'open')),
    acked(3, 3, transaction(4, 'indeterminate')),
    acked(4, 4)
  ]
  const log = outcomes.map(({ sequence }) => stored(sequence, sequence))
  const reading = { partitions: [{ partition: 0, startOffset: 0, endOffset: 5, readUpTo: 5, records: 5 }] }
  const see = (committed: ReadRecord[]) => {
    const { evidence: _, ...counts } = visibilityOf({ outcomes, log, committed, reading })
    return counts
  }
  const none = { abortedRead: 0, precommittedRead: 0, committedHidden: 0, notDelivered: 0, divergent: 0 }
  t.same(see([stored(0, 0), stored(4, 4)]), none)
  t.same(see([stored(0, 0), stored(3, 3), stored(4, 4)]), none, 'nobody knows the end: either is right')
  t.same(see(log), { ...none, abortedRead: 1, precommittedRead: 1 })
  t.same(see([stored(4, 4)]), { ...none, committedHidden: 1 })
  t.same(see([stored(0, 0)]), { ...none, notDelivered: 1 })
  t.same(see([stored(0, 0), { ...stored(9, 4) }]), { ...none, divergent: 1 })
  const unread = { partitions: [{ partition: 0, startOffset: 0, endOffset: 5, readUpTo: 0, records: 0 }] }
  const { evidence: _, ...counts } = visibilityOf({ outcomes, log, committed: [], reading: unread })
  t.same(counts, none, 'what was not read is not hidden')
})

t.test('the log may or may not have what no transaction committed', async (t) => {
  t.match(promised(acked(0, 5, { transaction: { number: 1, end: 'aborted' } })), {
    status: 'indeterminate',
    offset: null
  })
  t.match(promised(acked(0, 5, { transaction: { number: 1, end: 'committed' } })), {
    status: 'acknowledged',
    offset: 5
  })
  t.match(promised(acked(0, 5)), { status: 'acknowledged', offset: 5 })
})
