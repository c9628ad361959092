import fc from 'fast-check'
import t from 'tap'
import { encodeRecord, firstOfTransaction } from '#services/load-test/domain/drills/numbered-record.ts'
import type { WriteOutcome } from '#services/load-test/domain/drills/records/outcomes.ts'
import { toReadRecord, type VerifyInput, verify } from '#services/load-test/domain/drills/verifier.ts'
import type { DrillCounts } from '#shared/contracts/drill-verdict.ts'
import type { StoredRecord } from '#shared/kafka/verifying/port.ts'
import { nothingWrong } from '../../fakes.ts'

const producer = 'p1'

function acked(sequence: number, partition: number, offset: number | null): WriteOutcome {
  return { sequence, partition, status: 'acknowledged', offset }
}

function stored(sequence: number, partition: number, offset: number, by = producer): StoredRecord {
  return { partition, offset, key: null, value: encodeRecord({ producer: by, partition, sequence }) }
}

function readUpTo(...ends: [number, number][]): VerifyInput['partitions'] {
  return ends.map(([readUpTo, endOffset], partition) => ({ partition, readUpTo, endOffset }))
}

const clean: DrillCounts = {
  ...{ attempted: 0, acknowledged: 0, failed: 0, indeterminate: 0, read: 0 },
  ...nothingWrong
}

// A healthy history: six records over two partitions.
const outcomes = [0, 1, 2, 3, 4, 5].map((sequence) => acked(sequence, sequence % 2, Math.floor(sequence / 2)))
const records = [0, 1, 2, 3, 4, 5].map((sequence) => stored(sequence, sequence % 2, Math.floor(sequence / 2)))
const whole = readUpTo([3, 3], [3, 3])
const healthy = { ...clean, attempted: 6, acknowledged: 6, read: 6 }

