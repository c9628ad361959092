import t from 'tap'
import { matches, searchAudit } from '../../../../../services/admin/domain/audit/search-audit.ts'
import type { AuditEvent, AuditQuery } from '../../../../../shared/contracts/audit.ts'
import { KopsError } from '../../../../../shared/errors/catalog.ts'
import type { RecordReader } from '../../../../../shared/kafka/messages-port.ts'

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

/** A reader of values, newest first. */
function readerOf(values: (string | null)[], cutBy: 'bytes' | null = null): Pick<RecordReader, 'readBackwards'> {
  return {
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

const search = (reader: Pick<RecordReader, 'readBackwards'>, query: AuditQuery = {}) =>
  searchAudit(reader, 'audit-logs', query, { bytes: 100, deadlineMs: 100, now: () => new Date(0) })

t.test('an event that was written twice is told once, and what is not an event is passed over', async (t) => {
  const text = JSON.stringify(event)
  const list = await search(readerOf([text, 'not json', '{}', null, text]))
  t.same(list.events, [event])
  t.same(list.warnings, [])
})

t.test('the search ends at its limit', async (t) => {
  const values = ['a', 'b', 'c'].map((id) => JSON.stringify({ ...event, id }))
  t.same(
    (await search(readerOf(values), { limit: 2 })).events.map(({ id }) => id),
    ['a', 'b']
  )
})

t.test('what a bound cut off is said', async (t) => {
  t.match((await search(readerOf([], 'bytes'))).warnings, [{ code: 'search_cut', message: /100 bytes/ }])
})

t.test('a trail that has not begun is empty', async (t) => {
  const reader = {
    readBackwards: async () => {
      throw new KopsError('topic_not_found', 'none')
    }
  }
  t.same((await search(reader)).events, [])
})
