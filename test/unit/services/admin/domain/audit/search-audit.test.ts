import t from 'tap'
import { matches, searchAudit } from '#services/admin/domain/audit/search-audit.ts'
import type { AuditEvent, AuditQuery } from '#shared/contracts/audit.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { LogRecord, ReadOutcome, RecordReader } from '#shared/kafka/records/port.ts'

const event: AuditEvent = {
  id: 'r1:applied',
  at: '2026-01-31T12:00:00.000Z',
  requestId: 'r1',
  actor: { name: 'alice', role: 'admin', how: 'token', address: '127.0.0.1' },
  action: 'topic.delete',
  target: 'logs',
  outcome: 'applied',
  dryRun: false,
  reason: null,
  before: null,
  after: null
}

const cases: [AuditQuery, boolean][] = [
  [{}, true],
  [{ actor: 'alice' }, true],
  [{ actor: 'ali' }, false],
  [{ action: 'topic.delete' }, true],
  [{ action: 'topic' }, true],
  [{ action: 'top' }, false],
  [{ target: 'logs', outcome: 'applied' }, true],
  [{ outcome: 'denied' }, false],
  [{ requestId: 'r1' }, true],
  [{ from: '2026-01-31T12:00:00Z', to: '2026-01-31T12:00:00Z' }, true],
  [{ from: '2026-01-31T12:00:01Z' }, false],
  [{ to: '2026-01-31T11:59:59Z' }, false]
]
for (const [query, expected] of cases) {
  t.test(`${JSON.stringify(query)} ${expected ? 'finds' : 'passes over'} the event`, async (t) => {
    t.equal(matches(event, query), expected)
  })
}

type Reader = Pick<RecordReader, 'readBackwards' | 'readForward'>

const noRecords = { partitions: [], records: 0, bytes: 0, cutBy: null, warnings: [] }

/** A reader of values, newest first; what follows in time is read too. */
function readerOf(
  values: (string | null)[],
  cutBy: 'bytes' | null = null,
  following: (Pick<ReadOutcome, 'cutBy'> & { values: string[] }) | undefined = undefined
): Reader {
  return {
    async readForward(_topic, _options, onRecord) {
      if (following === undefined) throw new Error('nothing has to be looked for')
      for (const value of following.values) if (!onRecord(recordOf(Buffer.from(value)))) break
      return { ...noRecords, cutBy: following.cutBy }
    },
    async readBackwards(_topic, _options, onRecord) {
      let records = 0
      for (const value of values) {
        const bytes = value === null ? null : Buffer.from(value)
        const place = { partition: 0, offset: records++, timestampMs: 0, key: null, headers: [], sizeBytes: 0 }
        if (!onRecord({ ...place, value: bytes }))
          return { partitions: [], records, bytes: 0, cutBy: 'stopped', warnings: [] }
      }
      return { partitions: [], records, bytes: 0, cutBy, warnings: [] }
    }
  }
}

function recordOf(value: Buffer): LogRecord {
  return { partition: 0, offset: 0, timestampMs: 0, key: null, headers: [], sizeBytes: 0, value }
}

const search = (reader: Reader, query: AuditQuery = {}) =>
  searchAudit(reader, 'audit-logs', query, { bytes: 100, deadlineMs: 100, now: () => new Date(0) })

t.test('a record that nests too deeply to be answered is foreign', async (t) => {
  const nested = (levels: number) =>
    JSON.stringify({ ...event, after: '@' }).replace('"@"', '['.repeat(levels) + ']'.repeat(levels))
  t.equal((await search(readerOf([nested(10)]))).events.length, 1)
  t.same((await search(readerOf([nested(100_000)]))).events, [])
})

t.test('an event that was written twice is reported once, and foreign records are skipped', async (t) => {
  const text = JSON.stringify(event)
  const list = await search(readerOf([text, 'not json', '{}', null, text]))
  t.same(list.events, [event])
  t.same(list.warnings, [])
})

t.test(
  'two events with one id are both reported if they differ in anything, so that no forgery hides another',
  async (t) => {
    const forged = { ...event, target: 'b' }
    const list = await search(readerOf([JSON.stringify(event), JSON.stringify(forged)]))
    t.same(list.events, [event, forged])
  }
)