const cases: {
  when: string
  outcomes?: WriteOutcome[]
  records?: StoredRecord[]
  partitions?: VerifyInput['partitions']
  counts: Partial<DrillCounts>
}[] = [
  { when: 'everything is where it was acknowledged', counts: {} },
  {
    when: 'records arrive in any order from the reader, the log decides',
    records: [...records].reverse(),
    counts: {}
  },
  {
    when: 'a record in the middle is missing',
    records: records.filter((_, sequence) => sequence !== 2),
    counts: { read: 5, ackedLost: 1 }
  },
  {
    when: 'the tail of a partition is truncated: its end offset is below the acknowledged ones',
    records: records.filter((_, sequence) => sequence !== 4),
    partitions: readUpTo([2, 2], [3, 3]),
    counts: { read: 5, ackedLost: 1 }
  },
  {
    when: 'records of a transaction lie between those of the writers',
    outcomes: [acked(0, 0, 0), acked(2, 0, 2), acked(firstOfTransaction, 0, 1), acked(firstOfTransaction + 1, 0, 3)],
    records: [stored(0, 0, 0), stored(firstOfTransaction, 0, 1), stored(2, 0, 2), stored(firstOfTransaction + 1, 0, 3)],
    partitions: readUpTo([4, 4]),
    counts: { attempted: 4, acknowledged: 4, read: 4 }
  },
  {
    when: 'of a committed transaction, a record is missing and another one there twice',
    outcomes: [acked(0, 0, 0), acked(firstOfTransaction, 0, 1), acked(firstOfTransaction + 1, 0, 2)],
    records: [stored(0, 0, 0), stored(firstOfTransaction, 0, 1), stored(firstOfTransaction, 0, 3)],
    partitions: readUpTo([4, 4]),
    counts: { attempted: 3, acknowledged: 3, read: 3, ackedLost: 1, duplicates: 1 }
  },
  {
    when: 'everything is missing',
    records: [],
    partitions: readUpTo([0, 0], [0, 0]),
    counts: { read: 0, ackedLost: 6 }
  },
  {
    when: 'the beginning was deleted',
    records: records.filter(({ offset }) => offset > 0),
    counts: { read: 4, ackedLost: 2 }
  },
  {
    when: 'the reader did not come to the tail',
    records: records.filter((_, sequence) => sequence !== 4),
    partitions: readUpTo([2, 3], [3, 3]),
    counts: { read: 5, unseen: 1 }
  },
  {
    when: 'the reader skipped one within its range',
    records: records.filter((_, sequence) => sequence !== 0),
    partitions: readUpTo([2, 3], [3, 3]),
    counts: { read: 5, ackedLost: 1 }
  },
  {
    when: 'a partition was not read at all',
    records: records.filter(({ partition }) => partition === 0),
    partitions: readUpTo([3, 3]),
    counts: { read: 3, unseen: 3 }
  },
  {
    when: 'a record is there twice',
    records: [...records, stored(4, 0, 3)],
    partitions: readUpTo([4, 4], [3, 3]),
    counts: { read: 7, duplicates: 1 }
  },
  {
    when: 'two records changed places, and their acknowledgements said so',
    outcomes: [acked(0, 0, 1), acked(2, 0, 0)],
    records: [stored(2, 0, 0), stored(0, 0, 1)],
    partitions: readUpTo([2, 2]),
    counts: { attempted: 2, acknowledged: 2, read: 2, reordered: 1 }
  },
  {
    when: 'a record is at another offset than was acknowledged (logs diverged)',
    outcomes: [acked(0, 0, 0), acked(2, 0, 1)],
    records: [stored(0, 0, 0), stored(2, 0, 2)],
    partitions: readUpTo([3, 3]),
    counts: { attempted: 2, acknowledged: 2, read: 2, corrupt: 1 }
  },
  {
    when: "an acknowledged offset holds another producer's record",
    records: [...records.slice(0, 5), stored(5, 1, 2, 'someone-else')],
    counts: { read: 5, corrupt: 1 }
  },
  {
    when: 'a bit of an acknowledged record flipped',
    records: records.map((record, sequence) =>
      sequence === 3 ? { ...record, value: record.value?.replace('"padding":"', '"padding":"0') ?? null } : record
    ),
    counts: { read: 5, corrupt: 1 }
  },
  {
    when: 'a value is not a record',
    records: records.map((record, sequence) => (sequence === 3 ? { ...record, value: null } : record)),
    counts: { read: 5, corrupt: 1 }
  },
  {
    when: 'there is a record that nobody wrote',
    records: [...records, stored(99, 0, 3)],
    partitions: readUpTo([4, 4], [3, 3]),
    counts: { corrupt: 1 }
  },
  {
    when: 'a record is in another partition than it was written to',
    outcomes: [acked(0, 0, 0)],
    records: [{ ...stored(0, 0, 0), partition: 1 }],
    partitions: readUpTo([0, 0], [1, 1]),
    counts: { attempted: 1, acknowledged: 1, read: 0, corrupt: 1, ackedLost: 1 }
  },
  {
    when: 'a failed write is in the log',
    outcomes: outcomes.map((outcome) =>
      outcome.sequence === 1 ? { ...outcome, status: 'failed', offset: null } : outcome
    ),
    counts: { acknowledged: 5, failed: 1, failedButPresent: 1 }
  },
  {
    when: 'a failed write is not in the log',
    outcomes: [...outcomes, { sequence: 6, partition: 0, status: 'failed', offset: null }],
    counts: { attempted: 7, failed: 1 }
  },
  {
    when: 'an indeterminate write is there, and another is not: neither is a loss',
    outcomes: [
      ...outcomes.map(
        (outcome): WriteOutcome =>
          outcome.sequence === 1 ? { ...outcome, status: 'indeterminate', offset: null } : outcome
      ),
      { sequence: 6, partition: 0, status: 'indeterminate', offset: null }
    ],
    counts: { attempted: 7, acknowledged: 5, indeterminate: 2, indeterminatePresent: 1 }
  },
  {
    when: 'two writes are acknowledged at one offset, and one of them is nowhere: the client took it for written',
    outcomes: [...outcomes, acked(6, 0, 2)],
    counts: { attempted: 7, acknowledged: 7, ackAliased: 1 }
  },
  {
    when: 'an acknowledgement without an offset is found by its sequence',
    outcomes: outcomes.map((outcome) => (outcome.sequence === 1 ? { ...outcome, offset: null } : outcome)),
    counts: {}
  },
  {
    when: 'an acknowledgement without an offset is nowhere in a partition that was read whole',
    outcomes: outcomes.map((outcome) => (outcome.sequence === 1 ? { ...outcome, offset: null } : outcome)),
    records: records.filter((_, sequence) => sequence !== 1),
    counts: { read: 5, ackedLost: 1 }
  }
]

for (const { when, counts, ...input } of cases) {
  t.test(when, async (t) => {
    const read = (input.records ?? records).map((record) => toReadRecord(record, producer))
    const verification = verify({ outcomes, partitions: whole, ...input, records: read })
    t.same(verification.counts, { ...healthy, ...counts })
    const wrong = verification.counts
    const anything =
      wrong.ackedLost + wrong.corrupt + wrong.duplicates + wrong.reordered + wrong.failedButPresent + wrong.ackAliased >
      0
    t.equal(verification.evidence.length > 0, anything, 'what is wrong is named, and nothing else')
  })
}

