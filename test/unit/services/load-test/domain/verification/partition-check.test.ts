import fc from 'fast-check'
import t from 'tap'
import { enter, type FinalOutcome, type Ledger } from '#services/load-test/domain/verification/ledger.ts'
import {
  createPartitionCheck,
  noRecords,
  type RecordCounts
} from '#services/load-test/domain/verification/partition-check.ts'

/** What is planted in one batch of a history. */
const fates = [
  'fine',
  'fine',
  'fine',
  'one lost',
  'one damaged',
  'one undecodable',
  'one replaced by a foreign one',
  'written twice',
  'moved behind',
  'acknowledged elsewhere',
  'acknowledged as the one before',
  'acknowledged without an offset',
  'failed and absent',
  'failed and there',
  'indeterminate and absent',
  'indeterminate and there',
  'aborted and hidden',
  'aborted and visible',
  'unconfirmed and absent',
  'unconfirmed and there',
  'foreign'
] as const
type Fate = (typeof fates)[number]

interface PlainFate {
  /** How often its records are read. */
  copies: number
  /** It has offsets although it is not read: a read_committed reader gets no record of an aborted transaction. */
  isHidden?: boolean
  reported: FinalOutcome['status']
  hasOffset?: boolean
  /** What counts its records, besides its outcome and what was read. */
  counts?: keyof RecordCounts
}

/** Fates that a batch has as a whole. */
const plainFates: Partial<Record<Fate, PlainFate>> = {
  fine: { copies: 1, reported: 'acknowledged', hasOffset: true },
  'written twice': { copies: 2, reported: 'acknowledged', hasOffset: true, counts: 'duplicates' },
  'acknowledged without an offset': { copies: 1, reported: 'acknowledged' },
  'failed and absent': { copies: 0, reported: 'failed' },
  'failed and there': { copies: 1, reported: 'failed', counts: 'failedButPresent' },
  'indeterminate and absent': { copies: 0, reported: 'indeterminate' },
  'indeterminate and there': { copies: 1, reported: 'indeterminate', counts: 'indeterminatePresent' },
  'aborted and hidden': { copies: 0, isHidden: true, reported: 'aborted', hasOffset: true },
  'aborted and visible': { copies: 1, reported: 'aborted', hasOffset: true, counts: 'abortedPresent' },
  'unconfirmed and absent': { copies: 0, reported: 'unconfirmed' },
  'unconfirmed and there': { copies: 1, reported: 'unconfirmed', counts: 'unconfirmedPresent' }
}

interface Entry {
  writer: number
  sequence: number
  kind: 'whole' | 'damaged' | 'undecodable' | 'foreign'
}

/** A log with planted faults, and the counts that they must give. */
function plant(batches: readonly { writer: number; records: number; fate: Fate }[], backwards = false) {
  const log = new Map<number, Entry>()
  const ledgers: [Ledger, Ledger] = [new Map(), new Map()]
  const next = [0, 0]
  const previous: ({ offset: number; records: number } | undefined)[] = [undefined, undefined]
  const expected = noRecords()
  let end = 100
  const late: (() => void)[] = []
  const outcomes: (() => void)[] = []

  for (const { writer, records, fate } of batches) {
    const firstRecord = next[writer] ?? 0
    const put = (kind: Entry['kind'] = 'whole', from = firstRecord, count = records) => {
      for (let nth = 0; nth < count; nth += 1) log.set(end++, { writer, sequence: from + nth, kind })
    }
    const report = (status: FinalOutcome['status'], baseOffset: number | null, count = records) => {
      const ledger = ledgers[writer === 0 ? 0 : 1]
      outcomes.push(() => enter(ledger, { status, partition: 0, firstRecord, records: count, baseOffset }))
      expected[status] += count
      expected.attempted += count
    }
    const base = end
    if (fate === 'foreign') {
      put('foreign')
      expected.foreign += records
      continue
    }
    next[writer] = firstRecord + records
    const plain = plainFates[fate]
    if (plain) {
      for (let copy = 0; copy < plain.copies; copy += 1) put()
      if (plain.isHidden) end += records
      report(plain.reported, plain.hasOffset ? base : null)
      expected.read += plain.copies * records
      if (plain.counts) expected[plain.counts] += records
      if (fate === 'fine') previous[writer] = { offset: base, records }
      continue
    }
    switch (fate) {
      case 'one lost':
        put()
        log.delete(base)
        report('acknowledged', base)
        expected.read += records - 1
        expected.ackedLost += 1
        break
      case 'one damaged':
      case 'one undecodable':
      case 'one replaced by a foreign one': {
        const kind = { 'one damaged': 'damaged', 'one undecodable': 'undecodable' } as const
        put()
        const there = fate === 'one replaced by a foreign one' ? 'foreign' : kind[fate]
        log.set(base, { writer, sequence: firstRecord, kind: there })
        report('acknowledged', base)
        expected.read += records - 1
        expected.corrupt += 1
        break
      }
      case 'moved behind':
        // Its acknowledgement says so: it comes after everything else of its writer.
        late.push(() => {
          const baseOffset = end
          put()
          const ledger = ledgers[writer === 0 ? 0 : 1]
          outcomes.push(() => enter(ledger, { status: 'acknowledged', partition: 0, firstRecord, records, baseOffset }))
        })
        expected.acknowledged += records
        expected.attempted += records
        expected.read += records
        break
      case 'acknowledged elsewhere':
        put()
        end += records
        report('acknowledged', base + records)
        expected.read += records
        expected.corrupt += records
        break
      case 'acknowledged as the one before': {
        const before = previous[writer]
        const count = Math.min(records, before?.records ?? 0)
        next[writer] = firstRecord + count
        if (!before || count === 0) break
        report('acknowledged', before.offset, count)
        expected.ackAliased += count
        break
      }
    }
  }
  for (const write of late) write()
  for (const settle of backwards ? outcomes.reverse() : outcomes) settle()
  return { log, ledgers, expected, end }
}