t.test('the search ends at its limit', async (t) => {
  const values = ['a', 'b', 'c'].map((id) => JSON.stringify({ ...event, id }))
  t.same(
    (await search(readerOf(values), { limit: 2 })).events.map(({ id }) => id),
    ['a', 'b']
  )
})

t.test('a search reports where its limits cut it', async (t) => {
  t.match((await search(readerOf([], 'bytes'))).warnings, [{ code: 'search_cut', message: /100 bytes/ }])
})

const requested = JSON.stringify({ ...event, id: 'r1:requested', outcome: 'requested' })
const applied = JSON.stringify(event)
const cursor = Buffer.from(JSON.stringify(['audit-logs', 'backward', [[0, 5]]])).toString('base64url')
const conclusions: [name: string, reader: Reader, query: AuditQuery, concludedAs: string | null | undefined][] = [
  [
    'the outcome that came before it in the search',
    readerOf([applied, requested]),
    { outcome: 'requested' },
    'applied'
  ],
  ['nothing that follows in the whole trail', readerOf([requested]), {}, 'unknown'],
  ['nothing that follows, and asked for', readerOf([requested]), { outcome: 'unknown' }, 'unknown'],
  [
    'an outcome, where only what has none is asked for',
    readerOf([applied, requested]),
    { outcome: 'unknown' },
    undefined
  ],
  [
    'an outcome on the page before',
    readerOf([requested], null, { cutBy: null, values: [applied] }),
    { cursor },
    'applied'
  ],
  [
    'an outcome on the page before, where only what has none is asked for',
    readerOf([requested], null, { cutBy: null, values: [applied] }),
    { cursor, outcome: 'unknown' },
    undefined
  ],
  ['nothing on the pages before', readerOf([requested], null, { cutBy: null, values: [] }), { cursor }, 'unknown'],
  ['pages before that are too long', readerOf([requested], null, { cutBy: 'bytes', values: [] }), { cursor }, null],
  ['a page that is full', readerOf([requested], null, { cutBy: null, values: [applied] }), { limit: 1 }, 'applied']
]
for (const [name, reader, query, expected] of conclusions) {
  t.test(`the outcome of a request follows from ${name}: ${expected}`, async (t) => {
    const { events } = await search(reader, query)
    t.equal(events.find(({ id }) => id === 'r1:requested')?.concludedAs, expected)
  })
}

t.test('where a part of the trail cannot be read nothing is called unknown', async (t) => {
  const warnings = [{ code: 'broker_unreachable', message: 'kafka-2' }]
  const reader: Reader = {
    ...readerOf([]),
    async readBackwards(_topic, _options, onRecord) {
      onRecord(recordOf(Buffer.from(requested)))
      return { ...noRecords, warnings }
    }
  }
  t.match(await search(reader), { events: [{ concludedAs: null }], warnings })
})

t.test('a page that ends early can be continued, but only with its own cursor', async (t) => {
  const progress = { logStartOffset: 0, logEndOffset: 9, position: 5, finished: false, partition: 0 }
  let asked: unknown
  const reader: Reader = {
    ...readerOf([]),
    async readBackwards(_topic, options) {
      asked = options
      return { ...noRecords, partitions: [progress, { ...progress, partition: 1, finished: true }] }
    }
  }
  t.equal((await search(reader)).nextCursor, cursor)
  await search(reader, { cursor })
  t.match(asked, { partitions: [0], positions: new Map([[0, 5]]) })
  const forward = Buffer.from(JSON.stringify(['audit-logs', 'forward', [[0, 5]]])).toString('base64url')
  for (const cursor of ['zz', forward]) await t.rejects(search(reader, { cursor }), { code: 'validation_failed' })
})

t.test('a trail that has not begun is empty', async (t) => {
  const reader = {
    ...readerOf([]),
    readBackwards: async () => {
      throw new KopsError('topic_not_found', 'none')
    }
  }
  t.same((await search(reader)).events, [])
})
