import t from 'tap'
import { auditQuery, shownEvents } from '../../../../web/pages/audit-query.ts'
import { inWords } from '../../../../web/pages/config-values.ts'
import { deletionQuery, lacksToDelete } from '../../../../web/pages/deletion.ts'
import { browseQuery, messageSearch } from '../../../../web/pages/message-query.ts'
import { blankRecord, newRecord } from '../../../../web/pages/new-record.ts'
import { newTopic } from '../../../../web/pages/new-topic.ts'
import { resetRequest } from '../../../../web/pages/reset-request.ts'
import { afterTailEvent, noTail } from '../../../../web/pages/tail-state.ts'
import { topicListQuery } from '../../../../web/pages/topic-list-query.ts'

t.test('the address of the list of topics asks for what the API knows, and for nothing else', async (t) => {
  const cases: [search: string, query: object][] = [
    ['', {}],
    [
      'q=orders&sort=size&order=desc&trouble=offline&internal=true',
      { name: 'orders', sort: 'size', order: 'desc', trouble: 'offline', internal: true }
    ],
    ['q=&sort=colour&order=up&trouble=none&internal=1', {}]
  ]
  for (const [search, query] of cases) t.same(topicListQuery(new URLSearchParams(search)), query, search)
})

t.test('messages are asked for as text, from where somebody means', async (t) => {
  const common = { limit: 50, format: 'text' }
  const cases: [search: string, asked: object][] = [
    ['', { query: { from: 'latest', ...common } }],
    [
      'from=earliest&p=2&key=k&value=v&limit=200',
      { query: { from: 'earliest', partition: 2, keyContains: 'k', valueContains: 'v', ...common, limit: 200 } }
    ],
    ['from=@12&p=0', { query: { from: 'offset', offset: 12, partition: 0, ...common } }],
    ['from=@12', { field: 'partition', message: 'is missing: an offset is a place in one partition' }],
    ['from=2026-01-31 12:34', { query: { from: 'timestamp', timestamp: '2026-01-31T12:34:00.000Z', ...common } }],
    ['from=soon', { field: 'from' }],
    ['p=x', { field: 'partition', message: 'is not a number' }],
    ['limit=77', { query: { from: 'latest', ...common } }]
  ]
  for (const [search, asked] of cases)
    t.match(browseQuery(messageSearch(new URLSearchParams(search)), 'utc'), asked, search)
})

t.test('the audit trail is asked for what the address names, in the zone that is shown', async (t) => {
  t.same(auditQuery(new URLSearchParams('actor=alice&outcome=applied&from=2026-01-31 12:00'), 'utc'), {
    query: { actor: 'alice', outcome: 'applied', from: '2026-01-31T12:00:00.000Z', limit: 50 }
  })
  t.same(auditQuery(new URLSearchParams('to=soon'), 'utc'), { field: 'to' })
  t.same(auditQuery(new URLSearchParams('outcome=nonsense&x=1'), 'utc'), { query: { limit: 50 } })
})

t.test('a change is shown once, by what came of it; while nothing has, by that', async (t) => {
  const events = [
    { id: 1, outcome: 'applied' as const },
    { id: 2, outcome: 'requested' as const, concludedAs: 'applied' as const },
    { id: 3, outcome: 'requested' as const, concludedAs: 'unknown' as const },
    { id: 4, outcome: 'requested' as const, concludedAs: null },
    { id: 5, outcome: 'denied' as const }
  ]
  const ids = (outcome?: 'requested') => shownEvents(events, outcome ? { outcome } : {}).map(({ id }) => id)
  t.same(ids(), [1, 3, 4, 5])
  t.same(ids('requested'), [1, 2, 3, 4, 5])
})

t.test('settings in units that nobody reads are explained', async (t) => {
  for (const [name, value, words] of [
    ['retention.ms', '604800000', '7 d'],
    ['retention.ms', '-1', 'no limit'],
    ['segment.bytes', '1073741824', '1.00 GiB'],
    ['max.compaction.lag.ms', '9223372036854775807', 'no limit'],
    ['min.insync.replicas', '2', undefined],
    ['cleanup.policy', 'delete', undefined]
  ] as const) {
    t.equal(inWords(name, value), words, `${name}=${value}`)
  }
})