function check({ log, ledgers, end }: Pick<ReturnType<typeof plant>, 'log' | 'ledgers' | 'end'>, readUpTo = end) {
  const notes: string[] = []
  const checking = createPartitionCheck(
    0,
    ledgers.map((ledger) => ledger.get(0)),
    (text) => notes.push(text)
  )
  for (const [offset, { writer, sequence, kind }] of log) {
    if (offset >= readUpTo) continue
    if (kind === 'whole') checking.record(offset, writer, sequence)
    else if (kind === 'damaged') checking.damaged(offset, 'something else')
    else if (kind === 'foreign') checking.other(offset)
    else checking.undecodable(offset, offset + 1)
  }
  return { counts: checking.end({ readUpTo, endOffset: end }), notes }
}

const batch = fc.record({
  writer: fc.constantFrom(0, 1),
  records: fc.integer({ min: 1, max: 9 }),
  fate: fc.constantFrom(...fates)
})

t.test('what is planted is found, all of it and nothing else', async (t) => {
  const seen = noRecords()
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 40 }), fc.boolean(), (batches, backwards) => {
      const planted = plant(batches, backwards)
      const { counts } = check(planted)
      const reordered = lateOnes(planted.log)
      const expected = { ...planted.expected, reordered }
      for (const key of Object.keys(seen) as (keyof RecordCounts)[]) {
        seen[key] += counts[key]
        if (counts[key] !== expected[key]) throw new Error(`${key}: ${counts[key]} instead of ${expected[key]}`)
      }
    }),
    { seed: 11, numRuns: 3000 }
  )
  for (const [what, count] of Object.entries(seen))
    if (what !== 'unseen') t.ok(count > 0, `the histories come to ${what}`)
})

/** First copies behind one with a higher sequence, counted without any interval. */
function lateOnes(log: ReadonlyMap<number, Entry>): number {
  const highest = [-1, -1]
  const known = new Set<string>()
  let late = 0
  for (const { writer, sequence, kind } of log.values()) {
    if (kind !== 'whole' || known.has(`${writer} ${sequence}`)) continue
    known.add(`${writer} ${sequence}`)
    if (sequence < (highest[writer] ?? -1)) late += 1
    else highest[writer] = sequence
  }
  return late
}

t.test('records that a reader leaves out are missing, each of them', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ writer: fc.constantFrom(0, 1), records: fc.integer({ min: 1, max: 9 }) }), {
        minLength: 1,
        maxLength: 40
      }),
      fc.infiniteStream(fc.constantFrom(false, false, true)),
      (batches, isLeftOut) => {
        const planted = plant(batches.map((each) => ({ ...each, fate: 'fine' as const })))
        let leftOut = 0
        for (const offset of Array.from(planted.log.keys())) {
          if (!isLeftOut.next().value) continue
          planted.log.delete(offset)
          leftOut += 1
        }
        const { counts, notes } = check(planted)
        const wanted = { ...planted.expected, read: planted.expected.read - leftOut, ackedLost: leftOut }
        if (JSON.stringify(counts) !== JSON.stringify(wanted)) throw new Error(JSON.stringify({ counts, wanted }))
        if (notes.length !== leftOut) throw new Error('each is named')
      }
    ),
    { seed: 12, numRuns: 500 }
  )
})

t.test('what is behind the end of a reading, or gone from the log, is neither there nor lost', async (t) => {
  const planted = plant([
    { writer: 0, records: 5, fate: 'fine' },
    { writer: 1, records: 5, fate: 'fine' }
  ])
  t.match(check(planted, 107).counts, { read: 7, unseen: 3, ackedLost: 0 })
  const checking = createPartitionCheck(
    0,
    planted.ledgers.map((ledger) => ledger.get(0)),
    () => {}
  )
  for (let offset = 104; offset < 110; offset += 1) {
    checking.record(offset, offset < 105 ? 0 : 1, offset < 105 ? offset - 100 : offset - 105)
  }
  const counts = checking.end({ readUpTo: 110, endOffset: 110, gone: [{ from: 100, to: 104 }] })
  t.match(counts, { read: 6, unseen: 4, ackedLost: 0 })
})

t.test('an acknowledgement at an offset of another producer is blamed on the client, and not lost', async (t) => {
  const ledgers: [Ledger, Ledger] = [new Map(), new Map()]
  const common = { status: 'acknowledged', partition: 0, firstRecord: 0 } as const
  enter(ledgers[0], { ...common, records: 10, baseOffset: 0 })
  enter(ledgers[1], { ...common, records: 3, baseOffset: 8 })
  const log = new Map<number, Entry>()
  for (let offset = 0; offset < 10; offset += 1) log.set(offset, { writer: 0, sequence: offset, kind: 'whole' })
  const { counts, notes } = check({ log, ledgers, end: 10 })
  t.match(counts, { ackAliased: 2, ackedLost: 1, read: 10, corrupt: 0 })
  t.match(notes[0], /^aliased: 2 record\(s\) from 0@8/)
})
