import t from 'tap'
import { assertComplete, type ResetFacts, resetPartition } from '#services/admin/domain/groups/reset-rules.ts'
import type { ResetOffsets, ResetPartition } from '#shared/contracts/group-changes.ts'

const place = { topic: 'a', partition: 0 }
const facts: ResetFacts = { ...place, oldOffset: 50, log: { start: 10, end: 100 } }

const rules: {
  name: string
  request: ResetOffsets
  facts?: Partial<ResetFacts>
  expected: Partial<ResetPartition>
}[] = [
  { name: 'earliest is the start of the log', request: { to: 'earliest' }, expected: { newOffset: 10, clamped: null } },
  { name: 'latest is its end', request: { to: 'latest' }, expected: { newOffset: 100, clamped: null } },
  {
    name: 'a time is the first record that is not older',
    request: { to: 'timestamp', timestamp: '2026-01-01T00:00:00Z' },
    facts: { atTime: 42 },
    expected: { newOffset: 42 }
  },
  {
    name: 'a time after the last record is the end',
    request: { to: 'durationBack', durationMs: 1000 },
    facts: { atTime: null },
    expected: { newOffset: 100, clamped: null }
  },
  {
    name: 'a time that the leader could not look up changes nothing',
    request: { to: 'durationBack', durationMs: 1000 },
    facts: { atTime: undefined },
    expected: { newOffset: null, reason: 'partition_unavailable' }
  },
  { name: 'a shift goes back', request: { to: 'shiftBy', shiftBy: -20 }, expected: { newOffset: 30, clamped: null } },
  {
    name: 'a shift below the log ends at its start, and keeps the requested offset',
    request: { to: 'shiftBy', shiftBy: -49 },
    expected: { newOffset: 10, clamped: 'toLogStart', requestedOffset: 1 }
  },
  {
    name: 'a shift beyond the log ends at its end',
    request: { to: 'shiftBy', shiftBy: 51 },
    expected: { newOffset: 100, clamped: 'toLogEnd', requestedOffset: 101 }
  },
  {
    name: 'a shift to the very end is not clamped',
    request: { to: 'shiftBy', shiftBy: 50 },
    expected: { newOffset: 100, clamped: null }
  },
  {
    name: 'nothing that was committed cannot be shifted',
    request: { to: 'shiftBy', shiftBy: 1 },
    facts: { oldOffset: null },
    expected: { newOffset: null, reason: 'no_commit' }
  },
  {
    name: 'a given offset applies to its own partition',
    request: {
      to: 'offsets',
      offsets: [
        { topic: 'a', partition: 1, offset: 11 },
        { topic: 'a', partition: 0, offset: 12 }
      ]
    },
    expected: { newOffset: 12 }
  },
  {
    name: 'a log that cannot be read changes nothing',
    request: { to: 'earliest' },
    facts: { log: null },
    expected: { newOffset: null, reason: 'partition_unavailable', logStartOffset: null, logEndOffset: null }
  },
  {
    name: 'without a commit there is an offset to begin at all the same',
    request: { to: 'latest' },
    facts: { oldOffset: null },
    expected: { oldOffset: null, newOffset: 100 }
  }
]

for (const { name, request, facts: given = {}, expected } of rules) {
  t.test(name, async (t) => {
    t.match(resetPartition(request, { ...facts, ...given }), { ...place, ...expected })
  })
}

t.test('a request has the field that its kind needs, and no other', async (t) => {
  const refused: [string, ResetOffsets][] = [
    ['timestamp', { to: 'timestamp' }],
    ['durationMs', { to: 'durationBack' }],
    ['shiftBy', { to: 'shiftBy' }],
    ['offsets', { to: 'offsets' }],
    ['shiftBy', { to: 'earliest', shiftBy: 1 }],
    ['timestamp', { to: 'latest', timestamp: '2026-01-01T00:00:00Z' }],
    ['topics', { to: 'offsets', offsets: [{ ...place, offset: 1 }], topics: [{ topic: 'a' }] }],
    [
      'offsets',
      {
        to: 'offsets',
        offsets: [
          { ...place, offset: 1 },
          { ...place, offset: 2 }
        ]
      }
    ]
  ]
  for (const [field, request] of refused) {
    t.throws(() => assertComplete(request), { code: 'validation_failed', errors: [{ field }] }, JSON.stringify(request))
  }
  assertComplete({ to: 'earliest' })
  assertComplete({ to: 'shiftBy', shiftBy: 0 })
})