t.test('a topic that is typed is a request, or names the field that is none', async (t) => {
  const typed = { name: ' orders ', partitions: '6', replicationFactor: '3', configs: '' }
  t.same(newTopic(typed), { body: { name: 'orders', partitions: 6, replicationFactor: 3 } })
  t.same(newTopic({ ...typed, configs: 'a=1\n\n b = c=d \n' }), {
    body: { name: 'orders', partitions: 6, replicationFactor: 3, configs: { a: '1', b: 'c=d' } }
  })
  for (const [field, value] of [
    ['name', ' '],
    ['partitions', 'six'],
    ['replicationFactor', ''],
    ['configs', 'retention']
  ] as const) {
    t.match(newTopic({ ...typed, [field]: value }), { field })
  }
})

t.test('a record is what is typed, or the field that is wrong is named', async (t) => {
  t.same(newRecord({ ...blankRecord, value: '9007199254740993' }), { record: { value: '9007199254740993' } })
  t.same(newRecord({ value: 'v', key: 'k', headers: ' a = b\n\nc=d=e', partition: ' 2 ' }), {
    record: {
      ...{ value: 'v', key: 'k', partition: 2 },
      headers: [
        { name: 'a', value: 'b' },
        { name: 'c', value: 'd=e' }
      ]
    }
  })
  t.match(newRecord({ ...blankRecord, partition: 'two' }), { field: 'partition' })
  t.match(newRecord({ ...blankRecord, headers: 'a' }), { field: 'headers', message: 'has "a"' })
})

t.test('a group is moved to where somebody means, or the reason says why not', async (t) => {
  const choice = { to: 'earliest', text: '', topic: '' } as const
  t.same(resetRequest(choice, 'utc'), { body: { to: 'earliest' } })
  t.same(resetRequest({ ...choice, topic: 'orders' }, 'utc'), {
    body: { to: 'earliest', topics: [{ topic: 'orders' }] }
  })
  t.same(resetRequest({ ...choice, to: 'timestamp', text: '2026-01-31 12:34' }, 'utc'), {
    body: { to: 'timestamp', timestamp: '2026-01-31T12:34:00.000Z' }
  })
  t.same(resetRequest({ ...choice, to: 'shiftBy', text: ' -100' }, 'utc'), { body: { to: 'shiftBy', shiftBy: -100 } })
  for (const wrong of [
    { to: 'timestamp', text: 'soon' },
    { to: 'shiftBy', text: '' },
    { to: 'shiftBy', text: '0' },
    { to: 'shiftBy', text: '1.5' }
  ] as const) {
    t.ok('message' in resetRequest({ ...choice, ...wrong }, 'utc'), JSON.stringify(wrong))
  }
})

t.test('a deletion needs the name, and for a topic in use the will and a reason', async (t) => {
  const choices = { grace: '15m', reason: ' moved ', force: true, typed: 'orders' }
  t.same(deletionQuery(choices), { grace: '15m', reason: 'moved', force: true })
  t.same(deletionQuery({ ...choices, grace: '', reason: ' ', force: false }), {})
  t.equal(lacksToDelete('orders', choices, true), undefined)
  t.match(lacksToDelete('orders', { ...choices, typed: 'order' }, true), 'Type orders')
  t.match(lacksToDelete('orders', { ...choices, force: false }, true), 'all the same')
  t.match(lacksToDelete('orders', { ...choices, reason: '' }, true), 'reason')
  t.equal(lacksToDelete('orders', { ...choices, force: false, reason: '' }, false), undefined)
})

t.test('a live tail keeps the last 1,000 messages, and says what was skipped', async (t) => {
  let state = afterTailEvent(noTail, {
    event: 'ready',
    data: { topic: 'a', isolation: 'read_committed', partitions: [] }
  })
  const message = {
    ...{ partition: 0, timestamp: null, key: null, keyEncoding: null, value: 'x', valueEncoding: 'text' as const },
    ...{ headers: [], sizeBytes: 1, masked: [] }
  }
  for (let offset = 0; offset < 1500; offset++)
    state = afterTailEvent(state, { event: 'message', data: { ...message, offset } })
  state = afterTailEvent(state, { event: 'skipped', data: { records: 7 } })
  state = afterTailEvent(state, { event: 'end', data: { code: 'x', detail: 'too slow' } })
  t.match(state, { ready: true, received: 1500, skipped: 7, ended: 'too slow' })
  t.same([state.messages.length, state.messages[0]?.offset, state.messages.at(-1)?.offset], [1000, 1499, 500])
})
