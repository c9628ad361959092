import t from 'tap'
import { dataFaults } from '#services/load-test/domain/verification/data-faults.ts'
import { noRecords, type RecordCounts } from '#services/load-test/domain/verification/partition-check.ts'

/** Whether a count is a fault, of an idempotent producer and of another. */
const faults: Record<keyof RecordCounts, [idempotent: boolean, other: boolean]> = {
  attempted: [false, false],
  acknowledged: [false, false],
  failed: [false, false],
  indeterminate: [false, false],
  read: [false, false],
  unseen: [false, false],
  indeterminatePresent: [false, false],
  foreign: [false, false],
  aborted: [false, false],
  unconfirmed: [false, false],
  unconfirmedPresent: [false, false],
  abortedPresent: [true, true],
  ackedLost: [true, true],
  corrupt: [true, true],
  ackAliased: [true, true],
  failedButPresent: [true, true],
  duplicates: [true, false],
  reordered: [true, false]
}

t.test('what must not happen to records is a fault, and named with its number', async (t) => {
  for (const [what, [idempotent, other]] of Object.entries(faults)) {
    const counts = { ...noRecords(), [what]: 3 }
    for (const [isIdempotent, isFault] of [
      [true, idempotent],
      [false, other]
    ] as const) {
      const found = dataFaults(counts, isIdempotent)
      t.equal(found.length, isFault ? 1 : 0, what)
      if (isFault) t.match(found[0], /^3 record\(s\) /)
    }
  }
})