const foreign = (offset: number) => stored(900 + offset, 0, offset, 'somebody')
const sharedCases: {
  when: string
  records: StoredRecord[]
  outcomes?: WriteOutcome[]
  deletedBefore?: number
  counts: Partial<DrillCounts>
  deleted?: number
}[] = [
  {
    when: 'records of others are between them, in any number',
    records: [foreign(4), stored(0, 0, 5), foreign(6), foreign(7), stored(1, 0, 8)],
    counts: { read: 2 }
  },
  { when: 'one is missing among records of others', records: [stored(0, 0, 5), foreign(6)], counts: { ackedLost: 1 } },
  {
    when: "a record of somebody else is where one of the drill's was acknowledged",
    records: [stored(0, 0, 5), foreign(8)],
    counts: { corrupt: 1 }
  },
  {
    when: 'retention has deleted the first one',
    records: [foreign(7), stored(1, 0, 8)],
    deletedBefore: 7,
    counts: { unseen: 1, read: 1 },
    deleted: 1
  },
  {
    when: 'retention deleted the first one once it had been read',
    records: [stored(0, 0, 5), stored(1, 0, 8)],
    deletedBefore: 7,
    counts: { read: 2 }
  },
  {
    when: 'retention has deleted the first one, and the second one is lost',
    records: [foreign(7)],
    deletedBefore: 7,
    counts: { unseen: 1, ackedLost: 1 },
    deleted: 1
  },
  {
    when: 'nobody knows where a record was that may have been deleted',
    outcomes: [acked(0, 0, null)],
    records: [foreign(7)],
    deletedBefore: 7,
    counts: { unseen: 1 }
  }
]
for (const { when, records, outcomes, deletedBefore = 0, counts, deleted = 0 } of sharedCases) {
  t.test(`in a topic of others, ${when}`, async (t) => {
    const verification = verify({
      isShared: true,
      deletedBefore: new Map([[0, deletedBefore]]),
      outcomes: outcomes ?? [acked(0, 0, 5), acked(1, 0, 8)],
      records: records.map((record) => toReadRecord(record, producer)),
      partitions: readUpTo([9, 9])
    })
    t.match(verification.counts, { ackedLost: 0, unseen: 0, corrupt: 0, duplicates: 0, ...counts })
    t.equal(verification.deleted, deleted)
  })
}

t.test('the evidence is bounded', async (t) => {
  const many = Array.from({ length: 1000 }, (_, sequence) => acked(sequence, 0, sequence))
  const { counts, evidence } = verify({ outcomes: many, records: [], partitions: readUpTo([0, 0]) })
  t.equal(counts.ackedLost, 1000)
  t.equal(evidence.length, 20)
})

/**
 * A record of a random history: the answer to its write, its number of copies in the log, and whether it is corrupt.
 */
const write = fc.record({
  status: fc.constantFrom(
    'acknowledged' as const,
    'acknowledged' as const,
    'failed' as const,
    'indeterminate' as const
  ),
  copies: fc.constantFrom(0, 1, 1, 1, 2),
  damaged: fc.constantFrom(false, false, false, true),
  told: fc.boolean()
})

t.test('the counts add up, whatever was written, lost, repeated, damaged and left unread', async (t) => {
  const seen = { lost: 0, unseen: 0, damaged: 0, duplicates: 0 }
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), fc.nat(80), (writes, readUpTo) => {
      let end = 0
      const outcomes: WriteOutcome[] = []
      const log: StoredRecord[] = []
      for (const [sequence, { status, copies, damaged, told }] of writes.entries()) {
        const first = end
        for (let copy = 0; copy < copies; copy += 1) {
          const whole = stored(sequence, 0, end++)
          log.push(damaged ? { ...whole, value: '?' } : whole)
        }
        // A lost record had an offset, where there is nothing now.
        if (copies === 0 && status === 'acknowledged') end += 1
        outcomes.push({ sequence, partition: 0, status, offset: status === 'acknowledged' && told ? first : null })
      }
      const reached = Math.min(readUpTo, end)
      const { counts } = verify({
        outcomes,
        records: log.filter(({ offset }) => offset < reached).map((record) => toReadRecord(record, producer)),
        partitions: [{ partition: 0, readUpTo: reached, endOffset: end }]
      })
      seen.lost += counts.ackedLost
      seen.unseen += counts.unseen
      seen.damaged += counts.corrupt
      seen.duplicates += counts.duplicates
      const found = counts.read - counts.duplicates - counts.failedButPresent - counts.indeterminatePresent
      const rest = counts.acknowledged - found - counts.ackedLost - counts.unseen
      const holds =
        counts.attempted === counts.acknowledged + counts.failed + counts.indeterminate &&
        counts.attempted === writes.length &&
        counts.failedButPresent <= counts.failed &&
        counts.indeterminatePresent <= counts.indeterminate &&
        // The rest was acknowledged and is corrupt at its offset.
        rest >= 0 &&
        rest <= counts.corrupt
      if (!holds) throw new Error(JSON.stringify(counts))
    }),
    { seed: 8, numRuns: 1000 }
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 0, `the histories come to ${what}`)
})
